package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER025: the return route covers the containers of one node.
//
//	pod-a 10.0.0.10  ── node-1 ─┐
//	                            vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	pod-b 10.0.0.138 ── node-2 ─┘     rtb-demo2: 192.168.0.0/16, 10.0.0.0/25
//
// Tunnel mode notices nothing: its replies are addressed to nodes.
// Routed mode answers the pods of node-1; the replies to all others die in rtb-demo2.
// Claim: cross-vpc/routed-connect-whole-container-cidr.
var PEER025 = scenario.Scenario{
	ID:     "PEER-025",
	Title:  "return route covers a part of the container CIDR",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "cross-vpc/routed-connect-whole-container-cidr",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-b", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode1Block)},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: noWayBack},
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR),
	}),
	Cured: asPodB,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The whole block in a table that ecs-p's subnet does not use.
		change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// The whole block on the wrong side of the peering.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// The node of the pods that are not answered.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.Single(worlds.Node2))},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the containers that the route covers are answered all the time",
	}, {
		Flow:    topology.OverTCP("node-2", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-2")),
		Why:     "the other node itself is answered, so only its containers lack a way back",
	}},
}
