package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC016: the configuration names a cache of several shards in another VPC.
//
//	pod-a ── node-1 ── vpc-demo ══ peering-demo ══ vpc-demo2 ─┬─ cache  10.1.0.63
//	            cache-app = 10.1.0.64 ────────────────────────►└─ shards 10.1.0.64 ✗ own VPC only
//
// Tunnel mode is dropped: shards serve their own VPC, whatever route and list say.
// Routed mode is dropped at the same place; a host beside the shards is served.
// Claim: managed/shards-serve-their-vpc.
var SVC016 = scenario.Scenario{
	ID:      "SVC-016",
	Title:   "cache of several shards serves its own VPC only",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "managed/shards-serve-their-vpc",
	World:   worlds.ShardedCache,
	Flow:    topology.OverRedis("pod-a", "cache-app"),
	Break:   scenario.Both[change.Change](change.PointName{Name: "cache-app", Target: "shards"}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.DCSOneVPC("shards"))),
	// Another type of instance.
	Remedy: scenario.Both[change.Change](change.PointName{Name: "cache-app", Target: "cache"}),
	Cured:  asPodA,
	Decoys: scenario.Both([]change.Change{
		change.DisableWhitelist{Host: "shards"},
		openGroup,
		// A second way to where the first leads already.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.SubnetPCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("ecs-p", "shards"),
		Verdict: byHost("ecs-p"),
		Why:     "a host of the shards' own VPC uses them in every phase: they live",
	}, {
		Flow:    topology.OverRedis("pod-a", "cache"),
		Verdict: asPodA,
		Why:     "the cache without shards beside them serves the pod over the same peering",
	}},
}
