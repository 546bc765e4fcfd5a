package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC002: the cache's whitelist lists the containers, and one host beside them.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌whitelist▐── cache 192.168.20.63:6379
//	                                                        ▌172.16.0.0/16, 192.168.20.25/32
//
// Tunnel mode shows the cache the node, which is not listed: silence.
// Routed mode shows the pod's address, which is listed: nothing breaks.
// Claim: managed/list-containers-with-nodes.
var SVC002 = scenario.Scenario{
	ID:     "SVC-002",
	Title:  "whitelist of a cache omits the nodes",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "managed/list-containers-with-nodes",
	World:  worlds.CacheVPC,
	Given: scenario.Both[change.Change](change.SetWhitelist{
		Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ContainerCIDR, worlds.Single(worlds.ECSB)),
	}),
	Flow: topology.OverRedis("pod-a", "cache"),
	Break: scenario.Both[change.Change](change.SetWhitelist{
		Host: "cache", Whitelist: worlds.Admitting(worlds.ContainerCIDR, worlds.Single(worlds.ECSB)),
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: notListed, Routed: verdict.ReachedAs("pod-a")},
	Remedy: scenario.Both[change.Change](change.SetWhitelist{
		Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ContainerCIDR, worlds.Single(worlds.ECSB)),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Tunnel: []change.Change{
		openGroup,
		// The pod's own address once more, which the cache never sees.
		change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("pod-a", worlds.Single(worlds.PodA))},
		// Another node.
		change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("node-2", worlds.Single(worlds.Node2))},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("ecs-b", "cache"),
		Verdict: byHost("ecs-b"),
		Why:     "a host that stays listed uses the cache in every phase",
	}, ownServer},
}
