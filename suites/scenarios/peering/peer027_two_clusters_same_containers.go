package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER027: a cluster in the peer VPC was made with the same container CIDR. Each
// mode's clients ask for what they can reach: a node's port, or a container.
//
//	pod-a 10.0.0.10 ── node-1 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── node-p 10.1.0.31:30080
//	      containers 10.0.0.0/16                                          pod-p 10.0.0.20, containers 10.0.0.0/16 too
//
// Tunnel mode asks for node-p and notices nothing: containers' addresses stay inside each cluster.
// Routed mode asks for pod-p, and node-1 takes the address for a container of its own.
// Claim: planning/routed-clusters-need-disjoint-containers.
var PEER027 = scenario.Scenario{
	ID:         "PEER-027",
	Title:      "clusters of two peered VPCs have the same container CIDR",
	Origin:     scenario.Documented,
	Tier:       scenario.Core,
	Claim:      "planning/routed-clusters-need-disjoint-containers",
	Disruptive: true,
	World:      worlds.PeeredClusters,
	Given: scenario.PerMode[change.Change]{Routed: change.PointName{
		Name: "far-app", Target: "pod-p", Port: worlds.PodPort,
	}},
	Flow:  topology.Flow{From: "pod-a", To: "far-app", Protocol: topology.TCP},
	Break: scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo2", CIDR: worlds.PeeredContainerCIDR}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.Dropped("node-1", verdict.NoSuchContainer("node-1")),
	},
	Remedy: scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo2", CIDR: worlds.Cluster2CIDR}),
	Cured:  asPodA,
	// Hosts beside the far cluster lose containers too: their VPC has a route to
	// the same addresses at home.
	Also: []scenario.Case{{
		Flow: topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReplyLost("ecs-p", "node-p", verdict.NoSuchContainer("node-p")),
		},
		Cured: asPodA,
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The far cluster's containers once more, as a route: the packet never leaves the node.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		// The far nodes' group, where nothing arrives.
		change.AdmitRule{Group: "sg-node2", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The near nodes' group, which lets everything out.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-peer-vpc", worlds.Demo2CIDR)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "node-p", worlds.NodePort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the clusters' nodes reach each other all the time, so peering, routes and groups are right",
	}, {
		Flow:    topology.OverTCP("ecs-p", "node-p", worlds.NodePort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-p")),
		Why:     "the far cluster serves the hosts beside it",
	}},
}
