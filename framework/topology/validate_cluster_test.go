package topology_test

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestValidate_securityGroups(t *testing.T) {
	rule := func(edit func(r *topology.SecurityGroupRule)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.SecurityGroups[3].Rules[2]) }
	}
	const place = `securityGroups[3].rules[2] "from-vpc": `
	checkInvalid(t, []invalid{
		{"defaults written out", rule(func(r *topology.SecurityGroupRule) { *r = r.Effective() }), nil},
		{"a priority too low", rule(func(r *topology.SecurityGroupRule) { r.Priority = 101 }), []string{place + `priority 101 is not between 1 and 100`}},
		{"a negative priority", rule(func(r *topology.SecurityGroupRule) { r.Priority = -1 }), []string{place + `priority -1 is not between 1 and 100`}},
		{"words", rule(func(r *topology.SecurityGroupRule) { r.Direction, r.Action, r.Protocol = "in", "reject", "gre" }), []string{
			place + `unknown direction "in"; it is ingress or egress`,
			place + `unknown action "reject"; it is allow or deny`,
			place + `unknown protocol "gre"; it is tcp, udp, icmp or all`,
		}},
		{"ports the wrong way round", rule(func(r *topology.SecurityGroupRule) {
			r.Protocol, r.Ports = topology.TCP, topology.PortRange{From: 90, To: 80}
		}), []string{place + `90-80 is not a range of ports`}},
		{"port zero", rule(func(r *topology.SecurityGroupRule) {
			r.Protocol, r.Ports = topology.UDP, topology.PortRange{To: 80}
		}), []string{place + `0-80 is not a range of ports`}},
		{"ports of ping", rule(func(r *topology.SecurityGroupRule) { r.Protocol, r.Ports = topology.ICMP, topology.Port(8) }), []string{
			place + `ports 8-8 need protocol tcp or udp, not icmp`,
		}},
		{"two far ends", rule(func(r *topology.SecurityGroupRule) { r.Group = "sg-p" }), []string{
			place + `the far end is both CIDR 192.168.0.0/16 and group sg-p; it is one of them`,
		}},
		{"no far end", rule(func(r *topology.SecurityGroupRule) { r.CIDR = netip.Prefix{} }), []string{place + `the CIDR or group of the far end is missing`}},
		{"an unknown group", rule(func(r *topology.SecurityGroupRule) { r.CIDR, r.Group = netip.Prefix{}, "sg-x" }), []string{
			place + `unknown security group "sg-x"`,
		}},
	})
}

