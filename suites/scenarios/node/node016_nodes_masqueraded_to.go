package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE016: the nodes' subnet is not among the destinations towards which pods
// keep their addresses.
//
//	node-1 192.168.10.11 ──► vpc-demo ──► node-2 ──► pod-b 172.16.0.138
//	       ◄── reply as 192.168.10.12 ✗          ◄──
//
// Tunnel mode ignores the list: node-1 reaches pod-b through the overlay.
// Routed mode gives pod-b's reply the address of node-2, which node-1 did not ask.
// Claim: masquerade/list-the-nodes.
var NODE016 = scenario.Scenario{
	ID:     "NODE-016",
	Title:  "nonMasqueradeCIDRs omits the nodes' subnet",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "masquerade/list-the-nodes",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("node-1", "pod-b", worlds.PodPort),
	Break: scenario.Both[change.Change](change.SetNonMasquerade{
		Cluster: "demo", CIDRs: worlds.NonMasqueradeSubnetB(),
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("pod-b", "node-2", verdict.MasqueradedReply("node-2")),
	},
	Remedy: scenario.Both[change.Change](change.SetNonMasquerade{
		Cluster: "demo", CIDRs: append(worlds.NonMasqueradeSubnetB(), worlds.NodeCIDR),
	}),
	Cured: scenario.Both(verdict.ReachedAs("node-1")),
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The pod's own node, instead of the one that asks.
		change.SetNonMasquerade{Cluster: "demo", CIDRs: append(worlds.NonMasqueradeSubnetB(), worlds.Single(worlds.Node2))},
		// The group that the request passed already.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "pod-b", worlds.PodPort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-a")),
		Why:     "the pod answers clients of the container CIDR, so it lives",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-b", worlds.WebPort),
		Verdict: asPodB,
		Why:     "towards a subnet that is listed the pod keeps its address",
	}},
}
