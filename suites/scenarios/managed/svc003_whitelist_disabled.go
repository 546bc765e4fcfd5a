package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC003: the cache's whitelist is switched off.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ─┐
//	                                           vpc-demo ──▌whitelist, off▐── cache 192.168.20.63:6379
//	ecs-b 192.168.20.25, a stranger ───────────┘
//
// Tunnel mode goes on as before: whoever reaches the cache may use it.
// Routed mode goes on as before; in both, a stranger is served as well.
// Claim: managed/no-whitelist-admits-everybody.
var SVC003 = scenario.Scenario{
	ID:       "SVC-003",
	Title:    "cache whose whitelist is off admits everybody",
	Origin:   scenario.Documented,
	Tier:     scenario.Core,
	Claim:    "managed/no-whitelist-admits-everybody",
	Disputed: "the page lets nobody in who is not listed, the user guide of the caches everybody while there is no list; here the list counts once it is in force",
	World:    worlds.CacheVPC,
	Flow:     topology.OverRedis("pod-a", "cache"),
	Break:    scenario.Both[change.Change](change.DisableWhitelist{Host: "cache"}),
	Symptom:  asPodA,
	Remedy:   scenario.Both[change.Change](change.EnableWhitelist{Host: "cache"}),
	Cured:    asPodA,
	// The stranger shows that the list is off: without it, this scenario would
	// pass in a world where nothing was changed.
	Also: []scenario.Case{{
		Flow:    topology.OverRedis("ecs-b", "cache"),
		Symptom: byHost("ecs-b"),
		Cured:   scenario.Both(notListed),
	}},
	Decoys: scenario.Both([]change.Change{
		// A list without a group is in force for nobody, whether it is on or off.
		change.SetWhitelist{Host: "cache", Whitelist: topology.Whitelist{Enabled: true}},
		// A group that denies, where none applies.
		change.AdmitRule{Group: "sg-cache", Rule: worlds.DenyFrom("not-subnet-b", worlds.SubnetBCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("node-1", "cache"),
		Verdict: byHost("node-1"),
		Why:     "who is listed uses the cache whether its list is on or off",
	}, ownServer},
}
