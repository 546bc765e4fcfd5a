package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TRI001: the service's security group and its whitelist both omit the cluster.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-cache▐─▌whitelist▐── cache 192.168.20.63:6379
//	                                                        ▌itself  ▐─▌subnet-b only
//
// Tunnel mode needs the node in both: after the group, the whitelist reports.
// Routed mode needs the container CIDR in both, in the same order.
// Claim: triage/group-first-then-whitelist.
var TRI001 = scenario.Scenario{
	ID:     "TRI-001",
	Title:  "whitelist reports once the security group is right",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "triage/group-first-then-whitelist",
	World:  worlds.CacheVPC,
	Flow:   topology.OverTCP("pod-a", "cache", worlds.CachePort),
	Break: scenario.Both[change.Change](change.All(
		groupOmitsCluster, change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.SubnetBCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("cache", topology.Ingress))),
	Stages: []scenario.Stage{{
		Fix: scenario.PerMode[change.Change]{
			Tunnel: change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			Routed: change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
		},
		Then: scenario.Both(verdict.Dropped("vpc-demo", verdict.Whitelist("cache"))),
	}},
	Remedy: scenario.Both[change.Change](change.SetWhitelist{
		Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ContainerCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			// The second layer before the first, and the first for the other mode.
			change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
		},
		Routed: []change.Change{
			change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a host of the same subnet answers the pod, so the way there is sound",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.CachePort),
		Verdict: asPodA,
		Why:     "a server without access control of its own answers on the same port",
	}},
}
