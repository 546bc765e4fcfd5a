package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE013: a rule that denies the containers comes before the one that admits them.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌acl-b▐── ecs-b 192.168.20.25
//	                                                        ▌1 deny 172.16.0.0/16, 2 allow it
//
// Tunnel mode shows acl-b the node, which the first rule does not match.
// Routed mode shows it the pod, which the first rule denies: the second is not asked.
// Claim: acl/first-match-decides.
var NODE013 = scenario.Scenario{
	ID:     "NODE-013",
	Title:  "network ACL denies the containers before it admits them",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "acl/first-match-decides",
	World:  worlds.GuardedSubnet,
	Flow:   topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
	Break: scenario.Both[change.Change](change.AdmitACLRule{
		ACL: "acl-b", Rule: worlds.AtPriority(1, worlds.DenyFrom("deny-containers", worlds.ContainerCIDR)),
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.Dropped("vpc-demo", verdict.ACLRule("acl-b", "subnet-b", topology.Ingress, "deny-containers")),
	},
	// The same two rules the other way round.
	Remedy: scenario.Both[change.Change](change.All(
		change.RevokeACLRule{ACL: "acl-b", Rule: "deny-containers"},
		change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AtPriority(3, worlds.DenyFrom("deny-containers", worlds.ContainerCIDR))},
	)),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// Another rule after the one that decides.
		change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AtPriority(2, worlds.AllowFrom("from-anywhere", worlds.Anywhere))},
		// A rule of the same priority: there denial comes first.
		change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AtPriority(1, worlds.AllowFrom("from-anywhere", worlds.Anywhere))},
		// The group behind the ACL.
		change.AdmitRule{Group: "sg-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-b", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node is admitted by the rule that comes second",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a host in a subnet without an ACL answers the same address",
	}},
}
