package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG010: two rules that deny come before those that allow: one denies node-1,
// the other its containers.
//
//	pod-a 172.16.0.10  ── node-1 192.168.10.11 ─┐          ▌ 1 deny 192.168.10.11/32, 172.16.0.0/25
//	                                            vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	pod-b 172.16.0.138 ── node-2 192.168.10.12 ─┘          ▌10 allow 192.168.10.0/24, 172.16.0.0/16
//
// Tunnel mode is stopped by the rule about the node, and its removal cures.
// Routed mode is stopped by the rule about the containers, and its removal cures.
// Claim: security-group/priority-decides.
var SG010 = scenario.Scenario{
	ID:       "SG-010",
	Title:    "denial of higher priority hides the rule that admits",
	Origin:   scenario.Documented,
	Tier:     scenario.Core,
	Claim:    "security-group/priority-decides",
	Disputed: "one page of the VPC user guide gives rules priorities and a deny action, another says that groups only allow; here they have both",
	World:    worlds.OneVPC,
	Given: scenario.Both[change.Change](change.All(
		admitsNoSource,
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AtPriority(10, worlds.AllowFrom("from-nodes", worlds.NodeCIDR))},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AtPriority(10, worlds.AllowFrom("from-containers", worlds.ContainerCIDR))},
	)),
	Flow: topology.Ping("pod-a", "ecs-25"),
	Break: scenario.Both[change.Change](change.All(
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.DenyFrom("not-node-1", worlds.Single(worlds.Node1))},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.DenyFrom("not-its-containers", worlds.Node1Block)},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.GroupRule("ecs-25", topology.Ingress, "sg-ecs", "not-node-1")),
		Routed: verdict.Dropped("vpc-demo", verdict.GroupRule("ecs-25", topology.Ingress, "sg-ecs", "not-its-containers")),
	},
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.RevokeRule{Group: "sg-ecs", Rule: "not-node-1"},
		Routed: change.RevokeRule{Group: "sg-ecs", Rule: "not-its-containers"},
	},
	Cured: asPodA,
	// Each mode's remedy is the other's mistake; one more rule that allows is
	// of no use after the denial, and at its side neither.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.RevokeRule{Group: "sg-ecs", Rule: "not-its-containers"},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AtPriority(2, worlds.AllowHost("from-node-1", worlds.Node1))},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AtPriority(1, worlds.AllowHost("from-node-1", worlds.Node1))},
		},
		Routed: []change.Change{
			change.RevokeRule{Group: "sg-ecs", Rule: "not-node-1"},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AtPriority(2, worlds.AllowHost("from-pod-a", worlds.PodA))},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AtPriority(1, worlds.AllowHost("from-pod-a", worlds.PodA))},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-b", "ecs-25"),
		Verdict: asPodB,
		Why:     "the other node with its containers is denied by no rule, so the rules that allow work",
	}},
}
