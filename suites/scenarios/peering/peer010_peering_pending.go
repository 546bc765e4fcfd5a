package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER010: the other account did not accept the peering yet. Routes are there
// on both sides.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ═╳ peering-demo, pending ╳═ vpc-demo2 ── ecs-p 10.1.0.25
//
// Tunnel mode ends at the peering: its routes lead nowhere before it is accepted.
// Routed mode ends at the same place.
// Claim: peering/effective-once-accepted.
var PEER010 = scenario.Scenario{
	ID:     "PEER-010",
	Title:  "peering connection is not accepted yet",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/effective-once-accepted",
	World:  worlds.PeeredVPCs,
	Flow:   topology.Ping("pod-a", "ecs-p"),
	Break: scenario.Both[change.Change](change.SetPeeringState{
		Peering: "peering-demo", State: topology.Pending,
	}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.PeeringPending("peering-demo"))),
	Remedy: scenario.Both[change.Change](change.SetPeeringState{
		Peering: "peering-demo", State: topology.Active,
	}),
	Cured: asPodA,
	// The node fares no better than its pods.
	Also: []scenario.Case{{
		Flow:    topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.PeeringPending("peering-demo"))),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		// More specific routes over the same peering.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.SubnetPCIDR)},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.NodeCIDR)},
		// The peer's security group, where nothing arrives.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: asPodA,
		Why:     "inside its own VPC the pod reaches what it should",
	}},
}
