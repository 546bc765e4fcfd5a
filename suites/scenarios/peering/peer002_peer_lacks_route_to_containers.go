package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER002: the peer VPC has a route to the VPC of the cluster, but none to its
// containers.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	                                                     rtb-demo2: 192.168.0.0/16, not 10.0.0.0/16
//
// Tunnel mode shows ecs-p node-1's address, which rtb-demo2 knows: nothing breaks.
// Routed mode delivers the request; the reply to the pod's address dies in rtb-demo2.
// Claim: cross-vpc/routed-connect-container-cidr.
var PEER002 = scenario.Scenario{
	ID:     "PEER-002",
	Title:  "peer VPC lacks the route to the container CIDR",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "cross-vpc/routed-connect-container-cidr",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.WithdrawRoute{
		Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR,
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("ecs-p", "vpc-demo2", verdict.Blackhole("rtb-demo2")),
	},
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR),
	}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The route on the wrong side of the peering.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// The route in a table that ecs-p's subnet does not use.
		change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// A route in the right table, to the nodes once more.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.NodeCIDR)},
		// The peer's security group, which let the request in already.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node reaches the same port over the same peering: only the way back to containers is missing",
	}, {
		Flow: topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "inside its own VPC the pod is answered under the same address",
	}},
}
