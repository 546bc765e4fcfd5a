package planning

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PLAN007: nonMasqueradeCIDRs names a block by an address inside it.
//
//	cluster demo ── nonMasqueradeCIDRs 10.0.0.0/8, 172.16.0.0/12, 192.168.10.1/24 ✗
//	pod-a 172.16.0.10 ── node-1 ── vpc-demo ── ecs-b 192.168.20.25
//
// Routed mode refuses the list, likewise one whose entries overlap, and applies a sound one.
// Claim: planning/list-canonical-and-disjoint.
var PLAN007 = scenario.Scenario{
	ID:          "PLAN-007",
	Title:       "entry of nonMasqueradeCIDRs that is no canonical block is refused",
	Origin:      scenario.Documented,
	Tier:        scenario.Core,
	Claim:       "planning/list-canonical-and-disjoint",
	OnlyIn:      topology.Routed,
	OnlyBecause: "a tunnel cluster has no nonMasqueradeCIDRs",
	World:       worlds.OneVPC,
	Refused:     scenario.PerMode[[]topology.RuleID]{Routed: []topology.RuleID{topology.NotCanonical}},
	Flow:        topology.Ping("pod-a", "ecs-b"),
	Healthy:     podSeen,
	Break:       scenario.Both[change.Change](change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NotCanonicalList()}),
	Symptom:     podSeen,
	Remedy:      scenario.Both[change.Change](change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NarrowList()}),
	// The list that is accepted leaves ecs-b's subnet out.
	Cured: scenario.Both(verdict.ReachedAs("node-1")),
	Decoys: scenario.Both([]change.Change{
		// Canonical, but one entry is inside another.
		change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.OverlappingList()},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: podSeen,
		Why:     "ecs-25's subnet is in every list that takes effect",
	}},
}
