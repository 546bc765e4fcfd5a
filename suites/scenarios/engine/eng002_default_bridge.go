package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG002: the container CIDR is where an engine puts its bridge by itself.
//
//	pod-a 172.17.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                                                          └─ docker0 172.17.0.1/16, docker's first pool
//
// Tunnel mode shows ecs-25 the node's address: nothing breaks.
// Routed mode loses the replies of a host on which nobody configured anything.
// Claim: engine/default-bridge.
var ENG002 = scenario.Scenario{
	ID:      "ENG-002",
	Title:   "container CIDR is the engine's default bridge",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "engine/default-bridge",
	World:   worlds.EngineVPC,
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.InstallEngine{Host: "ecs-25"}),
	Symptom: swallowedWhenRouted,
	Remedy:  scenario.Both[change.Change](bridgeElsewhere),
	Cured:   podSeen,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		// A network of the user's own elsewhere; docker0 stays.
		change.CreateEngineNetwork{Host: "ecs-25", Network: topology.EngineNetwork{Name: "app", CIDR: worlds.FreeNetwork}},
	}},
	// The pod of the other node is in the same block, although in no block of the
	// same node.
	Also: []scenario.Case{{
		Flow:    topology.Ping("pod-b", "ecs-25"),
		Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: swallowed},
		Cured:   scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: verdict.ReachedAs("pod-b")},
	}},
	Controls: []scenario.Control{nodeReaches, otherPeerReached},
}
