package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG013: the peer admits nobody and dials the container itself.
//
//	ecs-25 192.168.10.25 ──▌sg-ecs▐── vpc-demo ── node-1 192.168.10.11:30080 ──► pod-a 172.16.0.10:8080
//	                 admits nobody▐   web-app = 172.16.0.10:8080
//
// Tunnel mode has no route to a container, whoever dials; the node's published port answers.
// Routed mode answers at the container's address: what ecs-25 dials comes back in unasked.
// Claim: security-group/dialling-needs-no-inbound-rule.
var SG013 = scenario.Scenario{
	ID:     "SG-013",
	Title:  "peer that admits nobody dials a container by its address",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "security-group/dialling-needs-no-inbound-rule",
	World:  worlds.WebVPC,
	Given: scenario.Both[change.Change](change.All(
		admitsNoSource,
		change.SetTrafficPolicy{Service: "web", Policy: topology.LocalPolicy},
		change.PointName{Name: "web-app", Target: "node-1", Port: worlds.NodePort},
	)),
	Flow: topology.Flow{From: "ecs-25", To: "web-app", Protocol: topology.TCP},
	Break: scenario.Both[change.Change](change.PointName{
		Name: "web-app", Target: "pod-a", Port: worlds.PodPort,
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
		Routed: verdict.ReachedAs("ecs-25"),
	},
	Remedy: scenario.Both[change.Change](change.PointName{
		Name: "web-app", Target: "node-1", Port: worlds.NodePort,
	}),
	Cured: scenario.Both(verdict.ReachedAs("ecs-25")),
	Decoys: scenario.PerMode[[]change.Change]{Tunnel: []change.Change{
		// Inbound rules of the one who dials.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The nodes' group, where nothing arrives.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("web-from-vpc", worlds.PodPort, worlds.DemoCIDR)},
		// A route to the node in a table that the peer's subnet does not use.
		change.AddRoute{Table: "rtb-b", Route: topology.Route{Destination: worlds.Node1Block, Instance: "node-1"}},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("ecs-25", "node-1", worlds.NodePort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-25")),
		Why:     "what the node publishes answers all the time, although nothing may come in to ecs-25",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the container lives and talks to the rest of the VPC",
	}},
}
