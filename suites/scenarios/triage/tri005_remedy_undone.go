package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// TRI005: the remedy is applied, taken back, and applied again.
//
//	pod-a ── node-1 ── vpc-demo ──▌sg-ecs▐── ecs-25     dropped → reached → dropped → reached
//	                              ▌rule there, gone, there again
//
// Tunnel mode follows the rule for the nodes each time: nothing is remembered.
// Routed mode follows the rule for the containers in the same way.
// Claim: triage/remedy-holds-while-applied.
var TRI005 = scenario.Scenario{
	ID:     "TRI-005",
	Title:  "fault is back when its remedy is taken back",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "triage/remedy-holds-while-applied",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("pod-a", "ecs-25", worlds.CachePort),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
	)),
	Symptom: scenario.Both(groupDenies),
	Stages: []scenario.Stage{{
		Fix:  cacheRule,
		Then: asPodA,
	}, {
		Fix:  scenario.Both[change.Change](change.RevokeRule{Group: "sg-ecs", Rule: "cache"}),
		Then: scenario.Both(groupDenies),
	}},
	Remedy: cacheRule,
	Cured:  asPodA,
	Decoys: scenario.Both([]change.Change{
		// The port that the page's example would open.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("web", worlds.WebPort, worlds.Anywhere)},
		// The right port at the wrong end.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("cache", worlds.CachePort, worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a peer with a second group answers through every change of the first",
	}},
}
