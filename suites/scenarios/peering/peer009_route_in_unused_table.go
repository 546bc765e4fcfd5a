package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER009: the peer's subnet moved to a route table of its own. The route to the
// containers stayed behind in the default table.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	        rtb-demo2, default: 192.168.0.0/16, 10.0.0.0/16     rtb-p2, subnet-p's: 192.168.0.0/16
//
// Tunnel mode notices nothing: both tables know the way back to the nodes.
// Routed mode loses the reply in rtb-p2, the table that is associated with the subnet.
// Claim: peering/route-in-the-associated-table.
var PEER009 = scenario.Scenario{
	ID:     "PEER-009",
	Title:  "route to the containers is in a table that the peer's subnet does not use",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/route-in-the-associated-table",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break:  scenario.Both[change.Change](change.AssociateTable{Subnet: "subnet-p", Table: "rtb-p2"}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("ecs-p", "vpc-demo2", verdict.Blackhole("rtb-p2")),
	},
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// One more route in the default table, as specific as can be.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode1Block)},
		// The route in the right table, to the other node's containers.
		change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredNode2Block)},
		// The route on the wrong side of the peering.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// The peer's security group, which let the request in already.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node is answered by either table: only the way back to containers is missing",
	}},
}
