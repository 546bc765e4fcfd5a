package triage

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// asPodA is whom a server sees when pod-a on node-1 is let through.
var asPodA = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: verdict.ReachedAs("pod-a")}

// The faults in another VPC, layer by layer, and what the page does about them. A
// managed cache has two of the page's layers, its whitelist and the way back; a
// host of the user's own has all of them, its list being that of a VPC endpoint.
var (
	// peerGroupOmitsCluster leaves the peer's group with its own members.
	peerGroupOmitsCluster = change.All(
		change.RevokeRule{Group: "sg-p", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-p", Rule: "from-containers"},
	)
	listsOmitCluster  = bothList(worlds.SubnetP2CIDR)
	listsAdmitCluster = bothList(worlds.NodeCIDR, worlds.PeeredContainerCIDR)

	bridgeOverContainers = change.InstallEngine{Host: "ecs-p", Engine: topology.Engine{BridgeIP: worlds.PeeredContainerBridge}}
	bridgeElsewhere      = change.SetBridgeIP{Host: "ecs-p", Address: worlds.FreeBridge}

	replySwallowed = verdict.ReplyLost("ecs-p", "ecs-p", verdict.EngineNetwork("ecs-p", topology.DefaultBridge))
)

func bothList(blocks ...netip.Prefix) change.Change {
	l := worlds.Admitting(blocks...)
	return change.All(change.SetWhitelist{Host: "ecs-p", Whitelist: l}, change.SetWhitelist{Host: "cache", Whitelist: l})
}

// noWayBack is the loss of what a server in the peer VPC answers.
func noWayBack(server string) verdict.Verdict {
	return verdict.ReplyLost(server, "vpc-demo2", verdict.Blackhole("rtb-demo2"))
}

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
