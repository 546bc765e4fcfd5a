package planning

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PLAN006: the VPC got a secondary CIDR with a node and a host in it.
//
//	pod-c 172.16.1.10 ── node-3 11.8.0.13 ─┐
//	                                       vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	pod-a 172.16.0.10 ── node-1 ───────────┘  └── ecs-s 11.8.0.25
//
// Tunnel mode shows ecs-25 an address of the secondary CIDR, which sg-ecs has to admit.
// Routed mode keeps pods' addresses towards ecs-s once nonMasqueradeCIDRs names the CIDR.
// Claim: planning/secondary-cidr.
var PLAN006 = scenario.Scenario{
	ID:     "PLAN-006",
	Title:  "secondary CIDR of the VPC is unknown to groups or nonMasqueradeCIDRs",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "planning/secondary-cidr",
	World:  worlds.SecondaryCIDRs,
	Flow:   topology.Ping("pod-c", "ecs-25"),
	Break: scenario.PerMode[change.Change]{
		Tunnel: change.RevokeRule{Group: "sg-ecs", Rule: "from-secondary"},
		Routed: change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NonMasqueradeCIDRs()},
	},
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress)),
		Routed: verdict.ReachedAs("pod-c"),
	},
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-new-nodes", worlds.SubnetSCIDR)},
		Routed: change.SetNonMasquerade{Cluster: "demo", CIDRs: append(worlds.NonMasqueradeCIDRs(), worlds.SubnetSCIDR)},
	},
	Cured: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-3"), Routed: verdict.ReachedAs("pod-c")},
	Also: []scenario.Case{{
		// A pod that reaches ecs-s does so as its node.
		Flow:    topology.OverTCP("pod-a", "ecs-s", worlds.WebPort),
		Symptom: scenario.Both(verdict.ReachedAs("node-1")),
		Cured:   podSeen,
	}, {
		// A pod that is reached from there answers as its node, which nobody asked.
		Flow: topology.OverTCP("ecs-s", "pod-a", worlds.PodPort),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
			Routed: verdict.ReplyLost("pod-a", "node-1", verdict.MasqueradedReply("node-1")),
		},
		Cured: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
			Routed: verdict.ReachedAs("ecs-s"),
		},
	}},
	Decoys: scenario.PerMode[[]change.Change]{
		// The old nodes' subnet once more; the nodes' group instead of the peer's.
		Tunnel: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-vpc", worlds.DemoCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		},
		Routed: []change.Change{change.AdmitRule{Group: "sg-s", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)}},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: podSeen,
		Why:     "what was in the VPC before keeps its way",
	}},
}