func TestValidate_machines(t *testing.T) {
	nic := func(edit func(n *topology.NIC)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.Hosts[1].NIC) }
	}
	at := func(a string) func(w *topology.World) {
		return nic(func(n *topology.NIC) { n.Address = addr(a) })
	}
	const place = `hosts[1] "ecs-p": `
	tcp80 := topology.Listener{Protocol: topology.TCP, Port: 80}
	checkInvalid(t, []invalid{
		{"the network address", at("10.1.0.0"), []string{place + `address 10.1.0.0 is the network address of subnet subnet-p (10.1.0.0/24)`}},
		{"the gateway", at("10.1.0.1"), []string{place + `address 10.1.0.1 is the gateway of subnet subnet-p (10.1.0.0/24)`}},
		{"the broadcast address", at("10.1.0.255"), []string{place + `address 10.1.0.255 is the broadcast address of subnet subnet-p (10.1.0.0/24)`}},
		{"another subnet's address", at("10.1.1.9"), []string{place + `address 10.1.1.9 is outside subnet subnet-p (10.1.0.0/24)`}},
		{"IPv6", at("fd00::9"), []string{place + `address fd00::9 is outside subnet subnet-p (10.1.0.0/24)`}},
		{"no address", nic(func(n *topology.NIC) { n.Address = netip.Addr{} }), []string{place + `the NIC's address is missing`}},
		{"an unknown subnet", nic(func(n *topology.NIC) { n.Subnet = "db" }), []string{place + `unknown subnet "db"`}},
		{"groups", nic(func(n *topology.NIC) { n.SecurityGroups = []string{"sg-p", "sg-x", "sg-p"} }), []string{
			place + `unknown security group "sg-x"`,
			place + `security group sg-p is named twice`,
		}},
		{"no group", nic(func(n *topology.NIC) { n.SecurityGroups = nil }), []string{place + `the NIC is in no security group`}},
		{"a node's address", func(w *topology.World) { w.Hosts[0].NIC.Address = worlds.Node1 }, []string{
			`clusters[0].nodes[0] "node-1": address 192.168.10.11 is taken by hosts[0] "ecs-25"`,
		}},
		{"listeners", func(w *topology.World) {
			w.Hosts[1].Listeners = []topology.Listener{tcp80, tcp80, {Protocol: topology.ICMP}, {Protocol: topology.UDP}}
		}, []string{
			place + `tcp/80 is listened on already, by hosts[1] "ecs-p"`,
			place + `unknown protocol "icmp" of a listener; it is tcp or udp`,
			place + `a udp listener needs a port`,
		}},
		{"a port of the node's network twice", func(w *topology.World) {
			w.Clusters[0].Nodes[0].Listeners = []topology.Listener{{Protocol: topology.TCP, Port: worlds.HostPodPort}}
		}, []string{`clusters[0].pods[2] "host-pod": tcp/8088 is listened on already, by clusters[0].nodes[0] "node-1"`}},
	})
}

func TestValidate_clusters(t *testing.T) {
	cluster := func(edit func(c *topology.Cluster)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.Clusters[0]) }
	}
	const place = `clusters[0] "demo": `
	checkInvalid(t, []invalid{
		{"containers in the VPC", cluster(func(c *topology.Cluster) {
			c.ContainerCIDRs = append(c.ContainerCIDRs, cidr("192.168.128.0/20"))
		}), []string{place + `container CIDR 192.168.128.0/20 overlaps CIDR 192.168.0.0/16 of vpc-demo`}},
		{"Services among the containers", cluster(func(c *topology.Cluster) { c.ServiceCIDR = cidr("10.0.0.0/20") }), []string{
			place + `container CIDR 10.0.0.0/16 overlaps the Service CIDR 10.0.0.0/20`,
		}},
		{"Services in the VPC", cluster(func(c *topology.Cluster) { c.ServiceCIDR = cidr("192.168.64.0/20") }), []string{
			place + `Service CIDR 192.168.64.0/20 overlaps CIDR 192.168.0.0/16 of vpc-demo`,
		}},
		{"no Services", cluster(func(c *topology.Cluster) { c.ServiceCIDR = netip.Prefix{} }), []string{place + `the Service CIDR is missing`}},
		{"non-masquerade CIDRs", cluster(func(c *topology.Cluster) {
			c.NonMasqueradeCIDRs = []netip.Prefix{cidr("192.168.1.1/24"), cidr("192.168.1.0/24"), cidr("192.168.1.128/25")}
		}), []string{
			place + `non-masquerade CIDR 192.168.1.1/24 is not canonical; the block is 192.168.1.0/24`,
			place + `non-masquerade CIDR 192.168.1.128/25 overlaps 192.168.1.0/24`,
		}},
		{"a second cluster with the same containers", secondCluster(topology.Routed), []string{
			`clusters[1] "demo-2": container CIDR 10.0.0.0/16 overlaps container CIDR 10.0.0.0/16 of routed cluster demo in the same VPC`,
		}},
		{"a tunnel cluster with the same containers", secondCluster(topology.Tunnel), nil},
		{"nodes of two VPCs", func(w *topology.World) {
			n := &w.Clusters[0].Nodes[1]
			n.NIC.Subnet, n.NIC.Address = "subnet-p", addr("10.1.0.12")
			for i := range w.VPCs[0].RouteTables {
				rt := &w.VPCs[0].RouteTables[i]
				rt.Routes = rt.Routes[:len(rt.Routes)-1]
			}
		}, []string{`clusters[0].nodes[1] "node-2": the node is in vpc-demo2, the cluster in vpc-demo`}},
		{"nothing", cluster(func(c *topology.Cluster) { c.ContainerCIDRs, c.Pods = nil, nil }), []string{
			place + `there is no container CIDR`,
		}},
	})
}

