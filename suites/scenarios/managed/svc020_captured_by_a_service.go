package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC020: the cache's VPC is inside the cluster's Service CIDR, and a Service of the
// cluster has the cache's address.
//
//	pod-a ── node-1 ──▌Service 10.247.128.63:6379▐──► pod-b
//	              ✗ vpc-demo ══ peering-demo ══ vpc-demo2 10.247.0.0/16 ── cache 10.247.128.63:6379
//
// Tunnel mode is led to pod-b on the client's own node; the cache hears nothing.
// Routed mode is led there as well: no packet for that address leaves the cluster.
// Claim: managed/service-cidr-captures.
var SVC020 = scenario.Scenario{
	ID:     "SVC-020",
	Title:  "Service of the cluster takes a cache's address",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "managed/service-cidr-captures",
	World:  worlds.CapturedCache,
	Flow:   topology.OverRedis("pod-a", "cache"),
	Break: scenario.Both[change.Change](change.AddService{
		Cluster: "demo", Service: worlds.CacheService(worlds.CapturedCacheAddress),
	}),
	Symptom: scenario.Both(verdict.Misdelivered("pod-b")),
	// The Service elsewhere; the whole Service CIDR elsewhere takes a new cluster.
	Remedy: scenario.Both[change.Change](change.All(
		change.RemoveService{Service: "cache-proxy"},
		change.AddService{Cluster: "demo", Service: worlds.CacheService(worlds.FreeService)},
	)),
	Cured: asPodA,
	Decoys: scenario.Both([]change.Change{
		// The cache's list and the way back, which nothing comes to.
		change.DisableWhitelist{Host: "cache"},
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.NodeCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("ecs-25", "cache"),
		Verdict: byHost("ecs-25"),
		Why:     "a host outside the cluster has no Services in its way and uses the cache over the same peering",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Verdict: asPodA,
		Why:     "an address beside the cache's, which no Service has, is reached from the same pod",
	}},
}
