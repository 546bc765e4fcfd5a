package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE005: node-1 forwards nothing (net.ipv4.ip_forward=0).
//
//	pod-a 172.16.0.10 ──✗ node-1 192.168.10.11 ── vpc-demo ── ecs-25 192.168.10.25
//
// Tunnel mode has the node forward its pods' packets: they end on it.
// Routed mode has it forward them too, and they end there just the same.
// Claim: node/forwarding-must-be-on.
var NODE005 = scenario.Scenario{
	ID:      "NODE-005",
	Title:   "node forwards nothing",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "node/forwarding-must-be-on",
	World:   worlds.OneVPC,
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.StopForwarding{Node: "node-1"}),
	Symptom: scenario.Both(verdict.Dropped("node-1", verdict.ForwardingOff("node-1"))),
	Remedy:  scenario.Both[change.Change](change.StartForwarding{Node: "node-1"}),
	Cured:   asPodA,
	Decoys: scenario.Both([]change.Change{
		// The groups at both ends of the way.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node sends what is its own without forwarding it",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-25", worlds.WebPort),
		Verdict: asPodB,
		Why:     "the pods of the other node are forwarded",
	}},
}
