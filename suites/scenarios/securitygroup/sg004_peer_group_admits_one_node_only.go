package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG004: the peer's security group admits one node of two.
//
//	pod-a 172.16.0.10  ── node-1 192.168.10.11 ─┐
//	                                            vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	pod-b 172.16.0.138 ── node-2 192.168.10.12 ─┘          ▌admits 192.168.10.11/32 only
//
// Tunnel mode lets through the pods of node-1 and no others: where a pod runs decides.
// Routed mode lets through no pod: a node's address says nothing about its pods.
// Claim: intra-vpc/tunnel-node-of-the-container.
var SG004 = scenario.Scenario{
	ID:     "SG-004",
	Title:  "peer's security group admits only the node where the container is not",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "intra-vpc/tunnel-node-of-the-container",
	World:  worlds.OneVPC,
	Flow:   topology.Ping("pod-b", "ecs-25"),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowHost("from-node-1", worlds.Node1)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
	},
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-2"),
		Routed: verdict.ReachedAs("pod-b"),
	},
	// The pod on the admitted node: that is all that the modes differ in.
	Also: []scenario.Case{{
		Flow: topology.Ping("pod-a", "ecs-25"),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress)),
		},
		Cured: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
	}},
	Decoys: scenario.PerMode[[]change.Change]{
		// The containers' block, which the peer never sees.
		Tunnel: []change.Change{change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)}},
		// The other node, or all of them, as tunnel mode would have it.
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowHost("from-node-2", worlds.Node2)},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the admitted node reaches the peer in every phase",
	}},
}
