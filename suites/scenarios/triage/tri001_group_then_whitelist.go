package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TRI001: the nodes' hardened group lacks the cache's port, and its whitelist the
// cluster. A cache has no group that applies, so the one before its list is theirs.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ──▌sg-node▐── vpc-demo ──▌whitelist ▐── cache 192.168.20.63:6379
//	                                            ▌tcp/80 only           ▌subnet-b only
//
// Tunnel mode needs the port in the group and the node in the list, in this order.
// Routed mode needs the same port and the container CIDR: after the group, the list reports.
// Claim: triage/group-first-then-whitelist.
var TRI001 = scenario.Scenario{
	ID:     "TRI-001",
	Title:  "whitelist reports once the security group is right",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "triage/group-first-then-whitelist",
	World:  worlds.CacheVPC,
	Given:  scenario.Both[change.Change](listsEverybody),
	Flow:   topology.OverRedis("pod-a", "cache"),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-node", Rule: "egress-all"},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCPTo("to-web", worlds.WebPort, worlds.DemoCIDR)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowUDPTo("to-overlay", worlds.VXLANPort, worlds.Anywhere)},
		change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.SubnetBCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-1", topology.Egress))),
	Stages: []scenario.Stage{{
		Fix: scenario.Both[change.Change](change.AdmitRule{
			Group: "sg-node", Rule: worlds.AllowTCPTo("to-cache", topology.RedisPort, worlds.SubnetBCIDR),
		}),
		Then: scenario.Both(verdict.Dropped("vpc-demo", verdict.Whitelist("cache"))),
	}},
	Remedy: scenario.Both[change.Change](listsEverybody),
	Cured:  asPodA,
	Decoys: scenario.Both([]change.Change{
		// The second layer before the first.
		listsEverybody,
		// The cache's own group, which does not apply.
		change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The right group and port, the wrong direction.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("cache", topology.RedisPort, worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a host of the same subnet answers the pod on a port that the group names",
	}, {
		Flow:    topology.OverRedis("ecs-b", "cache"),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b")),
		Why:     "a host that stays listed uses the cache, so it lives",
	}},
}

// listsEverybody is the list that the page asks for, containers and nodes, with the
// cache's own subnet.
var listsEverybody = change.SetWhitelist{
	Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ContainerCIDR, worlds.SubnetBCIDR),
}
