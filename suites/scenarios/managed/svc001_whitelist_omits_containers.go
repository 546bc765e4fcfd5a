package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC001: the cache's whitelist lists the nodes' subnet only.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌whitelist▐── cache 192.168.20.63:6379
//	                                                        ▌192.168.10.0/24 only
//
// Tunnel mode hides the pod behind node-1, which is listed: nothing breaks.
// Routed mode shows the pod's address, which is not of the VPC and on no list: silence.
// Claim: managed/list-the-containers.
var SVC001 = scenario.Scenario{
	ID:      "SVC-001",
	Title:   "whitelist of a cache omits the container CIDR",
	Origin:  scenario.Seed,
	Tier:    scenario.Core,
	Claim:   "managed/list-the-containers",
	World:   worlds.CacheVPC,
	Flow:    topology.OverRedis("pod-a", "cache"),
	Break:   scenario.Both[change.Change](change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR)}),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: notListed},
	Remedy:  scenario.Both[change.Change](listsCluster),
	Cured:   asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The security group, which such a cache does not have in force.
		openGroup,
		// The whole VPC, as if containers had addresses of it.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.DemoCIDR)},
		// The other block of the cluster.
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ServiceCIDR)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("node-1", "cache"),
		Verdict: byHost("node-1"),
		Why:     "the node stays listed, so the cache lives and it is about the pod's address",
	}, {
		Flow:    topology.OverRedis("ecs-25", "cache"),
		Verdict: byHost("ecs-25"),
		Why:     "a host of the nodes' subnet stays listed as well",
	}, ownServer},
}
