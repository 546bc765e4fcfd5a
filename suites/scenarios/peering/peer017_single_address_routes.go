package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER017: the peering has routes for single addresses only, one host and one
// node.
//
//	pod-a 10.0.0.10  ── node-1 192.168.10.11 ─┐
//	                                          vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	pod-b 10.0.0.138 ── node-2 192.168.10.12 ─┘ rtb-demo: 10.1.0.25/32   rtb-demo2: 192.168.10.11/32
//
// Tunnel mode answers the pods of node-1 and no others, since replies find no other node.
// Routed mode answers no pod: a node's address is no way back to its containers.
// Claim: peering/single-address-routes.
var PEER017 = scenario.Scenario{
	ID:     "PEER-017",
	Title:  "peering has routes for one host with one node",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/single-address-routes",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-b", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.Demo2CIDR},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Single(worlds.ECSP))},
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.DemoCIDR},
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.Single(worlds.Node1))},
	)),
	Symptom: scenario.Both(noWayBack),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.NodeCIDR)},
		Routed: change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
	},
	Cured: asPodB,
	// The pod of the node that has a route: that is all that the modes differ in.
	Also: []scenario.Case{{
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: noWayBack},
		Cured:   asPodA,
	}},
	// The way there widened; the way back to what the other mode would show.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Demo2CIDR)},
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		},
		Routed: []change.Change{
			change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Demo2CIDR)},
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the two that have routes to each other talk all the time",
	}},
}
