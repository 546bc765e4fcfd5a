package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER023: the route table of the nodes is full. The route for the last node's
// containers was never added.
//
//	pod-a 10.0.0.10  ── node-1 ─┐
//	                            vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	pod-b 10.0.0.138 ── node-2 ─┘ rtb-demo, 2 routes at most: 10.1.0.0/16, 10.0.0.0/25 → node-1
//
// Tunnel mode notices nothing: its containers need no route in the VPC.
// Routed mode loses the replies to node-2's containers in rtb-demo; node-1's arrive.
// Claim: route/one-per-node-within-the-quota.
var PEER023 = scenario.Scenario{
	ID:       "PEER-023",
	Title:    "route quota leaves one node's containers without a route",
	Origin:   scenario.Documented,
	Tier:     scenario.Core,
	Claim:    "route/one-per-node-within-the-quota",
	Disputed: "the quota is 100 or 200 routes a table, by the page; here it is what the world says",
	World:    worlds.PeeredVPCs,
	Flow:     topology.OverTCP("pod-b", "ecs-p", worlds.WebPort),
	Break:    scenario.Both[change.Change](change.SetQuota{Table: "rtb-demo", Routes: 2}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-2"),
		Routed: verdict.ReplyLost("ecs-p", "vpc-demo", verdict.Blackhole("rtb-demo")),
	},
	Remedy: scenario.Both[change.Change](change.SetQuota{Table: "rtb-demo", Routes: 100}),
	Cured:  asPodB,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The quota of a table that traffic over the peering does not meet.
		change.SetQuota{Table: "rtb-b", Routes: 100},
		// One more route by hand: the table has no room for it either.
		change.AddRoute{Table: "rtb-demo", Route: topology.Route{Destination: worlds.PeeredContainerCIDR, Instance: "node-2"}},
		// The peer VPC's table, which sends the replies the right way already.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode2Block)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the containers of the node that has its route are answered all the time",
	}, {
		Flow:    topology.OverTCP("node-2", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-2")),
		Why:     "the last node itself is answered: it is only its containers that have no route",
	}},
}
