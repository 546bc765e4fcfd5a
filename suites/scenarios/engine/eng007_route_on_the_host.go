package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ENG007: the bridge stays where it is, and the host gets a longer route to the
// pods.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                                                          ├─ docker0 172.16.0.1/16
//	                                                          └─ 172.16.0.0/24 by the subnet's gateway
//
// Tunnel mode shows ecs-25 the node's address: nothing breaks.
// Routed mode is cured when the route to the pods is more specific than docker0's.
// Claim: engine/longest-prefix-on-the-host.
var ENG007 = scenario.Scenario{
	ID:      "ENG-007",
	Title:   "route on the host beats its engine's bridge",
	Origin:  scenario.Derived,
	Tier:    scenario.Core,
	Claim:   "engine/longest-prefix-on-the-host",
	World:   worlds.OneVPC,
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break:   scenario.Both[change.Change](bridgeOverContainers),
	Symptom: swallowedWhenRouted,
	Remedy:  scenario.Both[change.Change](change.AddHostRoute{Host: "ecs-25", Destination: worlds.PodRange}),
	Cured:   podSeen,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// Less specific than docker0's.
		change.AddHostRoute{Host: "ecs-25", Destination: worlds.Private172},
		// The block of the node where the pod is not.
		change.AddHostRoute{Host: "ecs-25", Destination: worlds.Node2Block},
		// The right route on the wrong host.
		change.AddHostRoute{Host: "ecs-52", Destination: worlds.PodRange},
		// The right route in the VPC, which the reply never gets to.
		change.AddRoute{Table: "rtb-demo", Route: topology.Route{Destination: worlds.PodRange, Instance: "node-1"}},
	}},
	Controls: []scenario.Control{nodeReaches, otherPeerReached},
}
