package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE006: the operating system of node-1 runs a firewall of its own.
//
//	pod-a 172.16.0.10 ── node-1 ▌firewall▐ 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//	                            ▌forwards nothing new from 172.16.0.0/16
//
// Tunnel mode is dropped before the node puts its own address in the pod's place.
// Routed mode is dropped at the same place, under the same address.
// Claim: node/no-firewall-on-nodes.
var NODE006 = scenario.Scenario{
	ID:     "NODE-006",
	Title:  "node's own firewall drops what its pods send",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "node/no-firewall-on-nodes",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break: scenario.Both[change.Change](change.AddFirewallRule{Machine: "node-1", Rule: topology.FirewallRule{
		Name: "drop-containers", Chain: topology.ForwardChain, CIDR: worlds.ContainerCIDR,
	}}),
	Symptom: scenario.Both(verdict.Dropped("node-1", verdict.HostFirewall("node-1", "drop-containers"))),
	Remedy:  scenario.Both[change.Change](change.RemoveFirewallRule{Machine: "node-1", Rule: "drop-containers"}),
	Cured:   asPodA,
	Decoys: scenario.Both([]change.Change{
		// The groups at both ends of the way, which a guest's firewall ignores.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "what the node itself sends is not forwarded",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-25", worlds.WebPort),
		Verdict: asPodB,
		Why:     "the other node has no firewall",
	}},
}
