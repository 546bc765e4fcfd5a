package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ENG001: the peer runs a container engine whose bridge holds the container CIDR.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                                                          └─ docker0 172.16.0.1/16 ◄── reply to 172.16.0.10
//
// Tunnel mode shows ecs-25 the node's address, which is on no bridge: nothing breaks.
// Routed mode delivers the request; ecs-25 looks for the pod on its own bridge.
// Claim: intra-vpc/engine-conflict.
var ENG001 = scenario.Scenario{
	ID:      "ENG-001",
	Title:   "peer's container engine holds the container CIDR",
	Origin:  scenario.Seed,
	Tier:    scenario.Core,
	Claim:   "intra-vpc/engine-conflict",
	World:   worlds.OneVPC,
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break:   scenario.Both[change.Change](bridgeOverContainers),
	Symptom: swallowedWhenRouted,
	Remedy:  scenario.Both[change.Change](bridgeElsewhere),
	Cured:   podSeen,
	// Ping ends the same way: the kernel answers it by the same routes.
	Also: []scenario.Case{{
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Symptom: swallowedWhenRouted,
		Cured:   podSeen,
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		routeInVPC,
		// A route on the host that is less specific than its bridge's.
		change.AddHostRoute{Host: "ecs-25", Destination: worlds.Private172},
	}},
	Controls: []scenario.Control{nodeReaches, otherPeerReached},
}
