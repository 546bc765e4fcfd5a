package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// asPodA is whom a server sees when pod-a on node-1 is let through.
var asPodA = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: verdict.ReachedAs("pod-a")}

// The faults of the cache, layer by layer, and what the page does about them.
var (
	// groupOmitsCluster leaves the service's group with its own members.
	groupOmitsCluster = change.All(
		change.RevokeRule{Group: "sg-cache", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-cache", Rule: "from-containers"},
	)
	whitelistOmitsCluster  = change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.SubnetP2CIDR)}
	whitelistAdmitsCluster = change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.PeeredContainerCIDR)}

	bridgeOverContainers = change.InstallEngine{Host: "cache", Engine: topology.Engine{BridgeIP: worlds.PeeredContainerBridge}}
	bridgeElsewhere      = change.SetBridgeIP{Host: "cache", Address: worlds.FreeBridge}

	replySwallowed = verdict.ReplyLost("cache", "cache", verdict.EngineNetwork("cache", topology.DefaultBridge))
	noWayBack      = verdict.ReplyLost("cache", "vpc-demo2", verdict.Blackhole("rtb-demo2"))
)

// groupDenies is the silence of ecs-25's group when no rule of it matches.
var groupDenies = verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))

// cacheRule opens ecs-25's cache to whom it sees in each mode.
var cacheRule = scenario.PerMode[change.Change]{
	Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache", worlds.CachePort, worlds.NodeCIDR)},
	Routed: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache", worlds.CachePort, worlds.ContainerCIDR)},
}

// What the matrix is made of.
var (
	pod       = []string{"pod-a"}
	overTCP   = scenario.OverTCP(worlds.WebPort)
	overUDP   = scenario.OverUDP(worlds.LogPort)
	protocols = []scenario.Ask{topology.Ping, overTCP, overUDP}

	peeredContainersRule = worlds.AllowFrom("from-containers", worlds.PeeredContainerCIDR)
)

// podDropped is what pod-a meets at a server whose group admits the nodes only.
func podDropped(vpc, server string) scenario.PerMode[verdict.Verdict] {
	return scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.Dropped(vpc, verdict.DefaultDeny(server, topology.Ingress)),
	}
}
