package labtest

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Ports that the worlds' machines and pods listen on; nothing listens on IdlePort.
const (
	WebPort     uint16 = 80
	NamePort    uint16 = 53
	HostPodPort uint16 = 8088
	IdlePort    uint16 = 9
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

// Cluster is one VPC with a cluster of two nodes and two hosts, one of them in a
// subnet with a table of its own. Everything admits everything.
//
//	vpc 192.168.0.0/16
//	├─ subnet-n 192.168.1.0/24, table rtb
//	│    node-1 .11   pod-a .10, pod-a2 .11, host-pod   172.16.0.0/25
//	│    node-2 .12   pod-b .138                        172.16.0.128/25
//	│    ecs-n  .50
//	└─ subnet-k 192.168.2.0/24, table rtb-k
//	     ecs-k  .50
func Cluster(m topology.Mode) topology.World {
	w := topology.World{
		Name: "cluster",
		VPCs: []topology.VPC{{
			Name:  "vpc",
			CIDRs: []netip.Prefix{prefix("192.168.0.0/16")},
			Subnets: []topology.Subnet{
				{Name: "subnet-n", CIDR: prefix("192.168.1.0/24")},
				{Name: "subnet-k", CIDR: prefix("192.168.2.0/24"), RouteTable: "rtb-k"},
			},
			RouteTables: []topology.RouteTable{{Name: "rtb"}, {Name: "rtb-k"}},
		}},
		SecurityGroups: []topology.SecurityGroup{open("sg-node-1"), open("sg-node-2"), open("sg-n"), open("sg-k")},
		Hosts: []topology.Host{
			host("ecs-n", "subnet-n", "192.168.1.50", "sg-n"),
			host("ecs-k", "subnet-k", "192.168.2.50", "sg-k"),
		},
		Clusters: []topology.Cluster{{
			Name: "c", Mode: m,
			ContainerCIDRs: []netip.Prefix{prefix("172.16.0.0/16")}, ServiceCIDR: prefix("10.247.0.0/16"),
			Nodes: []topology.Node{
				node("node-1", "192.168.1.11", "172.16.0.0/25", "sg-node-1", m),
				node("node-2", "192.168.1.12", "172.16.0.128/25", "sg-node-2", m),
			},
			Pods: []topology.Pod{
				pod("pod-a", "node-1", "172.16.0.10"),
				pod("pod-a2", "node-1", "172.16.0.11"),
				{Name: "host-pod", Node: "node-1", HostNetwork: true, Listeners: []topology.Listener{{Protocol: topology.TCP, Port: HostPodPort}}},
				pod("pod-b", "node-2", "172.16.0.138"),
			},
		}},
	}
	if m == topology.Routed {
		w.Clusters[0].NonMasqueradeCIDRs = []netip.Prefix{prefix("10.0.0.0/8"), prefix("172.16.0.0/12"), prefix("192.168.0.0/16")}
		for i := range w.VPCs[0].RouteTables {
			w.VPCs[0].RouteTables[i].Routes = []topology.Route{
				{Destination: prefix("172.16.0.0/25"), Instance: "node-1", Managed: true},
				{Destination: prefix("172.16.0.128/25"), Instance: "node-2", Managed: true},
			}
		}
	}
	return w
}

// Chain is three VPCs with a host each, peered in a row with routes both ways.
// vpc-b has a second host in a subnet with a table of its own, without routes.
//
//	vpc-a 10.1.0.0/16 ── peering-ab ── vpc-b 10.2.0.0/16 ── peering-bc ── vpc-c 10.3.0.0/16
//	  ecs-a 10.1.0.10                    ecs-b  10.2.0.10                   ecs-c 10.3.0.10
//	                                     ecs-b2 10.2.1.10, table rtb-b2
func Chain() topology.World {
	w := topology.World{
		Name: "chain",
		VPCs: []topology.VPC{vpc("a", "10.1.0.0"), vpc("b", "10.2.0.0"), vpc("c", "10.3.0.0")},
		Peerings: []topology.Peering{
			{Name: "peering-ab", Local: "vpc-a", Peer: "vpc-b", State: topology.Active},
			{Name: "peering-bc", Local: "vpc-b", Peer: "vpc-c", State: topology.Active},
		},
		SecurityGroups: []topology.SecurityGroup{open("sg")},
		Hosts: []topology.Host{
			host("ecs-a", "subnet-a", "10.1.0.10", "sg"),
			host("ecs-b", "subnet-b", "10.2.0.10", "sg"),
			host("ecs-b2", "subnet-b2", "10.2.1.10", "sg"),
			host("ecs-c", "subnet-c", "10.3.0.10", "sg"),
		},
	}
	b := &w.VPCs[1]
	b.Subnets = append(b.Subnets, topology.Subnet{Name: "subnet-b2", CIDR: prefix("10.2.1.0/24"), RouteTable: "rtb-b2"})
	b.RouteTables = append(b.RouteTables, topology.RouteTable{Name: "rtb-b2"})
	over("10.2.0.0/16", "rtb-a", "peering-ab")(&w)
	over("10.1.0.0/16", "rtb-b", "peering-ab")(&w)
	over("10.3.0.0/16", "rtb-b", "peering-bc")(&w)
	over("10.2.0.0/16", "rtb-c", "peering-bc")(&w)
	return w
}

// Twins is two VPCs with the same block, peered, with routes that the local
// ones beat. Both have a host with the same address, ecs-a and ecs-b; ecs-a2 and
// ecs-b2 have addresses that the other VPC's subnet holds for nobody.
func Twins() topology.World {
	w := topology.World{
		Name:           "twins",
		VPCs:           []topology.VPC{vpc("a", "10.1.0.0"), vpc("b", "10.1.0.0")},
		Peerings:       []topology.Peering{{Name: "peering-ab", Local: "vpc-a", Peer: "vpc-b", State: topology.Active}},
		SecurityGroups: []topology.SecurityGroup{open("sg")},
		Hosts: []topology.Host{
			host("ecs-a", "subnet-a", "10.1.0.10", "sg"),
			host("ecs-a2", "subnet-a", "10.1.0.20", "sg"),
			host("ecs-b", "subnet-b", "10.1.0.10", "sg"),
			host("ecs-b2", "subnet-b", "10.1.0.30", "sg"),
		},
	}
	over("10.1.0.0/16", "rtb-a", "peering-ab")(&w)
	over("10.1.0.0/16", "rtb-b", "peering-ab")(&w)
	return w
}

func vpc(letter, network string) topology.VPC {
	return topology.VPC{
		Name: "vpc-" + letter, CIDRs: []netip.Prefix{prefix(network + "/16")},
		Subnets:     []topology.Subnet{{Name: "subnet-" + letter, CIDR: prefix(network + "/24")}},
		RouteTables: []topology.RouteTable{{Name: "rtb-" + letter}},
	}
}

// open is a group that admits everything both ways.
func open(name string) topology.SecurityGroup {
	return topology.SecurityGroup{Name: name, Rules: []topology.SecurityGroupRule{
		{Name: "in", Direction: topology.Ingress, CIDR: prefix("0.0.0.0/0"), Priority: 50},
		{Name: "out", Direction: topology.Egress, CIDR: prefix("0.0.0.0/0"), Priority: 50},
	}}
}

func host(name, subnet, address, group string) topology.Host {
	return topology.Host{
		Name: name, Listeners: listeners(),
		NIC: topology.NIC{Subnet: subnet, Address: netip.MustParseAddr(address), SecurityGroups: []string{group}},
	}
}

func node(name, address, block, group string, m topology.Mode) topology.Node {
	return topology.Node{
		Name: name, Block: prefix(block), Listeners: listeners(),
		NIC: topology.NIC{
			Subnet: "subnet-n", Address: netip.MustParseAddr(address),
			SecurityGroups: []string{group}, SourceCheckOff: m == topology.Routed,
		},
	}
}

func pod(name, node, address string) topology.Pod {
	return topology.Pod{Name: name, Node: node, Address: netip.MustParseAddr(address), Listeners: listeners()}
}

func listeners() []topology.Listener {
	return []topology.Listener{{Protocol: topology.TCP, Port: WebPort}, {Protocol: topology.UDP, Port: NamePort}}
}
