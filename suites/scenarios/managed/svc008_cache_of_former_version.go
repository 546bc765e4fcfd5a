package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// SVC008: a cache of version 3.0 has a security group, which lacks the cluster.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-cache▐── cache 3.0 192.168.20.63:6379
//	                                                        ▌subnet-b only, no whitelist at all
//
// Tunnel mode is silent until the group admits the nodes on the cache's port.
// Routed mode is silent until it admits the containers there.
// Claim: managed/former-caches-have-groups.
var SVC008 = scenario.Scenario{
	ID:      "SVC-008",
	Title:   "security group of a cache of version 3.0 omits the cluster",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "managed/former-caches-have-groups",
	World:   worlds.LegacyCache,
	Flow:    topology.OverRedis("pod-a", "cache"),
	Break:   scenario.Both(omitsCluster("sg-cache")),
	Symptom: scenario.Both(groupDenies("cache")),
	Remedy:  admitsSource("sg-cache", topology.RedisPort),
	Cured:   asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			// The other mode's rule, then another port.
			change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowTCP("database", topology.MySQLPort, worlds.NodeCIDR)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowTCP("database", topology.MySQLPort, worlds.ContainerCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("ecs-b", "cache"),
		Verdict: byHost("ecs-b"),
		Why:     "a neighbour whom the group keeps admitting uses the cache",
	}, ownServer},
}
