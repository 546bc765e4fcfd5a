package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER012: a route for the containers of node-1 alone leads elsewhere. It is
// longer than the right one and wins.
//
//	pod-a 10.0.0.10  ── node-1 ─┐
//	                            vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	pod-b 10.0.0.138 ── node-2 ─┘       rtb-demo2: 10.0.0.0/16 ──► peering-demo
//	                                               10.0.0.0/25 ──► ecs-p2 10.1.1.25 ╳
//
// Tunnel mode notices nothing: no reply is addressed to a container.
// Routed mode loses the replies to node-1's containers at ecs-p2; node-2's are answered.
// Claim: route/specific-route-captures.
var PEER012 = scenario.Scenario{
	ID:     "PEER-012",
	Title:  "more specific route captures one node's containers",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "route/specific-route-captures",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo2", Route: topology.Route{Destination: worlds.PeeredNode1Block, Instance: "ecs-p2"},
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: replyAstray},
	Remedy: scenario.Both[change.Change](change.WithdrawRoute{
		Table: "rtb-demo2", Destination: worlds.PeeredNode1Block,
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// Longer than the right route, still shorter than the wrong one.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredBlocks)},
		// The right route on the wrong side of the peering.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// The group of the host where the replies end.
		change.AdmitRule{Group: "sg-p2", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-b", "ecs-p", worlds.WebPort),
		Verdict: asPodB,
		Why:     "the containers of the other node are answered over the wider route all the time",
	}, {
		Flow:    topology.OverTCP("node-1", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "node-1 itself is answered: it is its containers' block that is captured",
	}},
}
