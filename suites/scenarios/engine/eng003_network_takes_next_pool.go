package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG003: a further network of the engine takes the container CIDR.
//
//	pod-a 172.17.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                                                          ├─ docker0 10.200.0.1/24
//	                                                          └─ compose 172.17.0.0/16, the first free pool
//
// Tunnel mode shows ecs-25 the node's address: nothing breaks.
// Routed mode works until somebody creates a network; docker0 was moved in vain.
// Claim: engine/networks-take-free-pools.
var ENG003 = scenario.Scenario{
	ID:     "ENG-003",
	Title:  "new engine network takes the container CIDR",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "engine/networks-take-free-pools",
	World:  worlds.EngineVPC,
	Given: scenario.Both[change.Change](change.InstallEngine{
		Host: "ecs-25", Engine: topology.Engine{BridgeIP: worlds.FreeBridge},
	}),
	Flow: topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break: scenario.Both[change.Change](change.CreateEngineNetwork{
		Host: "ecs-25", Network: topology.EngineNetwork{Name: "compose"},
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("ecs-25", "ecs-25", verdict.EngineNetwork("ecs-25", "compose")),
	},
	Remedy: scenario.Both[change.Change](change.RemoveEngineNetwork{Host: "ecs-25", Network: "compose"}),
	Cured:  podSeen,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		// The bridge, which is not the network that does it.
		change.SetBridgeIP{Host: "ecs-25", Address: worlds.FreeBridge2},
	}},
	Controls: []scenario.Control{nodeReaches, otherPeerReached},
}
