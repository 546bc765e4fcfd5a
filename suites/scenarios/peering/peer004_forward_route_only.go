package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER004: the way there exists, no way back does.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	                          rtb-demo: 10.1.0.0/16                      rtb-demo2: nothing
//
// Tunnel mode delivers the request and needs a way back to the nodes.
// Routed mode delivers the request and needs a way back to the containers.
// Claim: peering/both-directions-need-routes.
var PEER004 = scenario.Scenario{
	ID:     "PEER-004",
	Title:  "peer VPC has no return route",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/both-directions-need-routes",
	World:  worlds.PeeredVPCs,
	Flow:   topology.Ping("pod-a", "ecs-p"),
	Break: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.DemoCIDR},
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
	)),
	Symptom: scenario.Both(verdict.ReplyLost("ecs-p", "vpc-demo2", verdict.Blackhole("rtb-demo2"))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)},
		Routed: change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
	},
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// The way back to the address that the other mode would show, and the
	// right way back in a table that ecs-p's subnet does not use.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
			change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.NodeCIDR)},
		},
		Routed: []change.Change{
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)},
			change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-p2"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a host of the same VPC with another route table answers the node: the peering itself is sound",
	}},
}
