package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE010: a new network ACL, which has no rules yet, guards the peer's subnet.
//
//	pod-a ── node-1 192.168.10.11 ── vpc-demo ──▌acl-new▐── subnet-b ── ecs-b 192.168.20.25
//	                                            ▌no rules▐              ecs-b2 192.168.20.26
//
// Tunnel mode is denied as node-1, and cured by a rule for the nodes.
// Routed mode is denied as the pod, and cured by a rule for the containers.
// Claim: acl/denies-by-default.
var NODE010 = scenario.Scenario{
	ID:      "NODE-010",
	Title:   "network ACL of the peer's subnet has no rules",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "acl/denies-by-default",
	World:   worlds.GuardedSubnet,
	Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.AttachACL{Subnet: "subnet-b", ACL: "acl-new"}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.ACLDefaultDeny("acl-new", "subnet-b", topology.Ingress))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitACLRule{ACL: "acl-new", Rule: worlds.AllowTCP("web-from-nodes", worlds.WebPort, worlds.NodeCIDR)},
		Routed: change.AdmitACLRule{ACL: "acl-new", Rule: worlds.AllowTCP("web-from-containers", worlds.WebPort, worlds.ContainerCIDR)},
	},
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			// The address that the other mode would show; the group behind the ACL.
			change.AdmitACLRule{ACL: "acl-new", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			// The ACL that guards the subnet no more.
			change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		},
		Routed: []change.Change{
			change.AdmitACLRule{ACL: "acl-new", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("ecs-b2", "ecs-b", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b2")),
		Why:     "what stays in the subnet does not cross the ACL",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a host in a subnet without an ACL answers the pod",
	}},
}
