package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TRI002: security group and whitelist are right, and a container engine on the
// service's host holds the containers' block.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── cache 192.168.20.63:6379
//	                                                         └─ docker0 172.16.0.1/16 ◄── reply to the pod ✗
//
// Tunnel mode is answered as node-1, whose address is on no bridge: nothing breaks.
// Routed mode passes both checks; the reply to the pod ends on docker0.
// Claim: triage/engine-conflict-last.
var TRI002 = scenario.Scenario{
	ID:     "TRI-002",
	Title:  "container engine swallows replies behind right rules",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "triage/engine-conflict-last",
	World:  worlds.CacheVPC,
	Flow:   topology.OverTCP("pod-a", "cache", worlds.CachePort),
	Break: scenario.Both[change.Change](change.InstallEngine{
		Host: "cache", Engine: topology.Engine{BridgeIP: worlds.ContainerBridge},
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: replySwallowed,
	},
	Remedy: scenario.Both[change.Change](bridgeElsewhere),
	Cured:  asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The two layers that come first in the page's order and are right already.
		change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.SetWhitelist{Host: "cache", Whitelist: topology.Whitelist{}},
		// A smaller block that covers the pods as well.
		change.SetBridgeIP{Host: "cache", Address: worlds.PodsBridge},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "cache", worlds.CachePort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node's address is on no bridge, so group, whitelist and service are sound",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a host of the same subnet without an engine answers the same pod",
	}},
}
