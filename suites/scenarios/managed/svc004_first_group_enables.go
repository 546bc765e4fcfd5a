package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC004: somebody gives the cache its first group, for a host of his own.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌whitelist▐── cache 192.168.20.63:6379
//	                                                        ▌none, then group operators: 192.168.20.25
//
// Tunnel mode is shut out at once: the first group puts the list in force for everybody.
// Routed mode is shut out as well, though nobody took anything away.
// Claim: managed/first-group-enables.
var SVC004 = scenario.Scenario{
	ID:     "SVC-004",
	Title:  "first group of a whitelist shuts out everybody else",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "managed/first-group-enables",
	World:  worlds.CacheVPC,
	Given:  scenario.Both[change.Change](change.SetWhitelist{Host: "cache", Whitelist: topology.Whitelist{}}),
	Flow:   topology.OverRedis("pod-a", "cache"),
	Break: scenario.Both[change.Change](change.AddWhitelistGroup{
		Host: "cache", Group: worlds.Group("operators", worlds.Single(worlds.ECSB)),
	}),
	Symptom: scenario.Both(notListed),
	Remedy: scenario.Both[change.Change](change.AddWhitelistGroup{
		Host: "cache", Group: worlds.Group("cluster", worlds.NodeCIDR, worlds.ContainerCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			openGroup,
			// The other mode's group.
			change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("containers", worlds.ContainerCIDR)},
		},
		Routed: []change.Change{
			openGroup,
			change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("nodes", worlds.NodeCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("ecs-b", "cache"),
		Verdict: byHost("ecs-b"),
		Why:     "the host of the first group uses the cache before it and after it",
	}, ownServer},
}
