package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG005: the group admits one node, and the node that it admits is drained.
//
//	pod-a 172.16.0.10  ── node-1 192.168.10.11 ─┐ before, drained
//	                                            vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	pod-a 172.16.0.139 ── node-2 192.168.10.12 ─┘ after    ▌admits 192.168.10.11/32, 172.16.0.0/16
//
// Tunnel mode works until the pod moves: then its packets carry node-2's address.
// Routed mode notices nothing: the pod's new address is of the same container CIDR.
// Claim: intra-vpc/tunnel-admit-every-node.
var SG005 = scenario.Scenario{
	ID:         "SG-005",
	Title:      "pod moves to a node that the peer's security group omits",
	Origin:     scenario.Derived,
	Tier:       scenario.Core,
	Claim:      "intra-vpc/tunnel-admit-every-node",
	Disruptive: true,
	World:      worlds.OneVPC,
	Given: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowHost("from-node-1", worlds.Node1)},
	)),
	Flow:    topology.Ping("pod-a", "ecs-25"),
	Healthy: asPodA,
	Break: scenario.Both[change.Change](change.All(
		change.CordonNode{Node: "node-1"},
		change.MovePod{Pod: "pod-a", Node: "node-2", Address: worlds.PodAOnNode2},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: deniedByDefault, Routed: verdict.ReachedAs("pod-a")},
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR),
	}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-2"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Decoys: scenario.PerMode[[]change.Change]{Tunnel: []change.Change{
		// The node is back, the pod is not: nothing moves it home.
		change.UncordonNode{Node: "node-1"},
		// The pod's new address, which the peer never sees.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowHost("from-pod-a", worlds.PodAOnNode2)},
		// The cluster's own group instead of the peer's.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the drained node still reaches the peer, so it is the pod's node that counts",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-b", worlds.WebPort),
		Verdict: asPodB,
		Why:     "a pod of the other node reaches another host of the VPC: node-2 is sound",
	}},
}
