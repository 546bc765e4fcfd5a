package managed

import (
	"slices"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC006: somebody lists everybody, to be done with it.
//
//	pod-a 172.16.0.10 ── node-1 ── vpc-demo ──▌whitelist▐── cache 192.168.20.63:6379
//	                                          ▌0.0.0.0/0 ✗   a fifth group ✗   a 21st entry ✗
//
// Tunnel mode goes on under the former list: the platform refuses the new one.
// Routed mode goes on in the same way: such a list never takes effect.
// Claim: managed/limits-of-a-whitelist.
var SVC006 = scenario.Scenario{
	ID:      "SVC-006",
	Title:   "whitelist of everybody is refused",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "managed/limits-of-a-whitelist",
	World:   worlds.CacheVPC,
	Refused: scenario.Both([]topology.RuleID{topology.WhitelistEverybody}),
	Flow:    topology.OverRedis("pod-a", "cache"),
	Break:   scenario.Both[change.Change](change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.Anywhere)}),
	Symptom: asPodA,
	Remedy: scenario.Both[change.Change](change.SetWhitelist{
		Host: "cache", Whitelist: worlds.InGroups(bothGroups...),
	}),
	Cured: asPodA,
	Decoys: scenario.Both([]change.Change{
		// Everybody by the address that stands for him.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.Single(worlds.Anywhere.Addr()))},
		// Whoever may not list everybody lists each node by itself.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.Addresses(worlds.Node1, maxEntries+1)...)},
		// One group for each of five teams.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.InGroups(fiveGroups...)},
		// A name that begins with a digit.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.InGroups(worlds.Group("2-nodes", worlds.NodeCIDR))},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("node-1", "cache"),
		Verdict: byHost("node-1"),
		Why:     "a list that is refused shuts nobody out",
	}, {
		Flow:    topology.OverRedis("ecs-b", "cache"),
		Verdict: scenario.Both(notListed),
		Why:     "it lets nobody in either",
	}},
}

// maxEntries is how many entries an instance takes. Source: DCS API reference,
// "Querying an IP Address Whitelist".
const maxEntries = 20

// fiveGroups is one group more than an instance takes.
var fiveGroups = append(slices.Clone(bothGroups),
	worlds.Group("subnet-b", worlds.SubnetBCIDR),
	worlds.Group("services", worlds.ServiceCIDR),
	worlds.Group("peer-vpc", worlds.Demo2CIDR),
)
