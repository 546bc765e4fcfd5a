package planning

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PLAN004: a fourteenth pod starts on a node whose block has thirteen addresses.
//
//	node-1 172.16.0.0/28 ── pod-a, pod-01 … pod-11, pod-13 │ pod-14 without address
//	                   └─ vpc-demo ── ecs-25 192.168.10.25
//
// Tunnel mode fetches another block for the node: pod-14 gets an address of it.
// Routed mode has one block per node, of fixed size: pod-14 stays pending.
// Claim: planning/block-size-limits-pods.
var PLAN004 = scenario.Scenario{
	ID:         "PLAN-004",
	Title:      "node with a block of sixteen addresses has room for thirteen pods",
	Origin:     scenario.Documented,
	Tier:       scenario.Core,
	Claim:      "planning/block-size-limits-pods",
	Disruptive: true,
	World:      worlds.SmallBlocks,
	Flow:       topology.Ping("pod-14", "ecs-25"),
	// pod-13 takes the last address while pod-14 starts anew.
	Break: scenario.PerMode[change.Change]{
		Tunnel: change.All(
			change.AddBlock{Node: "node-1", Block: worlds.SmallNode1Block2},
			change.AssignAddress{Pod: "pod-14", Address: worlds.SmallNext},
			startPod13,
		),
		Routed: change.All(change.WithholdAddress{Pod: "pod-14"}, startPod13),
	},
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.Unreachable("node-1", verdict.NoAddress),
	},
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: stopPod13,
		Routed: change.All(stopPod13, change.AssignAddress{Pod: "pod-14", Address: worlds.SmallLast}),
	},
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-14"),
	},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// Room on the other node, where the pod is not.
		change.RemovePods{Cluster: "demo", Pods: []string{"pod-b"}},
		// A pod without an address waits for no rule.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: podSeen,
		Why:     "pods of the same node that have an address keep it",
	}, {
		Flow:    topology.Ping("host-pod", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a pod on the host network needs no address of the block",
	}},
}

var (
	startPod13 = change.AddPods{Cluster: "demo", Pods: []topology.Pod{{Name: "pod-13", Node: "node-1", Address: worlds.SmallLast}}}
	stopPod13  = change.RemovePods{Cluster: "demo", Pods: []string{"pod-13"}}
)
