package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG008: the peer's engine cannot be touched, so the pod moves to a container
// CIDR that was added to the cluster.
//
//	pod-a 172.16.0.10 → 10.240.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                                                            sg-ecs      └─ docker0 172.16.0.1/16
//
// Routed mode is cured for pods with new addresses, once sg-ecs admits them too.
// Claim: engine/add-a-container-cidr.
var ENG008 = scenario.Scenario{
	ID:          "ENG-008",
	Title:       "added container CIDR avoids the peer's engine",
	Origin:      scenario.Documented,
	Tier:        scenario.Core,
	Claim:       "engine/add-a-container-cidr",
	OnlyIn:      topology.Routed,
	OnlyBecause: "the container CIDR of a tunnel cluster cannot be expanded",
	Disruptive:  true,
	World:       worlds.OneVPC,
	Flow:        topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break:       scenario.Both[change.Change](bridgeOverContainers),
	Symptom:     swallowedWhenRouted,
	Remedy: scenario.Both[change.Change](change.All(
		expandContainers,
		change.MovePod{Pod: "pod-a", Node: "node-1", Address: worlds.AddedPodA},
		admitAdded,
	)),
	Cured: podSeen,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The new block alone: the pod keeps its address.
		expandContainers,
		change.All(expandContainers, admitAdded),
		// Another address of the old block, on another node.
		change.MovePod{Pod: "pod-a", Node: "node-2", Address: worlds.PodAOnNode2},
	}},
	Controls: []scenario.Control{nodeReaches, {
		Flow:    topology.Ping("pod-b", "ecs-b"),
		Verdict: scenario.Both(verdict.ReachedAs("pod-b")),
		Why:     "pods of the old block keep working where no engine is in the way",
	}},
}

// expandContainers adds a container CIDR and gives each node a block of it.
var expandContainers = change.ExpandContainers{
	Cluster: "demo", CIDR: worlds.AddedCIDR, Blocks: []change.NodeBlock{
		{Node: "node-1", Block: worlds.AddedNode1Block},
		{Node: "node-2", Block: worlds.AddedNode2Block},
	},
}

// admitAdded tells the peer's group about it.
var admitAdded = change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-added-containers", worlds.AddedCIDR)}
