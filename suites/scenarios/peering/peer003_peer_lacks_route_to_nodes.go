package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER003: the peer VPC has a route to the containers, but none to the VPC of
// the cluster.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	                                                     rtb-demo2: 10.0.0.0/16, not 192.168.0.0/16
//
// Tunnel mode delivers the request; the reply to node-1's address dies in rtb-demo2.
// Routed mode shows ecs-p the pod's address, which rtb-demo2 knows: nothing breaks.
// Claim: cross-vpc/tunnel-connect-node-network.
var PEER003 = scenario.Scenario{
	ID:     "PEER-003",
	Title:  "peer VPC lacks the route to the nodes",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "cross-vpc/tunnel-connect-node-network",
	World:  worlds.PeeredVPCs,
	Flow:   topology.Ping("pod-a", "ecs-p"),
	Break: scenario.Both[change.Change](change.WithdrawRoute{
		Table: "rtb-demo2", Destination: worlds.DemoCIDR,
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReplyLost("ecs-p", "vpc-demo2", verdict.Blackhole("rtb-demo2")),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR),
	}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// The node itself is cut off in both modes; only a routed pod is not.
	Also: []scenario.Case{{
		Flow:    topology.Ping("node-1", "ecs-p"),
		Symptom: scenario.Both(verdict.ReplyLost("ecs-p", "vpc-demo2", verdict.Blackhole("rtb-demo2"))),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		// A route to a part of the VPC where no node is.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.SubnetBCIDR)},
		// The Service block, which no packet outside the cluster carries.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.ServiceCIDR)},
		// The peer's security group, which let the request in already.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-p2"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a host of the same VPC with another route table answers the node: the peering itself is sound",
	}},
}
