package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TRI002: security group and whitelist are right, and a container engine holds the
// containers' block. No managed service has an engine of the user's: the one that
// has is the host beside the cache on which he runs a cache of his own.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ─┬─▌sg-ecs   ▐── ecs-25 192.168.10.25:6379
//	                                                       │    docker0 172.16.0.1/16 ◄── reply to the pod ✗
//	                                                       └─▌whitelist▐── cache 192.168.20.63:6379
//
// Tunnel mode is answered as node-1, whose address is on no bridge: nothing breaks.
// Routed mode passes every check; the reply to the pod ends on docker0.
// Claim: triage/engine-conflict-last.
var TRI002 = scenario.Scenario{
	ID:     "TRI-002",
	Title:  "container engine swallows replies behind right rules",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "triage/engine-conflict-last",
	World:  worlds.CacheVPC,
	// Its access list is that of the VPC endpoint in front of it.
	Given: scenario.Both[change.Change](change.SetWhitelist{
		Host: "ecs-25", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ContainerCIDR),
	}),
	Flow: topology.OverTCP("pod-a", "ecs-25", worlds.CachePort),
	Break: scenario.Both[change.Change](change.InstallEngine{
		Host: "ecs-25", Engine: topology.Engine{BridgeIP: worlds.ContainerBridge},
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("ecs-25", "ecs-25", verdict.EngineNetwork("ecs-25", topology.DefaultBridge)),
	},
	Remedy: scenario.Both[change.Change](change.SetBridgeIP{Host: "ecs-25", Address: worlds.FreeBridge}),
	Cured:  asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The two layers that come first in the page's order and are right already.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.DisableWhitelist{Host: "ecs-25"},
		// A smaller block that covers the pods as well.
		change.SetBridgeIP{Host: "ecs-25", Address: worlds.PodsBridge},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-25", worlds.CachePort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node's address is on no bridge, so group, list and server are sound",
	}, {
		Flow:    topology.OverRedis("pod-a", "cache"),
		Verdict: asPodA,
		Why:     "the managed cache, whose whitelist is the same and which has no engine, serves the same pod",
	}},
}
