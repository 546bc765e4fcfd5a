package labtest

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// documented is a cluster as a page gives it: the subnet of its nodes, its container
// CIDR, and pods on a node with the block that they are in.
type documented struct {
	vpc, nodes, containers string
	mode                   topology.Mode
	// on is the nodes: address, block, addresses of pods.
	on []documentedNode
	// server is the address of an ECS beside the nodes.
	server string
}

type documentedNode struct {
	address, block string
	pods           []string
}

// world names nodes node-1 …, pods pod-1 … over all nodes, and the ECS ecs; groups
// are open until an edit closes them.
func (d documented) world(name string) topology.World {
	w := topology.World{
		Name: name, VPCs: []topology.VPC{quoted("vpc-demo", d.vpc, d.nodes)},
		SecurityGroups: []topology.SecurityGroup{open("sg-node"), open("sg-ecs")},
	}
	subnet := w.VPCs[0].Subnets[0].Name
	w.Hosts = []topology.Host{host("ecs", subnet, d.server, "sg-ecs")}
	c := topology.Cluster{Name: "c", Mode: d.mode, ContainerCIDRs: whole(d.containers), ServiceCIDR: prefix("10.247.0.0/16")}
	pods := 0
	for i, n := range d.on {
		added := node("node-"+strconv.Itoa(i+1), n.address, n.block, "sg-node", d.mode)
		added.NIC.Subnet = subnet
		c.Nodes = append(c.Nodes, added)
		for _, address := range n.pods {
			pods++
			c.Pods = append(c.Pods, pod("pod-"+strconv.Itoa(pods), added.Name, address))
		}
		if d.mode == topology.Routed {
			t := &w.VPCs[0].RouteTables[0]
			t.Routes = append(t.Routes, topology.Route{Destination: prefix(n.block), Instance: added.Name, Managed: true})
		}
	}
	if d.mode == topology.Routed {
		c.NonMasqueradeCIDRs = whole("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")
	}
	w.Clusters = []topology.Cluster{c}
	return w
}

