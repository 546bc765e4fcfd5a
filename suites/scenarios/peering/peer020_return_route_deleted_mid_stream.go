package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER020: the return route to the containers is deleted while a connection
// stands, and comes back.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	      established ═══════════════════════════ rtb-demo2: 10.0.0.0/16 ╳═══════════════╝
//
// Tunnel mode notices nothing: its replies are addressed to the node.
// Routed mode stalls, and the same connection goes on once the route is back.
// Claim: peering/live-flow-survives-a-missing-route.
var PEER020 = scenario.Scenario{
	ID:      "PEER-020",
	Title:   "live connection stalls while the return route is missing",
	Origin:  scenario.Derived,
	Tier:    scenario.Core,
	Claim:   "peering/live-flow-survives-a-missing-route",
	World:   worlds.PeeredVPCs,
	Flow:    topology.Established("pod-a", "ecs-p", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR}),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: noWayBack},
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR),
	}),
	Cured: asPodA,
	// What is dialled anew fares no better.
	Also: []scenario.Case{{
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: noWayBack},
		Cured:   asPodA,
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The way back to the other node's containers.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode2Block)},
		// The route on the wrong side of the peering.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// The nodes' group, which lets replies in without being asked.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-peer-vpc", worlds.Demo2CIDR)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.Established("node-1", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a live connection of the node goes on: the peering and the server are sound",
	}},
}
