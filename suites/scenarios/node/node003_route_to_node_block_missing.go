package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE003: the route table of the nodes' subnet has lost node-2's block.
//
//	pod-a 172.16.0.10 ── node-1 ── vpc-demo ──✗ 172.16.0.128/25 ── node-2 ── pod-b 172.16.0.138
//	                                rtb-demo has 172.16.0.0/25 only, rtb-b has both
//
// Tunnel mode finds node-2's pods in its overlay and asks no route table for them.
// Routed mode loses what is for node-2's pods: requests, and the replies to their own.
// Claim: node/one-route-per-node.
var NODE003 = scenario.Scenario{
	ID:     "NODE-003",
	Title:  "route to one node's containers is missing",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "node/one-route-per-node",
	World:  worlds.OneVPC,
	// A route that tunnel mode never uses, so that its loss can be shown to mean nothing.
	Given: scenario.PerMode[change.Change]{Tunnel: change.AddRoute{Table: "rtb-demo", Route: toNode2}},
	Flow:  topology.OverTCP("pod-a", "pod-b", worlds.PodPort),
	Break: scenario.Both[change.Change](change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.Node2Block}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("pod-a"),
		Routed: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
	},
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AddRoute{Table: "rtb-demo", Route: toNode2},
		Routed: change.AddRoute{Table: "rtb-demo", Route: managedToNode2},
	},
	Cured: scenario.Both(verdict.ReachedAs("pod-a")),
	// Their own requests arrive, and the replies find no way back.
	Also: []scenario.Case{{
		Flow: topology.OverTCP("pod-b", "ecs-25", worlds.WebPort),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-2"),
			Routed: verdict.ReplyLost("ecs-25", "vpc-demo", verdict.Blackhole("rtb-demo")),
		},
		Cured: asPodB,
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The groups at both ends of the way.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The whole block, in a table that the nodes' subnet does not use.
		change.AddRoute{Table: "rtb-b", Route: topology.Route{Destination: worlds.ContainerCIDR, Instance: "node-2"}},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the other node's block is still in the table",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-b", worlds.WebPort),
		Verdict: asPodB,
		Why:     "a host whose subnet has another table answers the same pod",
	}},
}
