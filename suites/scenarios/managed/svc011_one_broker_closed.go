package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC011: the group of one Kafka broker of three omits the cluster.
//
//	pod-a ── node-1 ── vpc-demo ──▌sg-kafka  ▐── kafka-1 192.168.20.66:9092 ── "I am one of three"
//	                           ├──▌sg-kafka  ▐── kafka-2 192.168.20.67:9092
//	                           └──▌sg-kafka-3▐── kafka-3 192.168.20.68:9092 ✗
//
// Tunnel mode reaches the first broker, learns of the third, and is silent there.
// Routed mode does so too: the instance is used whole or not at all.
// Claim: managed/reach-every-broker.
var SVC011 = scenario.Scenario{
	ID:      "SVC-011",
	Title:   "security group of one broker omits the cluster",
	Origin:  scenario.Seed,
	Tier:    scenario.Core,
	Claim:   "managed/reach-every-broker",
	World:   worlds.KafkaVPC,
	Flow:    topology.OverKafka("pod-a", "kafka-1"),
	Break:   scenario.Both(omitsCluster("sg-kafka-3")),
	Symptom: scenario.Both(groupDenies("kafka-3")),
	Remedy:  admitsSource("sg-kafka-3", topology.KafkaPort),
	Cured:   asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			// The group of the brokers that the configuration names.
			change.AdmitRule{Group: "sg-kafka", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			// The other mode's rule in the right group.
			change.AdmitRule{Group: "sg-kafka-3", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			// The port for endpoints.
			change.AdmitRule{Group: "sg-kafka-3", Rule: worlds.AllowTCP("endpoints", topology.KafkaEndpointPort, worlds.Anywhere)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-kafka", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			change.AdmitRule{Group: "sg-kafka-3", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-kafka-3", Rule: worlds.AllowTCP("endpoints", topology.KafkaEndpointPort, worlds.Anywhere)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverKafka("ecs-b", "kafka-1"),
		Verdict: byHost("ecs-b"),
		Why:     "a neighbour whom every broker's group admits uses the instance: all three live",
	}, {
		Flow:    topology.Ping("pod-a", "kafka-1"),
		Verdict: asPodA,
		Why:     "the broker that the configuration names is reached in every phase",
	}},
}
