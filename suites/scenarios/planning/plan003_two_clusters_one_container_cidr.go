

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
	Tier:       scenario.Extended,
	Claim:      "planning/routed-clusters-differ",
	Disruptive: true,
	World:      worlds.TwoClusters,
	Refused:    scenario.PerMode[[]topology.RuleID]{Routed: {topology.ContainersOfTwoClusters}},
	Flow:       topology.OverTCP("pod-a", "pod-x", worlds.PodPort),
	Healthy: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Break: scenario.Both[change.Change](change.ReplaceContainers{Cluster: "other", CIDR: worlds.ContainerCIDR}),
	// The address is in pod-a's own container network now, where nobody has it.
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("node-1", verdict.NoSuchContainer("node-1")),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Remedy: scenario.Both[change.Change](change.ReplaceContainers{Cluster: "other", CIDR: worlds.OtherCIDR}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{change.AdmitRule{Group: "sg-node-x", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)}},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-node-x", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
			// A part of it still overlaps.
			change.ReplaceContainers{Cluster: "other", CIDR: worlds.InsideContainerCIDR},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "node-x", worlds.WebPort),
		Verdict: podSeen,
		Why:     "by its node's address the other cluster is reached, in tunnel mode with equal container CIDRs too",
	}},
}
