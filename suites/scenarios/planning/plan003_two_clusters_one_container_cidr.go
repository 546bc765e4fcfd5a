package planning

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PLAN003: a second cluster of the VPC is planned with the container CIDR of the
// first.
//
//	cluster demo 172.16.0.0/16 ── node-1 192.168.10.11 ─┐
//	                                                    vpc-demo
//	cluster other 172.16.0.0/16 ── node-x 192.168.20.31 ─┘
//
// Tunnel mode accepts it: by pod address the clusters are islands before and after.
// Routed mode refuses it: both clusters' routes are in the same tables.
// Claim: planning/routed-clusters-differ.
var PLAN003 = scenario.Scenario{
	ID:         "PLAN-003",
	Title:      "second routed cluster with the same container CIDR is refused",
	Origin:     scenario.Documented,
	Tier:       scenario.Core,
	Claim:      "planning/routed-clusters-differ",
	Disruptive: true,
	World:      worlds.TwoClusters,
	Refused:    scenario.PerMode[[]topology.RuleID]{Routed: []topology.RuleID{topology.ContainersOfTwoClusters}},
	Flow:       topology.OverTCP("pod-a", "node-x", worlds.WebPort),
	Break:      scenario.Both[change.Change](change.ReplaceContainers{Cluster: "other", CIDR: worlds.ContainerCIDR}),
	Symptom:    podSeen,
	Remedy:     scenario.Both[change.Change](change.ReplaceContainers{Cluster: "other", CIDR: worlds.OtherCIDR}),
	Cured:      podSeen,
	// By pod address: what tunnel mode never carries ends in pod-a's own container
	// network once the other cluster has addresses of it.
	Also: []scenario.Case{{
		Flow: topology.OverTCP("pod-a", "pod-x", worlds.PodPort),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("node-1", verdict.NoSuchContainer("node-1")),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Cured: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
			Routed: verdict.ReachedAs("pod-a"),
		},
	}},
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{change.AdmitRule{Group: "sg-node-x", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)}},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-node-x", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			// A part of it still overlaps.
			change.ReplaceContainers{Cluster: "other", CIDR: worlds.InsideContainerCIDR},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "node-x"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "between nodes no container address is used, so equal ones do no harm",
	}},
}
