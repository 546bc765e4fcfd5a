package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE004: the source check of node-1's network interface is on.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ──✗ source check ── vpc-demo ── ecs-25 192.168.10.25
//
// Tunnel mode leaves node-1 with node-1's address, as the check demands.
// Routed mode leaves it with the pod's, requests and replies alike: all of them are dropped.
// Claim: node/routed-needs-source-check-off.
var NODE004 = scenario.Scenario{
	ID:     "NODE-004",
	Title:  "node's source check is on",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "node/routed-needs-source-check-off",
	World:  worlds.OneVPC,
	// Tunnel mode does without the exemption; it has it here, to lose it as well.
	Given: scenario.PerMode[change.Change]{Tunnel: change.DisableSourceCheck{Machine: "node-1"}},
	Flow:  topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break: scenario.Both[change.Change](change.EnableSourceCheck{Machine: "node-1"}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.Dropped("vpc-demo", verdict.SourceCheck("node-1")),
	},
	Remedy: scenario.Both[change.Change](change.DisableSourceCheck{Machine: "node-1"}),
	Cured:  asPodA,
	// The way in: the request arrives, the reply is dropped. In tunnel mode
	// nobody outside reaches a pod by its address at any time.
	Also: []scenario.Case{{
		Flow: topology.OverTCP("ecs-25", "pod-a", worlds.PodPort),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
			Routed: verdict.ReplyLost("pod-a", "vpc-demo", verdict.SourceCheck("node-1")),
		},
		Cured: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
			Routed: verdict.ReachedAs("ecs-25"),
		},
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The groups at both ends of the way.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The check of the other machine.
		change.DisableSourceCheck{Machine: "ecs-25"},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node's own address passes the check",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-25", worlds.WebPort),
		Verdict: asPodB,
		Why:     "the other node's interface is exempt as before",
	}},
}
