package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER016: the peer VPC has the CIDR of the cluster's and other subnets in it.
// The route names the whole VPC.
//
//	pod-a ── node-1 192.168.10.11 ── vpc-demo 192.168.0.0/16 ══ peering-demo ══ vpc-demo2 192.168.0.0/16
//	          rtb-demo: 192.168.0.0/16 → peering-demo ╳                 subnet-p 192.168.30.0/24: ecs-p .25
//
// Tunnel mode is lost at the route for the whole VPC, and passes by one for the peer's subnet.
// Routed mode fares the same.
// Claim: peering/partial-overlap-needs-subnet-routes.
var PEER016 = scenario.Scenario{
	ID:     "PEER-016",
	Title:  "route for a whole VPC overlaps the cluster's own subnets",
	Origin: scenario.Documented,
	Tier:   scenario.Extended,
	Claim:  "peering/partial-overlap-needs-subnet-routes",
	Disputed: "the VPC user guide lets disjoint subnets of overlapping VPCs talk over subnet routes, " +
		"an architecture guide says that they cannot; here they can",
	World: worlds.OverlappingVPCs,
	Flow:  topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.DisjointSubnetP},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.DemoCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.PeeringOverlap("peering-demo"))),
	// The route for the whole VPC stays: it does no harm beside a longer one.
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo", Route: worlds.OverPeering(worlds.DisjointSubnetP),
	}),
	Cured: asPodA,
	Decoys: scenario.Both([]change.Change{
		// A longer prefix that still holds subnets of either VPC.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.DemoLowerHalf)},
		// The right route in a table that the nodes' subnet does not use.
		change.AddRoute{Table: "rtb-b", Route: worlds.OverPeering(worlds.DisjointSubnetP)},
		// The peer's side, where nothing arrives.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.SubnetBCIDR)},
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the peer's other subnet kept its own route and is reached: the peering itself is sound",
	}, {
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: asPodA,
		Why:     "inside its own VPC the pod reaches what it should",
	}},
}
