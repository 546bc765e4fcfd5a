package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG005: the peer filters strictly by reverse path, and its bridge holds the
// container CIDR.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌rp_filter=1▐── ecs-25 192.168.10.25
//	                                                                         └─ docker0 172.16.0.1/16
//
// Tunnel mode shows ecs-25 the node's address, whose way back is the way it came.
// Routed mode loses the request itself: its way back would be docker0.
// Claim: engine/strict-reverse-path.
var ENG005 = scenario.Scenario{
	ID:     "ENG-005",
	Title:  "strict reverse-path filter drops what the engine's bridge holds",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "engine/strict-reverse-path",
	World:  worlds.OneVPC,
	Given: scenario.Both[change.Change](change.SetReversePath{
		Host: "ecs-25", Filter: change.StrictFilter,
	}),
	Flow:  topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break: scenario.Both[change.Change](bridgeOverContainers),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.Dropped("ecs-25", verdict.ReversePath("ecs-25")),
	},
	Remedy: scenario.Both[change.Change](bridgeElsewhere),
	Cured:  podSeen,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		routeInVPC,
		// A way back that is less specific than the bridge's.
		change.AddHostRoute{Host: "ecs-25", Destination: worlds.Private172},
	}},
	Controls: []scenario.Control{nodeReaches, otherPeerReached},
}
