package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// asPodA and asPodB are whom a service sees when pod-a on node-1 or pod-b on node-2
// is let through.
var (
	asPodA = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: verdict.ReachedAs("pod-a")}
	asPodB = scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: verdict.ReachedAs("pod-b")}
)

// What many scenarios do to the lists of the cache, and what it does then.
var (
	// notListed is the silence of the cache's whitelist towards whom it does not list.
	notListed = verdict.Dropped("vpc-demo", verdict.Whitelist("cache"))

	// listsCluster is the list that the page asks for: containers and nodes.
	listsCluster = change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR, worlds.ContainerCIDR)}
	// openGroup opens the cache's security group, which does not apply.
	openGroup = change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)}
)

// byHost is whom a service sees of a client with an address of its own in both modes.
func byHost(name string) scenario.PerMode[verdict.Verdict] {
	return scenario.Both(verdict.ReachedAs(name))
}

// omitsCluster takes the rules away by which a service's group admits the cluster;
// its neighbours in subnet-b stay admitted.
func omitsCluster(group string) change.Change {
	return change.All(
		change.RevokeRule{Group: group, Rule: "from-nodes"},
		change.RevokeRule{Group: group, Rule: "from-containers"},
	)
}

// admitsSource opens a port of a service's group to whom the service sees in each mode.
func admitsSource(group string, port uint16) scenario.PerMode[change.Change] {
	return scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: group, Rule: worlds.AllowTCP("service-from-nodes", port, worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: group, Rule: worlds.AllowTCP("service-from-containers", port, worlds.ContainerCIDR)},
	}
}

// groupDenies is the silence of a service's security group.
func groupDenies(host string) verdict.Verdict {
	return verdict.Dropped("vpc-demo", verdict.DefaultDeny(host, topology.Ingress))
}

// ownServer is the control that separates a service from the pod and its way: a
// server of the user's own on a cache's port.
var ownServer = scenario.Control{
	Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.CachePort),
	Verdict: asPodA,
	Why:     "a server of the user's own on a cache's port answers the same pod",
}
