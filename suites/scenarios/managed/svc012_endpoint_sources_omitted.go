package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC012: the brokers' group omits the addresses of VPC endpoints.
//
//	pod-a ── node-1 ── vpc-demo ── endpoint-1 192.168.20.66 ── as 198.19.128.66 ──▌sg-kafka▐── kafka-1 :9011
//	                        ╚══════ peering-demo ═════════════════════════════════▌nodes,   ▐── kafka-1 :9092
//	                                                                              ▌containers
//
// Tunnel mode is silent by endpoint: the brokers see neither the pod nor its node.
// Routed mode is silent as well; over the peering both go on as before.
// Claim: managed/admit-endpoint-addresses.
var SVC012 = scenario.Scenario{
	ID:      "SVC-012",
	Title:   "security group of brokers behind endpoints admits only the clients",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "managed/admit-endpoint-addresses",
	World:   worlds.KafkaEndpoints,
	Flow:    topology.OverKafkaEndpoint("pod-a", "endpoint-1"),
	Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-kafka", Rule: "from-endpoints"}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.DefaultDeny("kafka-1", topology.Ingress))),
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-kafka", Rule: worlds.AllowTCP("from-endpoints", topology.KafkaEndpointPort, worlds.EndpointCIDR),
	}),
	Cured: byHost("endpoint-1"),
	Decoys: scenario.Both([]change.Change{
		// The endpoints' own group, which lets the clients in already.
		change.AdmitRule{Group: "sg-endpoint", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The clients on the right port.
		change.AdmitRule{Group: "sg-kafka", Rule: worlds.AllowTCP("from-vpc", topology.KafkaEndpointPort, worlds.DemoCIDR)},
		// The right source on the port for clients without an endpoint.
		change.AdmitRule{Group: "sg-kafka", Rule: worlds.AllowTCP("from-endpoints", topology.KafkaPort, worlds.EndpointCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverKafka("pod-a", "kafka-1"),
		Verdict: asPodA,
		Why:     "over the peering the brokers see the pod or its node, whom their group admits: all three live",
	}},
}