func TestValidate_blocksAndPods(t *testing.T) {
	block := func(m topology.Mode, b string) func(w *topology.World) {
		return func(w *topology.World) {
			c := &w.Clusters[0]
			c.Mode, c.Nodes[1].Block, c.Pods = m, cidr(b), nil
		}
	}
	pod := func(edit func(p *topology.Pod)) func(w *topology.World) {
		return func(w *topology.World) { edit(&w.Clusters[0].Pods[1]) }
	}
	const node, place = `clusters[0].nodes[1] "node-2": `, `clusters[0].pods[1] "pod-b": `
	checkInvalid(t, []invalid{
		{"a block too large", block(topology.Routed, "10.0.2.0/23"), []string{node + `block 10.0.2.0/23 is not between a /24 and a /28`}},
		{"a block too small", block(topology.Routed, "10.0.2.0/29"), []string{node + `block 10.0.2.0/29 is not between a /24 and a /28`}},
		{"a large tunnel block", block(topology.Tunnel, "10.0.2.0/23"), nil},
		{"a small tunnel block", block(topology.Tunnel, "10.0.2.0/29"), []string{node + `block 10.0.2.0/29 is not a multiple of 16 addresses`}},
		{"a block elsewhere", block(topology.Routed, "10.9.0.0/25"), []string{node + `block 10.9.0.0/25 is outside the container CIDRs of demo (10.0.0.0/16)`}},
		{"overlapping blocks", block(topology.Routed, "10.0.0.64/26"), []string{node + `block 10.0.0.64/26 overlaps 10.0.0.0/25 of node node-1`}},
		{"a pod of no node", pod(func(p *topology.Pod) { p.Node = "node-9" }), []string{place + `unknown node "node-9" of cluster demo`}},
		{"a pod with another node's address", pod(func(p *topology.Pod) { p.Node = "node-1" }), []string{
			place + `address 10.0.0.138 is outside the block of node-1 (10.0.0.0/25)`,
		}},
		{"a pod as the gateway", pod(func(p *topology.Pod) { p.Address = addr("10.0.0.129") }), []string{
			place + `address 10.0.0.129 is the gateway of the block of node-2 (10.0.0.128/25)`,
		}},
		{"a pod without address", pod(func(p *topology.Pod) { p.Address = netip.Addr{} }), []string{place + `the address is missing`}},
		{"a host-network pod with address", pod(func(p *topology.Pod) { p.HostNetwork = true }), []string{
			place + `address 10.0.0.138 of a pod on the host network; it has its node's`,
		}},
		{"two pods of one address", pod(func(p *topology.Pod) { p.Node, p.Address = "node-1", worlds.PeeredPodA }), []string{
			place + `address 10.0.0.10 is taken by clusters[0].pods[0] "pod-a"`,
		}},
	})
}

func secondCluster(m topology.Mode) func(w *topology.World) {
	return func(w *topology.World) {
		c := worlds.PeeredVPCs(m).Clusters[0]
		c.Name, c.Pods, c.Nodes = "demo-2", nil, c.Nodes[:1]
		c.Nodes[0].Name, c.Nodes[0].NIC.Address, c.Nodes[0].Block = "node-3", addr("192.168.10.13"), cidr("10.0.1.0/25")
		w.Clusters = append(w.Clusters, c)
	}
}
