package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG011: rules that deny stand beside rules that allow the same source, at the
// same priority, and are listed after them.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	                                    ▌1 allow and 1 deny: 192.168.10.0/24, 172.16.0.0/16
//
// Tunnel mode is stopped by the denial of the nodes, whatever the order of the list.
// Routed mode is stopped by the denial of the containers.
// Claim: security-group/deny-wins-a-tie.
var SG011 = scenario.Scenario{
	ID:       "SG-011",
	Title:    "denial wins over a rule of the same priority that admits",
	Origin:   scenario.Documented,
	Tier:     scenario.Core,
	Claim:    "security-group/deny-wins-a-tie",
	Disputed: "one page of the VPC user guide gives rules priorities and a deny action, another says that groups only allow; here they have both",
	World:    worlds.OneVPC,
	Flow:     topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.DenyFrom("not-nodes", worlds.NodeCIDR)},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.DenyFrom("not-containers", worlds.ContainerCIDR)},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.GroupRule("ecs-25", topology.Ingress, "sg-ecs", "not-nodes")),
		Routed: verdict.Dropped("vpc-demo", verdict.GroupRule("ecs-25", topology.Ingress, "sg-ecs", "not-containers")),
	},
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.RevokeRule{Group: "sg-ecs", Rule: "not-nodes"},
		Routed: change.RevokeRule{Group: "sg-ecs", Rule: "not-containers"},
	},
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.RevokeRule{Group: "sg-ecs", Rule: "not-containers"},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			// A second group that admits the source: it is asked after the first.
			change.JoinGroups{Machine: "ecs-25", Groups: []string{"sg-ecs", "sg-b"}},
		},
		Routed: []change.Change{
			change.RevokeRule{Group: "sg-ecs", Rule: "not-nodes"},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			change.JoinGroups{Machine: "ecs-25", Groups: []string{"sg-ecs", "sg-b"}},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("ecs-b", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b")),
		Why:     "a source that no rule denies gets through the same group",
	}},
}
