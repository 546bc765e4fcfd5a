package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE017: the peer's subnet is not among the destinations towards which pods
// keep their addresses, and the peer asks a pod.
//
//	ecs-b 192.168.20.25 ──► vpc-demo ──► node-1 ──► pod-a 172.16.0.10
//	      ◄── reply as 192.168.10.11 ✗          ◄──
//
// Tunnel mode has no way for anybody outside to a pod's address, at any time.
// Routed mode gives the pod's reply the address of node-1, which ecs-b did not ask.
// Claim: masquerade/list-the-clients.
var NODE017 = scenario.Scenario{
	ID:     "NODE-017",
	Title:  "nonMasqueradeCIDRs omits the subnet of a client outside the cluster",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "masquerade/list-the-clients",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("ecs-b", "pod-a", worlds.PodPort),
	Break:  scenario.Both[change.Change](change.SetNonMasquerade{Cluster: "demo", CIDRs: withoutSubnetB}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-b")),
		Routed: verdict.ReplyLost("pod-a", "node-1", verdict.MasqueradedReply("node-1")),
	},
	Remedy: scenario.Both[change.Change](change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NonMasqueradeCIDRs()}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-b")),
		Routed: verdict.ReachedAs("ecs-b"),
	},
	// The pod's own requests to the subnet go on, under its node's address.
	Also: []scenario.Case{{
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Symptom: scenario.Both(verdict.ReachedAs("node-1")),
		Cured:   asPodA,
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The groups at both ends of the way.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.AdmitRule{Group: "sg-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// Another host of the subnet.
		change.SetNonMasquerade{Cluster: "demo", CIDRs: append(withoutSubnetB, worlds.Single(worlds.ECSB2))},
	}},
	Controls: []scenario.Control{{
		Flow: topology.OverTCP("ecs-25", "pod-a", worlds.PodPort),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
			Routed: verdict.ReachedAs("ecs-25"),
		},
		Why: "a client of a subnet that is listed is answered, where clients outside can be answered at all",
	}, {
		Flow:    topology.OverTCP("node-1", "ecs-b", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the way between the two machines is sound",
	}},
}
