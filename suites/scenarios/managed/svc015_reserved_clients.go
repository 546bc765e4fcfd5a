package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC015: the cluster is created anew with a container CIDR in blocks that a cache
// of 10.0.0.0/8 does not serve over a peering.
//
//	pod-a 172.31.2.10 ── node-1 192.168.10.11 ── vpc-demo ═ peering-demo ══ vpc-demo2 ── cache 10.1.0.63 ✗
//	ecs-low 192.168.1.25 ──────────────────────────┘      ═ peering-third ═ vpc-demo3 ── cache-3 172.20.0.63 ✗
//
// Tunnel mode is served as node-1, in a block that is not reserved: nothing breaks.
// Routed mode is dropped for the pod's address, though route and whitelist have it.
// Claim: managed/reserved-client-blocks.
var SVC015 = scenario.Scenario{
	ID:         "SVC-015",
	Title:      "container CIDR is in blocks that a peered cache does not serve",
	Origin:     scenario.Documented,
	Tier:       scenario.Core,
	Claim:      "managed/reserved-client-blocks",
	Disruptive: true,
	World:      worlds.ReservedClients,
	Given: scenario.Both[change.Change](change.All(
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.ReservedCIDR)},
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.PeeredContainerCIDR, worlds.ReservedCIDR)},
	)),
	Flow:  topology.OverRedis("pod-a", "cache"),
	Break: scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo", CIDR: worlds.ReservedCIDR}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.Dropped("vpc-demo2", verdict.DCSForbidden("cache")),
	},
	Remedy: scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo", CIDR: worlds.PeeredContainerCIDR}),
	Cured:  asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// A list that is off admits everybody whom the instance serves at all.
		change.DisableWhitelist{Host: "cache"},
		openGroup,
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("node-1", "cache"),
		Verdict: byHost("node-1"),
		Why:     "the node is in no reserved block, so peering, list and cache are sound",
	}, {
		Flow:    topology.OverRedis("ecs-low", "cache-3"),
		Verdict: scenario.Both(verdict.Dropped("vpc-demo3", verdict.DCSForbidden("cache-3"))),
		Why:     "for a cache of 172.16.0.0/12 the blocks are others: clients of 192.168.1.0/24 are not served",
	}, {
		Flow:    topology.OverRedis("ecs-25", "cache-3"),
		Verdict: byHost("ecs-25"),
		Why:     "a host elsewhere in the same VPC uses that cache: it lives and lists them both",
	}},
}
