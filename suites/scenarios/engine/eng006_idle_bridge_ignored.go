package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG006: the peer ignored the routes of idle bridges, and does so no more.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                             ignore_routes_with_linkdown  └─ docker0 172.16.0.1/16, nothing attached
//
// Tunnel mode shows ecs-25 the node's address: the bridge never matters.
// Routed mode works despite the conflict while the idle bridge's route does not count.
// Claim: engine/idle-bridge.
var ENG006 = scenario.Scenario{
	ID:     "ENG-006",
	Title:  "conflict with an idle bridge shows when its route counts again",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "engine/idle-bridge",
	World:  worlds.OneVPC,
	Given: scenario.Both[change.Change](change.All(
		change.IgnoreLinkDown{Host: "ecs-25"}, bridgeOverContainers,
	)),
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.HonourLinkDown{Host: "ecs-25"}),
	Symptom: swallowedWhenRouted,
	Remedy:  scenario.Both[change.Change](change.IgnoreLinkDown{Host: "ecs-25"}),
	Cured:   podSeen,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		routeInVPC,
		// Another network that is idle as well.
		change.CreateEngineNetwork{Host: "ecs-25", Network: topology.EngineNetwork{Name: "app", CIDR: worlds.FreeNetwork}},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the setting concerns idle bridges only, and the node's address is on none",
	}, otherPeerReached},
}
