package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG013: the peer is a cluster's node, whose engine must not be reconfigured.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── node-x 192.168.20.31
//	        nonMasqueradeCIDRs without subnet-b               └─ cluster other, tunnel, 172.16.0.0/16
//
// Routed mode cannot have node-x give way: the platform refuses it, and the replies stay
// lost. What is left is to change how pods show themselves.
// Claim: engine/node-engine-is-untouchable.
var ENG013 = scenario.Scenario{
	ID:          "ENG-013",
	Title:       "reconfiguring the engine of a node is refused",
	Origin:      scenario.Documented,
	Tier:        scenario.Core,
	Claim:       "engine/node-engine-is-untouchable",
	OnlyIn:      topology.Routed,
	OnlyBecause: "in tunnel mode the peer sees a node's address, so there is no conflict to be tempted by",
	World:       worlds.TunnelNeighbour,
	Given:       scenario.Both[change.Change](change.ReplaceContainers{Cluster: "other", CIDR: worlds.ContainerCIDR}),
	Refused:     scenario.Both([]topology.RuleID{topology.EngineOnNode}),
	Flow:        topology.OverTCP("pod-a", "node-x", worlds.WebPort),
	Healthy:     lostOnNodeX,
	Break:       scenario.Both[change.Change](change.SetBridgeIP{Host: "node-x", Address: worlds.FreeBridge}),
	Symptom:     lostOnNodeX,
	Remedy:      scenario.Both[change.Change](change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NarrowList()}),
	Cured:       scenario.Both(verdict.ReachedAs("node-1")),
	Decoys: scenario.Both([]change.Change{
		// Everything else that would touch the engine of a node.
		change.RemoveEngine{Host: "node-x"},
		change.InstallEngine{Host: "node-x", Engine: topology.Engine{BridgeIP: worlds.FreeBridge}},
		change.CreateEngineNetwork{Host: "node-x", Network: topology.EngineNetwork{Name: "app", CIDR: worlds.FreeNetwork}},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "node-x", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "between the nodes no container address is used: group, route and server are sound",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-a")),
		Why:     "towards a subnet that stays in the list the pod keeps its address",
	}},
}

// lostOnNodeX is a reply that node-x looks for in its own container network.
var lostOnNodeX = scenario.Both(verdict.ReplyLost("node-x", "node-x", verdict.NoSuchContainer("node-x")))
