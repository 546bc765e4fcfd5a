package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE007: pods send packets that the overlay has no room for, and node-1 loses
// the messages that would tell them.
//
//	pod-a mtu 1500 ── node-1 ──vxlan: 1450 + 50── vpc-demo ── node-2 ── pod-b
//	      ◄──✗ fragmentation needed
//
// Tunnel mode opens the connection and stalls with the first large packet.
// Routed mode has no overlay: a pod's packets may be as large as the VPC's.
// Claim: node/tunnel-pod-mtu.
var NODE007 = scenario.Scenario{
	ID:         "NODE-007",
	Title:      "pods' packets are too large for the overlay",
	Origin:     scenario.Derived,
	Tier:       scenario.Core,
	Claim:      "node/tunnel-pod-mtu",
	Disruptive: true,
	World:      worlds.OneVPC,
	Flow:       topology.Bulk("pod-a", "pod-b", worlds.PodPort, transfer),
	Break: scenario.Both[change.Change](change.All(
		change.SetMTU{Cluster: "demo", Bytes: 1500},
		change.LoseFragNeeded{Node: "node-1"},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Stalled("node-1", verdict.FragNeeded("node-1")),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Remedy: scenario.Both[change.Change](change.SetMTU{Cluster: "demo", Bytes: 1450}),
	Cured:  scenario.Both(verdict.ReachedAs("pod-a")),
	Decoys: scenario.PerMode[[]change.Change]{Tunnel: []change.Change{
		// A little less, which is still too much.
		change.SetMTU{Cluster: "demo", Bytes: 1480},
		// The group that the overlay passes already.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "pod-b", worlds.PodPort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-a")),
		Why:     "small packets pass all the time, so a ping or a login shows nothing",
	}, {
		Flow:    topology.Bulk("pod-a", "ecs-25", worlds.WebPort, transfer),
		Verdict: asPodA,
		Why:     "large packets pass where no overlay takes fifty bytes of them",
	}},
}
