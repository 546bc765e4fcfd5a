package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC007: the whitelist lists the pod and its node by their addresses, and the pod
// is made anew elsewhere.
//
//	pod-a 172.16.0.10  ── node-1 192.168.10.11 ─┐ before
//	                                            vpc-demo ──▌whitelist▐── cache 192.168.20.63:6379
//	pod-a 172.16.0.139 ── node-2 192.168.10.12 ─┘ after    ▌192.168.10.11/32, 172.16.0.10/32
//
// Tunnel mode is shut out: the pod's packets now carry another node's address.
// Routed mode is shut out: a pod that is made anew has another address.
// Claim: managed/list-blocks-not-addresses.
var SVC007 = scenario.Scenario{
	ID:         "SVC-007",
	Title:      "pod made anew has no address of those that the whitelist lists",
	Origin:     scenario.Derived,
	Tier:       scenario.Core,
	Claim:      "managed/list-blocks-not-addresses",
	Disruptive: true,
	World:      worlds.CacheVPC,
	Given: scenario.Both[change.Change](change.SetWhitelist{
		Host: "cache", Whitelist: worlds.Admitting(worlds.Single(worlds.Node1), worlds.Single(worlds.PodA)),
	}),
	Flow:    topology.OverRedis("pod-a", "cache"),
	Healthy: asPodA,
	Break:   scenario.Both[change.Change](change.MovePod{Pod: "pod-a", Node: "node-2", Address: worlds.PodAOnNode2}),
	Symptom: scenario.Both(notListed),
	Remedy:  scenario.Both[change.Change](listsCluster),
	Cured:   scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: verdict.ReachedAs("pod-a")},
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			openGroup,
			// The pod's new address, which the cache never sees.
			change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("pod-a", worlds.Single(worlds.PodAOnNode2))},
		},
		Routed: []change.Change{
			openGroup,
			// The pod's new node, as which it is not seen.
			change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("node-2", worlds.Single(worlds.Node2))},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("node-1", "cache"),
		Verdict: byHost("node-1"),
		Why:     "the node of before stays listed and uses the cache",
	}, {
		Flow:    topology.OverTCP("pod-b", "ecs-25", worlds.CachePort),
		Verdict: asPodB,
		Why:     "a pod of the other node reaches a server without a list: node-2 is sound",
	}},
}
