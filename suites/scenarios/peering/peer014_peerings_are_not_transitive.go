package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER014: two VPCs are peered with a third one and not with each other. Their
// routes lead through it.
//
//	pod-a ── node-1 ── vpc-demo ══ peering-demo ══ vpc-demo2 ╳═ peering-hub ══ vpc-demo3 ── ecs-q 10.2.0.25
//	          10.2.0.0/16 → peering-demo      10.2.0.0/16 → peering-hub
//
// Tunnel mode ends in vpc-demo2, and is cured by a peering of its own with routes for the nodes.
// Routed mode ends at the same place; its cure needs a route back to the containers as well.
// Claim: peering/not-transitive.
var PEER014 = scenario.Scenario{
	ID:     "PEER-014",
	Title:  "routes lead to a third VPC through a peered one",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/not-transitive",
	World:  worlds.HubVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-q", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.RemovePeering{Peering: "peering-direct"},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Demo3CIDR)},
		change.AddRoute{Table: "rtb-demo3", Route: worlds.OverNamed("peering-hub", worlds.DemoCIDR)},
		change.AddRoute{Table: "rtb-demo3", Route: worlds.OverNamed("peering-hub", worlds.PeeredContainerCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.NotTransitive("peering-demo"))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: directRoutes,
		Routed: change.All(
			directRoutes,
			change.WithdrawRoute{Table: "rtb-demo3", Destination: worlds.PeeredContainerCIDR},
			change.AddRoute{Table: "rtb-demo3", Route: worlds.OverNamed("peering-direct", worlds.PeeredContainerCIDR)},
		),
	},
	Cured: asPodA,
	Decoys: scenario.Both([]change.Change{
		// The peering alone: the routes still lead through the hub.
		change.AddPeering{Peering: peeringDirect},
		// More specific routes at the hub, which does not forward whatever it knows.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverNamed("peering-hub", worlds.SubnetQCIDR)},
		// The far side's group, where nothing arrives.
		change.AdmitRule{Group: "sg-q", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the first peering carries what is for the hub itself",
	}, {
		Flow:    topology.OverTCP("ecs-p", "ecs-q", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-p")),
		Why:     "the second peering carries what comes from the hub itself, and the server lives",
	}},
}
