package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE009: the connection tracking table of node-1 takes no new flow.
//
//	pod-a 172.16.0.10 ──✗ node-1 192.168.10.11, table full ── vpc-demo ── ecs-25 192.168.10.25
//
// Tunnel mode needs an entry to hide the pod behind the node: new flows end there.
// Routed mode needs one as well, since the node filters what it forwards.
// Claim: node/conntrack-table-size.
var NODE009 = scenario.Scenario{
	ID:      "NODE-009",
	Title:   "node's connection tracking table is full",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "node/conntrack-table-size",
	World:   worlds.OneVPC,
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break:   scenario.Both[change.Change](change.FillConntrack{Node: "node-1"}),
	Symptom: scenario.Both(verdict.Dropped("node-1", verdict.ConntrackFull("node-1"))),
	Remedy:  scenario.Both[change.Change](change.RaiseConntrack{Node: "node-1"}),
	Cured:   asPodA,
	Decoys: scenario.Both([]change.Change{
		// A group whose rules are asked after the node's own table.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The check of an interface that nothing is dropped at.
		change.DisableSourceCheck{Machine: "ecs-25"},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Established("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a connection that stands has its entry and keeps it",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-25", worlds.WebPort),
		Verdict: asPodB,
		Why:     "the other node has room",
	}},
}
