package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC013: the message broker's group omits the cluster.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-rabbit▐── rabbit 192.168.20.69:5672
//	                                                        ▌subnet-b only
//
// Tunnel mode is silent until the group admits the nodes on the broker's port.
// Routed mode is silent until it admits the containers there.
// Claim: managed/open-the-message-port.
var SVC013 = scenario.Scenario{
	ID:      "SVC-013",
	Title:   "security group of a message broker omits the cluster",
	Origin:  scenario.Seed,
	Tier:    scenario.Core,
	Claim:   "managed/open-the-message-port",
	World:   worlds.RabbitVPC,
	Flow:    topology.OverAMQP("pod-a", "rabbit"),
	Break:   scenario.Both(omitsCluster("sg-rabbit")),
	Symptom: scenario.Both(groupDenies("rabbit")),
	Remedy:  admitsSource("sg-rabbit", topology.AMQPPort),
	Cured:   asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			// The other mode's rule, then the broker's other ports.
			change.AdmitRule{Group: "sg-rabbit", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-rabbit", Rule: worlds.AllowTCP("console", worlds.ConsolePort, worlds.Anywhere)},
			change.AdmitRule{Group: "sg-rabbit", Rule: worlds.AllowTCP("amqps", worlds.AMQPSPort, worlds.Anywhere)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-rabbit", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-rabbit", Rule: worlds.AllowTCP("console", worlds.ConsolePort, worlds.Anywhere)},
			change.AdmitRule{Group: "sg-rabbit", Rule: worlds.AllowTCP("amqps", worlds.AMQPSPort, worlds.Anywhere)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverAMQP("ecs-b", "rabbit"),
		Verdict: byHost("ecs-b"),
		Why:     "a neighbour whom the group keeps admitting uses the broker",
	}, ownServer},
}
