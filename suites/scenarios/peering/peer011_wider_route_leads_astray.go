package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER011: the peer VPC has a route that covers the containers and leads
// elsewhere, and none of its own for them.
//
//	pod-a 10.0.0.10 ── node-1 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	                                          rtb-demo2: 10.0.0.0/8 ──► ecs-p2 10.1.1.25 ╳
//
// Tunnel mode is answered by the route to the nodes, which is another one.
// Routed mode loses the reply at ecs-p2, until a longer prefix wins over the wide one.
// Claim: route/longest-prefix-wins.
var PEER011 = scenario.Scenario{
	ID:     "PEER-011",
	Title:  "wide route of the peer VPC leads the containers' replies astray",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "route/longest-prefix-wins",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
		change.AddRoute{Table: "rtb-demo2", Route: topology.Route{Destination: worlds.Private10, Instance: "ecs-p2"}},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: replyAstray},
	// The wide route stays: it does no harm beside a longer one.
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// A longer prefix, for the other node's containers.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode2Block)},
		// The right prefix in a table that ecs-p's subnet does not use.
		change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// The peer's security group, which let the request in already.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The group of the host where the replies end.
		change.AdmitRule{Group: "sg-p2", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node is answered over the same peering: only replies to containers go astray",
	}},
}
