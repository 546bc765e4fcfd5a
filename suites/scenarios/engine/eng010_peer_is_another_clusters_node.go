package engine

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ENG010: the peer is a node of another cluster that has the same container CIDR.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ── node-x 192.168.20.31
//	cluster demo, 172.16.0.0/16                               └─ cluster other, tunnel, 172.16.0.0/16
//
// Tunnel mode shows node-x the node's address: nothing breaks.
// Routed mode delivers the request; node-x looks for the pod in its own container network.
// Claim: engine/clusters-share-container-cidr.
var ENG010 = scenario.Scenario{
	ID:         "ENG-010",
	Title:      "peer is a node of a cluster with the same container CIDR",
	Origin:     scenario.Derived,
	Tier:       scenario.Core,
	Claim:      "engine/clusters-share-container-cidr",
	Disruptive: true,
	World:      worlds.TunnelNeighbour,
	Flow:       topology.OverTCP("pod-a", "node-x", worlds.WebPort),
	Break:      scenario.Both[change.Change](change.ReplaceContainers{Cluster: "other", CIDR: worlds.ContainerCIDR}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("node-x", "node-x", verdict.NoSuchContainer("node-x")),
	},
	Remedy: scenario.Both[change.Change](change.ReplaceContainers{Cluster: "other", CIDR: worlds.OtherCIDR}),
	Cured:  podSeen,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		change.AdmitRule{Group: "sg-node-x", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// A route in the table of node-x's subnet, where its replies never come.
		change.AddRoute{Table: "rtb-b", Route: topology.Route{Destination: worlds.PodRange, Instance: "node-1"}},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "node-x", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "between the nodes there is no container address, so nothing is in the way",
	}, otherPeerReached},
}
