package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE018: the nodes' security group has lost the rule for the range of NodePorts.
//
//	ecs-25 192.168.10.25 ── vpc-demo ──▌sg-node▐── node-1 192.168.10.11:30080 ── web ── pod-a :8080
//	                                  ▌not 30000-32767
//
// Tunnel mode leaves clients outside the cluster that way in only: they fall silent.
// Routed mode hides the loss behind its rule for the VPC; with neither, it is the same.
// Claim: service/open-the-node-ports.
var NODE018 = scenario.Scenario{
	ID:     "NODE-018",
	Title:  "nodes' security group omits the range of NodePorts",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "service/open-the-node-ports",
	World:  worlds.WebVPC,
	// Hardened: without the rule of routed mode that admits the whole VPC.
	Given:   scenario.PerMode[change.Change]{Routed: change.RevokeRule{Group: "sg-node", Rule: "tcp-from-vpc"}},
	Flow:    topology.OverTCP("ecs-25", "node-1", worlds.NodePort),
	Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-node", Rule: "node-ports-tcp"}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-1", topology.Ingress))),
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-node", Rule: worlds.AllowNodePorts("node-ports-tcp", worlds.DemoCIDR),
	}),
	Cured: scenario.Both(verdict.ReachedAs("node-1")),
	Decoys: scenario.Both([]change.Change{
		// The pod's port and the Service's, which only show behind the node.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("pod-port", worlds.PodPort, worlds.Anywhere)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("service-port", worlds.ServicePort, worlds.Anywhere)},
		// The right port of the wrong protocol.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowUDP("node-port", worlds.NodePort, worlds.Anywhere)},
		// The right ports for the other block of the cluster.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowNodePorts("from-services", worlds.ServiceCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-b", "web", worlds.ServicePort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-b")),
		Why:     "inside the cluster the Service answers by its cluster IP",
	}},
}
