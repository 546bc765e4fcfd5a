package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG021: the peer's security group admits the containers of one node.
//
//	pod-a 172.16.0.10  ── node-1 192.168.10.11 ─┐
//	                                            vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	pod-b 172.16.0.138 ── node-2 192.168.10.12 ─┘          ▌admits 172.16.0.0/25 only
//
// Tunnel mode lets through nobody: no packet carries a container's address.
// Routed mode lets through the pods of node-1 and no others: the CIDR has to be the whole one.
// Claim: intra-vpc/routed-admit-whole-container-cidr.
var SG021 = scenario.Scenario{
	ID:     "SG-021",
	Title:  "peer's security group admits the containers of one node only",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "intra-vpc/routed-admit-whole-container-cidr",
	World:  worlds.OneVPC,
	Flow:   topology.Ping("pod-b", "ecs-25"),
	Break: scenario.Both[change.Change](change.All(
		admitsNoSource,
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-block-1", worlds.Node1Block)},
	)),
	Symptom: scenario.Both(deniedByDefault),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
	},
	Cured: asPodB,
	// The pod whose block is admitted: that is all that the modes differ in.
	Also: []scenario.Case{{
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: deniedByDefault, Routed: verdict.ReachedAs("pod-a")},
		Cured:   asPodA,
	}},
	Decoys: scenario.PerMode[[]change.Change]{
		// The block widened, which the peer never sees; the other node's too.
		Tunnel: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-block-2", worlds.Node2Block)},
		},
		// The nodes' addresses; the wide block, in the nodes' group.
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("ecs-b", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b")),
		Why:     "a member of the group reaches the peer, so the group works and the peer lives",
	}},
}
