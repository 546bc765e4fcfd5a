package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG004: the engine's bridge holds the nodes' subnet instead of the containers.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-b 192.168.20.25
//	                                                          └─ docker0 192.168.0.1/20 ◄── reply to 192.168.10.11
//
// Tunnel mode shows ecs-b the node's address, which its bridge holds: replies are lost.
// Routed mode shows the pod's address, which is on no bridge: nothing breaks.
// Claim: engine/pools-reach-private-subnets.
var ENG004 = scenario.Scenario{
	ID:     "ENG-004",
	Title:  "peer's container engine holds the nodes' subnet",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "engine/pools-reach-private-subnets",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
	Break: scenario.Both[change.Change](change.InstallEngine{
		Host: "ecs-b", Engine: topology.Engine{BridgeIP: worlds.NodesBridge},
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReplyLost("ecs-b", "ecs-b", verdict.EngineNetwork("ecs-b", topology.DefaultBridge)),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Remedy: scenario.Both[change.Change](change.SetBridgeIP{Host: "ecs-b", Address: worlds.FreeBridge}),
	Cured:  podSeen,
	// The node itself is cut off in both modes.
	Also: []scenario.Case{{
		Flow:    topology.Ping("node-1", "ecs-b"),
		Symptom: scenario.Both(verdict.ReplyLost("ecs-b", "ecs-b", verdict.EngineNetwork("ecs-b", topology.DefaultBridge))),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		change.AdmitRule{Group: "sg-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The way back to the containers, which ecs-b has: it lacks the nodes'.
		change.AddHostRoute{Host: "ecs-b", Destination: worlds.ContainerCIDR},
		// The VPC's whole block, which is less specific than the bridge's.
		change.AddHostRoute{Host: "ecs-b", Destination: worlds.DemoCIDR},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: podSeen,
		Why:     "a peer without an engine answers the same pod",
	}, {
		Flow:    topology.Ping("ecs-52", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-52")),
		Why:     "inside the nodes' subnet nothing changes: the bridge is on one host only",
	}},
}
