package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG011: the server is a container on the peer, published on a port of the host.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25:8088
//	                                                          └─ docker0 172.16.0.1/16 ── app 172.16.0.2:80
//
// Tunnel mode shows the container the node's address, which is not on its bridge.
// Routed mode has the container answer a neighbour on docker0 that does not exist.
// Claim: engine/published-container.
var ENG011 = scenario.Scenario{
	ID:      "ENG-011",
	Title:   "published container looks for the client on its own bridge",
	Origin:  scenario.Derived,
	Tier:    scenario.Core,
	Claim:   "engine/published-container",
	World:   worlds.OneVPC,
	Given:   scenario.Both[change.Change](change.InstallEngine{Host: "ecs-25", Engine: publishing}),
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.PublishedPort),
	Break:   scenario.Both[change.Change](change.SetBridgeIP{Host: "ecs-25", Address: worlds.ContainerBridge}),
	Symptom: swallowedWhenRouted,
	Remedy:  scenario.Both[change.Change](bridgeElsewhere),
	Cured:   podSeen,
	// What the host itself serves is lost on the same bridge.
	Also: []scenario.Case{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Symptom: swallowedWhenRouted,
		Cured:   podSeen,
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		routeInVPC,
		// The host ignores idle bridges; a bridge with a container is not idle.
		change.IgnoreLinkDown{Host: "ecs-25"},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-25", worlds.PublishedPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the container answers whoever is not on its bridge, so it is published and alive",
	}, otherPeerReached},
}

// publishing is an engine with one container whose port the host publishes.
var publishing = topology.Engine{
	BridgeIP: worlds.FreeBridge,
	Containers: []topology.EngineContainer{{
		Name: "app", Address: worlds.ContainerOnFreeBridge,
		Published: topology.Listener{Protocol: topology.TCP, Port: worlds.PublishedPort}, Port: worlds.WebPort,
	}},
}
