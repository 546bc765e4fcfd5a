package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ENG012: the engine avoids the containers as long as the host has a route to
// them when it starts.
//
//	pod-a 172.17.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                                                          ├─ 172.17.0.0/16 by the subnet's gateway
//	                                                          └─ docker0 172.18.0.1/16, the next pool
//
// Tunnel mode shows ecs-25 the node's address: nothing breaks.
// Routed mode breaks when the host forgets the route: docker0 takes the first pool.
// Claim: engine/avoids-existing-routes.
var ENG012 = scenario.Scenario{
	ID:       "ENG-012",
	Title:    "engine takes the container CIDR that no route of the host names",
	Origin:   scenario.Documented,
	Tier:     scenario.Core,
	Claim:    "engine/avoids-existing-routes",
	Disputed: "engines before 20.10.15 avoid every route of the host, later ones on-link routes only; here all routes count",
	World:    worlds.EngineVPC,
	Given: scenario.Both[change.Change](change.All(
		change.AddHostRoute{Host: "ecs-25", Destination: worlds.DockerCIDR},
		change.InstallEngine{Host: "ecs-25"},
	)),
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.RemoveHostRoute{Host: "ecs-25", Destination: worlds.DockerCIDR}),
	Symptom: swallowedWhenRouted,
	Remedy:  scenario.Both[change.Change](change.AddHostRoute{Host: "ecs-25", Destination: worlds.DockerCIDR}),
	Cured:   podSeen,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		// A route to the next pool, which the engine does not come to.
		change.AddHostRoute{Host: "ecs-25", Destination: worlds.DockerCIDR2},
		// The right route on a host without an engine.
		change.AddHostRoute{Host: "ecs-52", Destination: worlds.DockerCIDR},
	}},
	Controls: []scenario.Control{nodeReaches, otherPeerReached},
}