// pageExamples are the two worked examples of the page: the ping that gets no reply
// until the ECS's group admits 172.16.0.0/16, and the containers 10.0.0.0/16 that
// need a route in the peer's VPC.
func pageExamples() []Case {
	one := documented{
		vpc: "192.168.0.0/16", nodes: "192.168.10.0/24", containers: "172.16.0.0/16", mode: topology.Routed, server: "192.168.10.25",
		on: []documentedNode{{"192.168.10.11", "172.16.0.0/25", []string{"172.16.0.10"}}},
	}
	ping := topology.Ping("pod-1", "ecs")
	nodesOnly := edited(one.world("page-nodes-allowed"), only("sg-ecs", topology.Ingress, from("nodes", "192.168.10.0/24")))
	both := edited(one.world("page-containers-allowed"),
		only("sg-ecs", topology.Ingress, from("nodes", "192.168.10.0/24"), from("containers", "172.16.0.0/16")))
	two := one
	two.nodes, two.containers, two.on = "192.168.0.0/24", "10.0.0.0/16", []documentedNode{{"192.168.0.11", "10.0.0.0/25", []string{"10.0.0.10"}}}
	two.server = "192.168.0.25"
	before, after := edited(two.world("page-vpc-cidr-connected"), peerDemo2()), edited(two.world("page-container-cidr-connected"), peerDemo2(), over("10.0.0.0/16", "rtb-vpc-demo2", "peering"))
	return slices.Concat(
		answers(nodesOnly,
			answer{"104 packets transmitted, 0 received", intraVPC, ping, verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs", topology.Ingress))},
			answer{"the node's is not", intraVPC, topology.Ping("node-1", "ecs"), verdict.ReachedAs("node-1")},
		),
		answers(both, answer{"4 packets transmitted, 4 received", intraVPC, ping, verdict.ReachedAs("pod-1")}),
		answers(before,
			answer{"nodes are answered", intraVPC, topology.Ping("node-1", "ecs-2"), verdict.ReachedAs("node-1")},
			answer{"containers are not", intraVPC, topology.Ping("pod-1", "ecs-2"), verdict.ReplyLost("ecs-2", "vpc-demo2", verdict.Blackhole("rtb-vpc-demo2"))},
		),
		answers(after,
			answer{"containers are answered", intraVPC, topology.Ping("pod-1", "ecs-2"), verdict.ReachedAs("pod-1")},
			answer{"vpc-demo2 accesses 10.0.0.0/16", intraVPC, web("ecs-2", "pod-1"), verdict.ReachedAs("ecs-2")},
		),
	)
}

// peerDemo2 peers the cluster's VPC with vpc-demo2, 10.1.0.0/16, by the blocks of
// the VPCs.
func peerDemo2() edit {
	return func(w *topology.World) {
		w.VPCs = append(w.VPCs, quoted("vpc-demo2", "10.1.0.0/16"))
		w.Hosts = append(w.Hosts, host("ecs-2", w.VPCs[1].Subnets[0].Name, "10.1.0.10", "sg-ecs"))
		w.Peerings = append(w.Peerings, topology.Peering{Name: "peering", Local: "vpc-demo", Peer: "vpc-demo2", State: topology.Active})
		over("10.1.0.0/16", "rtb-vpc-demo", "peering")(w)
		over("192.168.0.0/16", "rtb-vpc-demo2", "peering")(w)
	}
}

// modelExamples are the pods that the pages of the two network models list, asked by
// a cloud server of the same VPC and by each other.
func modelExamples() []Case {
	routed := documented{
		vpc: "192.168.0.0/16", nodes: "192.168.0.0/24", containers: "172.16.0.0/16", mode: topology.Routed, server: "192.168.0.200",
		on: []documentedNode{{"192.168.0.99", "172.16.0.0/25", []string{"172.16.0.5", "172.16.0.6", "172.16.0.7", "172.16.0.8"}}},
	}.world("model-routed")
	tunnel := documented{
		vpc: "192.168.0.0/16", nodes: "192.168.0.0/24", containers: "10.0.0.0/16", mode: topology.Tunnel, server: "192.168.0.200",
		on: []documentedNode{
			{"192.168.0.42", "10.0.0.16/28", []string{"10.0.0.20", "10.0.0.21", "10.0.0.22"}},
			{"192.168.0.64", "10.0.0.48/28", []string{"10.0.0.52"}},
		},
	}.world("model-tunnel")
	return append(
		answers(routed,
			answer{"a cloud server accesses a pod's address", vpcModel, web("ecs", "pod-3"), verdict.ReachedAs("ecs")},
			answer{"a pod another", vpcModel, web("pod-2", "pod-3"), verdict.ReachedAs("pod-2")},
		),
		answers(tunnel,
			answer{"a cloud server's access fails", tunnelPage, web("ecs", "pod-2"), verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-vpc-demo"))},
			answer{"pods of one node", tunnelPage, web("pod-1", "pod-2"), verdict.ReachedAs("pod-1")},
			answer{"pods of two nodes", tunnelPage, web("pod-1", "pod-4"), verdict.ReachedAs("pod-1")},
		)...)
}

// masqueradeLists are published lists of destinations that see a pod's own address,
// asked on both sides of their borders. A list is what a routed cluster may be given;
// other clouds' defaults are lists like any other.
func masqueradeLists() []Case {
	const defaults = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16"
	pod, node := verdict.ReachedAs("pod-1"), verdict.ReachedAs("node-1")
	var all []Case
	for _, x := range []struct {
		list, network, source string
		want                  verdict.Verdict
	}{
		{defaults, "10.255.255.0/24", masqAgent + "; " + snatPage, pod},
		{defaults, "11.0.0.0/24", masqAgent + "; " + snatPage, node},
		{defaults, "172.15.255.0/24", masqAgent + "; " + snatPage, node},
		{defaults, "172.31.255.0/24", masqAgent + "; " + snatPage, pod},
		{defaults, "172.32.0.0/24", masqAgent + "; " + snatPage, node},
		{defaults, "192.167.255.0/24", masqAgent + "; " + snatPage, node},
		{defaults, "192.169.0.0/24", masqAgent + "; " + snatPage, node},
		{gkeList, "198.18.0.0/24", gkeMasquerade, pod},
		{gkeList, "100.127.255.0/24", gkeMasquerade, pod},
		{gkeList, "100.128.0.0/24", gkeMasquerade, node},
		{gkeList, "203.0.114.0/24", gkeMasquerade, node},
		// EKS: the VPC's blocks alone unless told otherwise, so that a peer sees the node.
		{"192.168.0.0/16", "10.1.0.0/24", awsCNI + ": neither is set", node},
		{"192.168.0.0/16 10.1.0.0/16", "10.1.0.0/24", awsCNI + ": the peer is excluded", pod},
		{"0.0.0.0/0", "11.0.0.0/24", awsCNI + ": external SNAT", pod},
	} {
		all = append(all, answers(listing(x.list, x.network), answer{fmt.Sprintf("a server in %s, list %s", x.network, x.list), x.source, web("pod-1", "ecs-2"), x.want})...)
	}
	return all
}

// gkeList is the default list of Google Kubernetes Engine's agent, and of
// ip-masq-agent with nomasq-all-reserved-ranges.
const gkeList = "10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 100.64.0.0/10 192.0.0.0/24 192.0.2.0/24 192.88.99.0/24 " +
	"198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4"

// listing is a routed cluster with a list, and a server in another VPC's network
// that knows the way back to everybody.
func listing(list, network string) topology.World {
	w := documented{
		vpc: "192.168.0.0/16", nodes: "192.168.0.0/24", containers: "172.20.0.0/16", mode: topology.Routed, server: "192.168.0.25",
		on: []documentedNode{{"192.168.0.11", "172.20.0.0/25", []string{"172.20.0.10"}}},
	}.world("listed")
	w.Clusters[0].NonMasqueradeCIDRs = nil
	for _, entry := range strings.Fields(list) {
		w.Clusters[0].NonMasqueradeCIDRs = append(w.Clusters[0].NonMasqueradeCIDRs, prefix(entry))
	}
	far := quoted("vpc-far", network, network)
	address := prefix(network).Addr().As4()
	address[3] = 10
	w.VPCs = append(w.VPCs, far)
	w.Hosts = append(w.Hosts, host("ecs-2", far.Subnets[0].Name, netip.AddrFrom4(address).String(), "sg-ecs"))
	w.Peerings = []topology.Peering{{Name: "peering", Local: "vpc-demo", Peer: "vpc-far", State: topology.Active}}
	return edited(w, over(network, "rtb-vpc-demo", "peering"), over("192.168.0.0/16", "rtb-vpc-far", "peering"), over("172.20.0.0/16", "rtb-vpc-far", "peering"))
}
