package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC023: the group of one broker of three omits the cluster for five seconds, while
// a client produces to every partition.
//
//	pod-a ── node-1 ── vpc-demo ──▌sg-kafka    ▐── kafka-1, kafka-2   partitions 0, 1: acknowledged
//	  1, 2, 3 … round robin    └──▌sg-kafka-3 ✗▐── kafka-3            partition 2: tried again
//
// Tunnel mode consumes every message that was acknowledged, once and as it was.
// Routed mode does so too: the client's library orders and repeats by itself.
// Claim: managed/acknowledged-is-kept.
var SVC023 = scenario.Scenario{
	ID:       "SVC-023",
	Title:    "brokers keep what they acknowledged through an outage of one",
	Origin:   scenario.Derived,
	Tier:     scenario.Core,
	Claim:    "managed/acknowledged-is-kept",
	World:    worlds.KafkaVPC,
	Produces: true,
	Flow:     topology.OverKafka("pod-a", "kafka-1"),
	Break:    scenario.Both(omitsCluster("sg-kafka-3")),
	Symptom:  scenario.Both(groupDenies("kafka-3")),
	Remedy:   admitsSource("sg-kafka-3", topology.KafkaPort),
	Cured:    asPodA,
	// Somebody else who meets the fault while pod-a writes.
	Also: []scenario.Case{{
		Flow:    topology.OverKafka("pod-b", "kafka-1"),
		Symptom: scenario.Both(groupDenies("kafka-3")),
		Cured:   asPodB,
	}},
	Decoys: scenario.Both([]change.Change{
		// The group of the brokers that answer.
		change.AdmitRule{Group: "sg-kafka", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverKafka("ecs-b", "kafka-1"),
		Verdict: byHost("ecs-b"),
		Why:     "a neighbour whom every broker's group admits uses the instance",
	}},
}
