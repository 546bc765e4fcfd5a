package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER001: nothing connects the two VPCs.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo   ╳   vpc-demo2 ── ecs-p 10.1.0.25
//	                                           rtb-demo has no route to 10.1.0.0/16
//
// Tunnel mode ends in the silence of rtb-demo, the table of the node's subnet.
// Routed mode ends in the same place: the first missing piece is the same.
// Claim: cross-vpc/needs-peering.
var PEER001 = scenario.Scenario{
	ID:      "PEER-001",
	Title:   "no peering connects the two VPCs",
	Origin:  scenario.Seed,
	Tier:    scenario.Core,
	Claim:   "cross-vpc/needs-peering",
	World:   worlds.PeeredVPCs,
	Flow:    topology.Ping("pod-a", "ecs-p"),
	Break:   scenario.Both[change.Change](change.RemovePeering{Peering: "peering-demo"}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo"))),
	// The whole procedure: the peering, the way there, and the way back for
	// nodes and containers.
	Remedy: scenario.Both[change.Change](change.All(
		change.AddPeering{Peering: peeringDemo},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Demo2CIDR)},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.DemoCIDR)},
	)),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// Where the node has no way, neither mode's pods have one.
	Also: []scenario.Case{{
		Flow:    topology.Ping("node-1", "ecs-p"),
		Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo"))),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		// A peering alone: it has no effect without routes.
		change.AddPeering{Peering: peeringDemo},
		// A peering with the peer's half of the routes.
		change.All(
			change.AddPeering{Peering: peeringDemo},
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)},
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		),
		// Security groups do not connect VPCs.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow: topology.Ping("pod-a", "ecs-25"),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "inside its own VPC the pod reaches what it should",
	}},
}
