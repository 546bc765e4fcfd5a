package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC005: an update of the cache's whitelist carries the new group only.
//
//	pod-a 172.16.0.10 ─┐
//	node-1 192.168.10.11 ── vpc-demo ──▌whitelist▐── cache 192.168.20.63:6379
//	                                   ▌nodes 192.168.10.0/24, then containers 172.16.0.0/16 instead
//
// Tunnel mode is shut out: the update has overwritten the group of the nodes.
// Routed mode serves the pod, and shuts out its node and whoever shares its network.
// Claim: managed/update-overwrites.
var SVC005 = scenario.Scenario{
	ID:     "SVC-005",
	Title:  "update of a whitelist overwrites what it does not carry",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "managed/update-overwrites",
	World:  worlds.CacheVPC,
	Given:  scenario.Both[change.Change](change.SetWhitelist{Host: "cache", Whitelist: worlds.InGroups(bothGroups...)}),
	Flow:   topology.OverRedis("pod-a", "cache"),
	Break: scenario.Both[change.Change](change.SetWhitelist{
		Host: "cache", Whitelist: worlds.InGroups(worlds.Group("containers", worlds.ContainerCIDR)),
	}),
	Symptom: scenario.PerMode[verdict.Verdict]{Tunnel: notListed, Routed: verdict.ReachedAs("pod-a")},
	Remedy:  scenario.Both[change.Change](change.SetWhitelist{Host: "cache", Whitelist: worlds.InGroups(bothGroups...)}),
	Cured:   asPodA,
	Also: []scenario.Case{{
		Flow:    topology.OverRedis("host-pod", "cache"),
		Symptom: scenario.Both(notListed),
		Cured:   byHost("node-1"),
	}},
	Decoys: scenario.Both([]change.Change{
		openGroup,
		// A second group beside the first, for a node that is not the pod's.
		change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("node-2", worlds.Single(worlds.Node2))},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("host-pod", "ecs-25", worlds.CachePort),
		Verdict: byHost("node-1"),
		Why:     "a server without a list answers the node as before",
	}, ownServer},
}

// bothGroups is the list as it has to be sent, whole.
var bothGroups = []topology.WhitelistGroup{
	worlds.Group("nodes", worlds.NodeCIDR),
	worlds.Group("containers", worlds.ContainerCIDR),
}
