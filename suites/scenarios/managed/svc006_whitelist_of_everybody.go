package managed

import (
	"slices"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC006: somebody wants the cache to serve one host more, and lists everybody.
//
//	pod-a 172.16.0.10 ── node-1 ─┐
//	                             vpc-demo ──▌whitelist▐── cache 192.168.20.63:6379
//	ecs-b 192.168.20.25 ─────────┘          ▌0.0.0.0/0 ✗   a fifth group ✗   a 21st entry ✗
//
// Tunnel mode goes on under the former list: the platform refuses the new one.
// Routed mode goes on in the same way, until the host's subnet is listed by its block.
// Claim: managed/limits-of-a-whitelist.
var SVC006 = scenario.Scenario{
	ID:       "SVC-006",
	Title:    "whitelist of everybody is refused",
	Origin:   scenario.Documented,
	Tier:     scenario.Core,
	Claim:    "managed/limits-of-a-whitelist",
	Disputed: "a whitelist takes 20 entries by the API reference and 100 by a user guide; here 20",
	World:    worlds.CacheVPC,
	Refused:  scenario.Both([]topology.RuleID{topology.WhitelistEverybody}),
	Flow:     topology.OverRedis("ecs-b", "cache"),
	Healthy:  scenario.Both(notListed),
	Break:    scenario.Both[change.Change](change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.Anywhere)}),
	Symptom:  scenario.Both(notListed),
	Remedy:   scenario.Both[change.Change](change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("subnet-b", worlds.SubnetBCIDR)}),
	Cured:    byHost("ecs-b"),
	Decoys: scenario.Both([]change.Change{
		// Everybody by the address that stands for him.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.Single(worlds.Anywhere.Addr()))},
		// Whoever may not list everybody lists each address by itself.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.Addresses(worlds.Node1, maxEntries+1)...)},
		// One group for each of five teams.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.InGroups(fiveGroups...)},
		// A name that begins with a digit.
		change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("2-subnet-b", worlds.SubnetBCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("pod-a", "cache"),
		Verdict: asPodA,
		Why:     "a list that is refused shuts nobody out",
	}, ownServer},
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
