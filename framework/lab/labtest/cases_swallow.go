package labtest

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

const containerOverlap = "cce_bestpractice, Planning CIDR Blocks: the container CIDR must not overlap the VPC to be accessed"

// Swallowing is a cluster with a peered VPC whose block is the cluster's
// container CIDR: ecs-1 and ecs-2 have addresses of node-1's and node-2's blocks
// that no pod has, ecs-3 one of no node's block.
func Swallowing(m topology.Mode) topology.World {
	w := Cluster(m)
	w.Name = "swallowing"
	w.SecurityGroups = append(w.SecurityGroups, open("sg-o"))
	w.VPCs = append(w.VPCs, topology.VPC{
		Name: "vpc-o", CIDRs: []netip.Prefix{prefix("172.16.0.0/16")},
		Subnets:     []topology.Subnet{{Name: "subnet-o", CIDR: prefix("172.16.0.0/16")}},
		RouteTables: []topology.RouteTable{{Name: "rtb-o"}},
	})
	w.Hosts = append(w.Hosts,
		host("ecs-1", "subnet-o", "172.16.0.100", "sg-o"),
		host("ecs-2", "subnet-o", "172.16.0.200", "sg-o"),
		host("ecs-3", "subnet-o", "172.16.9.9", "sg-o"))
	return edited(w, peer("peering-o", "vpc", "vpc-o"),
		over("172.16.0.0/16", "rtb", "peering-o"), over("192.168.0.0/16", "rtb-o", "peering-o"))
}

// ofSwallowed is what a container CIDR does to a VPC with the same addresses.
func ofSwallowed() []Case {
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict) Case {
		return Case{Name: string(m) + " swallows: " + name, Source: containerOverlap, World: Swallowing(m), Flow: f, Want: want}
	}
	nobody := func(node string) verdict.Verdict { return verdict.Dropped(node, verdict.NoSuchContainer(node)) }
	var all []Case
	for _, m := range topology.Modes() {
		all = append(all,
			row(m, "the pod's own node has no such container", web("pod-a", "ecs-1"), nobody("node-1")),
			row(m, "nor for a ping", topology.Ping("pod-a", "ecs-1"), nobody("node-1")),
			row(m, "the other node has no such container", web("pod-a", "ecs-2"), nobody("node-2")),
			row(m, "nor for a ping over there", topology.Ping("pod-a", "ecs-2"), nobody("node-2")),
			row(m, "a node's own packets end on it as well", web("node-1", "ecs-1"), nobody("node-1")),
			row(m, "and its pings", topology.Ping("node-1", "ecs-1"), nobody("node-1")),
			row(m, "and its datagrams", topology.OverUDP("node-1", "ecs-1", NamePort), nobody("node-1")),
			row(m, "and on the other node", web("node-1", "ecs-2"), nobody("node-2")),
		)
	}
	return append(all,
		row(topology.Tunnel, "an address of no node's block ends on the pod's node", web("pod-a", "ecs-3"), nobody("node-1")),
		row(topology.Tunnel, "and on the node itself", topology.Ping("node-1", "ecs-3"), nobody("node-1")),
		row(topology.Routed, "an address of no node's block leaves, and its reply does not come back", web("pod-a", "ecs-3"),
			verdict.ReplyLost("ecs-3", "vpc-o", verdict.NoSuchAddress("vpc-o"))),
	)
}

// Clones is two tunnel clusters in one VPC with the same container CIDR, which the
// cloud allows: pod-y has pod-a2's address, pod-z pod-b's, pod-x pod-a's own; pod-0
// has one that the first cluster holds for nobody.
func Clones() topology.World {
	w := Cluster(topology.Tunnel)
	w.Name = "clones"
	w.SecurityGroups = append(w.SecurityGroups, open("sg-node-3"))
	w.Clusters = append(w.Clusters, topology.Cluster{
		Name: "d", Mode: topology.Tunnel,
		ContainerCIDRs: []netip.Prefix{prefix("172.16.0.0/16")}, ServiceCIDR: prefix("10.247.0.0/16"),
		Nodes: []topology.Node{node("node-3", "192.168.1.13", "172.16.0.0/24", "sg-node-3", topology.Tunnel)},
		Pods: []topology.Pod{
			pod("pod-x", "node-3", "172.16.0.10"), pod("pod-y", "node-3", "172.16.0.11"),
			pod("pod-z", "node-3", "172.16.0.138"), pod("pod-0", "node-3", "172.16.0.140"),
		},
	})
	return w
}

// ofClones are clusters that cannot tell their containers apart.
func ofClones() []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "clones: " + name, Source: "cce_bestpractice, Planning CIDR Blocks: tunnel clusters may overlap, pods are isolated", World: edited(Clones(), edits...), Flow: f, Want: want}
	}
	return []Case{
		row("the pod of the same node answers", web("pod-a", "pod-y"), verdict.Misdelivered("pod-a2")),
		row("its ping too", topology.Ping("pod-a", "pod-y"), verdict.Misdelivered("pod-a2")),
		row("the pod of another node answers", web("pod-a", "pod-z"), verdict.Misdelivered("pod-b")),
		row("its ping too, over the overlay", topology.Ping("pod-a", "pod-z"), verdict.Misdelivered("pod-b")),
		row("a node's ping too", topology.Ping("node-1", "pod-z"), verdict.Misdelivered("pod-b")),
		row("a closed port is that pod's", topology.OverTCP("pod-a", "pod-z", IdlePort), verdict.Misdelivered("pod-b")),
		row("one's own address is oneself", web("pod-a", "pod-x"), verdict.Misdelivered("pod-a")),
		row("its ping too is one's own", topology.Ping("pod-a", "pod-x"), verdict.Misdelivered("pod-a")),
		row("an address that nobody has here ends at the node that holds it", web("pod-a", "pod-0"),
			verdict.Dropped("node-2", verdict.NoSuchContainer("node-2"))),
		row("what blocks the overlay blocks the wrong pod as well", web("pod-a", "pod-z"),
			verdict.Dropped("vpc", verdict.DefaultDeny("node-2", topology.Ingress)), only("sg-node-2", topology.Ingress)),
		row("nodes reach each other", web("pod-a", "node-3"), verdict.ReachedAs("node-1")),
		row("the other cluster's own pods are well", web("node-3", "pod-y"), verdict.ReachedAs("node-3")),
	}
}
