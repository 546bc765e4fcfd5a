package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE026: the nodes' security group does not admit the ping by which the load
// balancer looks after its backends.
//
//	pod-b ── vpc-demo ── lb-demo 192.168.20.80 ──ping──▌sg-node▐── node-1 192.168.10.11, host-pod udp/514
//	                                                  ▌not icmp from 192.168.20.0/24
//
// Tunnel mode finds the balancer without a healthy backend, which drops what it gets.
// Routed mode finds it the same: the check is between the balancer and the node.
// Claim: balancer/health-check-needs-icmp.
var NODE026 = scenario.Scenario{
	ID:      "NODE-026",
	Title:   "nodes' security group omits the load balancer's health check",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "balancer/health-check-needs-icmp",
	World:   worlds.BalancedVPC,
	Flow:    topology.OverUDP("pod-b", "lb-demo", worlds.LogPort),
	Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-node", Rule: "ping-from-balancer"}),
	Symptom: scenario.Both(verdict.Dropped("lb-demo", verdict.NoHealthyBackend("lb-demo"))),
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-node", Rule: worlds.AllowPing("ping-from-balancer", worlds.SubnetBCIDR),
	}),
	Cured: scenario.Both(verdict.ReachedAs("lb-demo")),
	Decoys: scenario.Both([]change.Change{
		// The port of the listener, which is open already.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowUDP("log", worlds.LogPort, worlds.Anywhere)},
		// A check by TCP, which a UDP listener does not have.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("check", worlds.LogPort, worlds.Anywhere)},
		// Ping from the nodes' own subnet.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowPing("ping-from-nodes", worlds.NodeCIDR)},
		// The group of the balancer instead of its backends'.
		change.AdmitRule{Group: "sg-lb", Rule: worlds.AllowPing("ping", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverUDP("ecs-b", "host-pod", worlds.LogPort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b")),
		Why:     "asked directly from the balancer's subnet, the backend answers",
	}},
}
