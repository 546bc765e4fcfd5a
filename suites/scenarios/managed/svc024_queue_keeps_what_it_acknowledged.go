package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC024: the message broker's group omits the cluster for five seconds, while a
// client publishes.
//
//	pod-a ── node-1 192.168.10.11 ── vpc-demo ──▌sg-rabbit ✗▐── rabbit 192.168.20.69:5672
//	  1, 2, 3 … with confirms                                └─ queue of pod-a: 1, 2 …
//
// Tunnel mode has its connection cut, and consumes every message that was confirmed.
// Routed mode does so too, once its client has connected anew.
// Claim: managed/acknowledged-is-kept.
var SVC024 = scenario.Scenario{
	ID:       "SVC-024",
	Title:    "queue keeps what it acknowledged through an outage",
	Origin:   scenario.Derived,
	Tier:     scenario.Core,
	Claim:    "managed/acknowledged-is-kept",
	World:    worlds.RabbitVPC,
	Produces: true,
	Flow:     topology.OverAMQP("pod-a", "rabbit"),
	Break:    scenario.Both(omitsCluster("sg-rabbit")),
	Symptom:  scenario.Both(groupDenies("rabbit")),
	Remedy:   admitsSource("sg-rabbit", topology.AMQPPort),
	Cured:    asPodA,
	// Somebody else who meets the fault while pod-a writes.
	Also: []scenario.Case{{
		Flow:    topology.OverAMQP("pod-b", "rabbit"),
		Symptom: scenario.Both(groupDenies("rabbit")),
		Cured:   asPodB,
	}},
	Decoys: scenario.Both([]change.Change{
		// The broker's other ports.
		change.AdmitRule{Group: "sg-rabbit", Rule: worlds.AllowTCP("console", worlds.ConsolePort, worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverAMQP("ecs-b", "rabbit"),
		Verdict: byHost("ecs-b"),
		Why:     "a neighbour whom the group keeps admitting uses the broker",
	}},
}
