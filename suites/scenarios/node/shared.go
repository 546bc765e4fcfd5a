package node

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// What many scenarios of the family say, in one place.
var (
	// asPodA and asPodB are whom a server outside the cluster sees when pod-a on
	// node-1 or pod-b on node-2 is let through.
	asPodA = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: verdict.ReachedAs("pod-a")}
	asPodB = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: verdict.ReachedAs("pod-b")}

	// vxlanRule and containersRule are the rules that the container service makes
	// in the nodes' group in tunnel and in routed mode.
	vxlanRule      = worlds.AllowUDP("vxlan", worlds.VXLANPort, worlds.Anywhere)
	containersRule = worlds.AllowFrom("from-containers", worlds.ContainerCIDR)

	// toNode2 leads to node-2's pods; managedToNode2 does as the container
	// service adds it.
	toNode2        = topology.Route{Destination: worlds.Node2Block, Instance: "node-2"}
	managedToNode2 = topology.Route{Destination: worlds.Node2Block, Instance: "node-2", Managed: true}

	// aclDenies is the silence of the ACL around subnet-b when no rule of it matches.
	aclDenies = verdict.Dropped("vpc-demo", verdict.ACLDefaultDeny("acl-b", "subnet-b", topology.Ingress))

	// withoutSubnetB is the list under which a routed-mode pod keeps its address
	// in private ranges and in the nodes' subnet, and nowhere else in the VPC. It
	// has no room for more, so that whoever adds to it gets a list of their own.
	withoutSubnetB = []netip.Prefix{worlds.Private10, worlds.Private172, worlds.NodeCIDR}
)

// transfer is how many bytes go each way where small packets would show nothing.
const transfer = 20_000
