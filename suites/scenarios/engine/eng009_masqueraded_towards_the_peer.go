package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG009: the peer's engine cannot be touched, so pods show it their node's
// address.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	        nonMasqueradeCIDRs without subnet-nodes          └─ docker0 172.16.0.1/16
//
// Tunnel mode shows ecs-25 the node's address anyway: nothing breaks.
// Routed mode is cured when the peer's subnet is out of nonMasqueradeCIDRs.
// Claim: engine/masquerade-towards-the-peer.
var ENG009 = scenario.Scenario{
	ID:      "ENG-009",
	Title:   "masquerading towards the peer avoids its engine",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "engine/masquerade-towards-the-peer",
	World:   worlds.OneVPC,
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Healthy: podSeen,
	Break:   scenario.Both[change.Change](bridgeOverContainers),
	Symptom: swallowedWhenRouted,
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: bridgeElsewhere,
		Routed: change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NonMasqueradeSubnetB()},
	},
	Cured: scenario.Both(verdict.ReachedAs("node-1")),
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		// The containers' own range out of the list instead of the peer's.
		change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NonMasqueradeNoContainers()},
	}},
	Controls: []scenario.Control{nodeReaches, {
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: podSeen,
		Why:     "towards a subnet that stays in the list the pod keeps its address",
	}},
}
