package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG006: the peer's security group admits the nodes' group by its name, in place
// of addresses.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11, sg-node ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	                                                                 ▌admits sg-node
//
// Tunnel mode passes: the packets carry the address of a member of sg-node.
// Routed mode ends in silence: a group stands for its members' own addresses, and a pod is no member.
// Claim: security-group/group-source-omits-containers.
var SG006 = scenario.Scenario{
	ID:     "SG-006",
	Title:  "peer's security group admits the nodes' group instead of the containers",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "security-group/group-source-omits-containers",
	World:  worlds.OneVPC,
	Flow:   topology.Ping("pod-a", "ecs-25"),
	Break: scenario.Both[change.Change](change.All(
		admitsNoSource,
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowGroup("from-sg-node", "sg-node")},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: deniedByDefault},
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The members' addresses once more, now as a block.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		// The reference the other way round.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowGroup("from-sg-ecs", "sg-ecs")},
		// The containers' block, in the nodes' group.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-containers-too", worlds.ContainerCIDR)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a member of the named group gets through in every phase, so the reference works",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the pod reaches another host of the VPC, so neither the pod nor the routes are at fault",
	}},
}
