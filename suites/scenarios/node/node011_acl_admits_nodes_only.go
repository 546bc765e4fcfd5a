package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE011: the network ACL of the peer's subnet admits the nodes' subnet only.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌acl-b▐── subnet-b ── ecs-b 192.168.20.25
//	                                                        ▌admits 192.168.10.0/24 only
//
// Tunnel mode hides the pod behind node-1, which acl-b admits: nothing breaks.
// Routed mode keeps the pod's address, which acl-b does not admit: silence.
// Claim: acl/routed-admit-container-cidr.
var NODE011 = scenario.Scenario{
	ID:     "NODE-011",
	Title:  "network ACL of the peer's subnet omits the container CIDR",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "acl/routed-admit-container-cidr",
	World:  worlds.GuardedSubnet,
	Flow:   topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
	Break:  scenario.Both[change.Change](change.RevokeACLRule{ACL: "acl-b", Rule: "from-containers"}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: aclDenies,
	},
	Remedy: scenario.Both[change.Change](change.AdmitACLRule{
		ACL: "acl-b", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The groups on both sides of the ACL.
		change.AdmitRule{Group: "sg-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The whole VPC, as if containers had addresses of it.
		change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowFrom("from-vpc", worlds.DemoCIDR)},
		// The other direction.
		change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowTo("to-containers", worlds.ContainerCIDR)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-b", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the ACL keeps admitting the node, so the drop is about the pod's address",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a host in a subnet without an ACL answers the same address",
	}},
}
