package fuzz

import (
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Ports that things listen on, and one that nobody listens on.
const (
	webPort  uint16 = 80
	namePort uint16 = 53
	podPort  uint16 = 8088
	idlePort uint16 = 9
)

func blocks(texts ...string) []netip.Prefix {
	all := make([]netip.Prefix, len(texts))
	for i, t := range texts {
		all[i] = netip.MustParsePrefix(t)
	}
	return all
}

// networkBlocks are what networks are made of, some of which are in others.
func networkBlocks() []netip.Prefix {
	return blocks("10.0.0.0/16", "10.1.0.0/16", "192.168.0.0/16", "10.2.0.0/16", "172.16.0.0/16", "10.0.0.0/17", "10.3.0.0/16", "10.1.0.0/24")
}

// containerBlocks are those of clusters, and of the engines of hosts.
func containerBlocks() []netip.Prefix {
	return blocks("172.16.0.0/16", "172.17.0.0/16", "10.1.0.0/16", "10.0.0.0/16", "172.16.0.0/24", "192.168.0.0/16", "10.64.0.0/16")
}

// skeleton draws what has an address: networks, machines and pods.
func (d *draft) skeleton() {
	d.world = topology.World{Name: "drawn", SecurityGroups: []topology.SecurityGroup{{Name: "sg-1"}}}
	d.many(2, func() {
		name := fmt.Sprintf("sg-%d", len(d.world.SecurityGroups)+1)
		d.world.SecurityGroups = append(d.world.SecurityGroups, topology.SecurityGroup{Name: name})
	})
	d.network(topology.Cloud)
	d.many(2, func() { d.network(topology.Cloud) })
	if d.rarely(2) {
		d.network(topology.OnPremises)
	}
	if d.rarely(2) {
		d.network(topology.Internet)
	}
	for i := range d.world.VPCs {
		d.host(i)
		d.many(1, func() { d.host(i) })
	}
	for range 2 {
		if d.coin() {
			d.cluster()
		}
	}
	if d.rarely(2) {
		d.translator()
	}
	if d.rarely(3) {
		d.balancer()
	}
	d.containers()
	if d.rarely(3) {
		d.name()
	}
}

// name draws a record of some destination, on its own port or another.
func (d *draft) name() {
	r := topology.NameRecord{Name: "app", Target: pick(d, d.world.Destinations()).Name, Port: pick(d, []uint16{0, webPort, podPort})}
	d.add(func(w *topology.World) { w.Names = append(w.Names, r) })
}

// network draws one with a subnet or two.
func (d *draft) network(kind topology.NetworkKind) {
	letter := string(rune('a' + len(d.world.VPCs)))
	block := pick(d, networkBlocks())
	if d.rarely(4) {
		block = netip.MustParsePrefix("10.0.0.0/8")
	}
	v := topology.VPC{
		Name: "vpc-" + letter, CIDRs: []netip.Prefix{block},
		RouteTables: []topology.RouteTable{{Name: "rt-" + letter + "1"}},
		Subnets:     []topology.Subnet{{Name: "subnet-" + letter + "1", CIDR: part(block, 0, pick(d, []int{24, 25, 26, 28}))}},
	}
	if kind != topology.Cloud {
		v.Kind = kind
	}
	d.add(func(w *topology.World) { w.VPCs = append(w.VPCs, v) })
	if !d.coin() {
		return
	}
	second := topology.Subnet{Name: "subnet-" + letter + "2", CIDR: part(block, 1, pick(d, []int{24, 25, 28}))}
	elsewhere := d.rarely(2)
	more := pick(d, blocks("10.2.0.0/16", "10.1.0.0/24", "192.168.0.0/20"))
	d.add(func(w *topology.World) {
		is := &w.VPCs[len(w.VPCs)-1]
		if elsewhere {
			is.CIDRs = append(is.CIDRs, more)
			second.CIDR = netip.PrefixFrom(more.Addr(), 24)
		}
		is.Subnets = append(is.Subnets, second)
	})
	if d.coin() {
		v := &d.world.VPCs[len(d.world.VPCs)-1]
		v.RouteTables = append(v.RouteTables, topology.RouteTable{Name: "rt-" + letter + "2"})
	}
}

// part is the n-th quarter of a small block, or the n-th /24 of a larger one, cut to
// the given length.
func part(block netip.Prefix, n, bits int) netip.Prefix {
	step := max(24, block.Bits()+2)
	a := block.Masked().Addr().As4()
	offset := n << (32 - step)
	a[2] += byte(offset >> 8)
	a[3] += byte(offset)
	return netip.PrefixFrom(netip.AddrFrom4(a), max(bits, step)).Masked()
}

// offset is the n-th address behind another one.
func offset(a netip.Addr, n int) netip.Addr {
	for range n {
		a = a.Next()
	}
	return a
}

// nic draws a place in a network. Addresses are few, so that those of two networks
// are often the same.
func (d *draft) nic(v *topology.VPC) topology.NIC {
	s := pick(d, v.Subnets)
	return topology.NIC{
		Subnet: s.Name, Address: offset(s.CIDR.Addr(), 2+d.upTo(6)),
		SecurityGroups: []string{d.world.SecurityGroups[0].Name},
	}
}

// host draws one in the network. One whose address is taken stays away.
func (d *draft) host(network int) {
	h := topology.Host{Name: fmt.Sprintf("host-%d", len(d.world.Hosts)+1), NIC: d.nic(&d.world.VPCs[network])}
	d.add(func(w *topology.World) { w.Hosts = append(w.Hosts, h) })
}

// clouds lists the networks that may have nodes, peerings and gateways.
func (d *draft) clouds() []*topology.VPC {
	var all []*topology.VPC
	for i := range d.world.VPCs {
		if d.world.VPCs[i].Kind == "" {
			all = append(all, &d.world.VPCs[i])
		}
	}
	return all
}

// cluster draws one with a node or two and their pods.
func (d *draft) cluster() {
	c := topology.Cluster{
		Name: fmt.Sprintf("cluster-%d", len(d.world.Clusters)+1), Mode: pick(d, topology.Modes()),
		ServiceCIDR: netip.MustParsePrefix("10.247.0.0/16"),
	}
	block := pick(d, containerBlocks())
	c.ContainerCIDRs = []netip.Prefix{block}
	if d.rarely(2) {
		c.ContainerCIDRs = append(c.ContainerCIDRs, pick(d, containerBlocks()))
	}
	home := pick(d, d.clouds())
	nodes := 0
	for _, other := range d.world.Clusters {
		nodes += len(other.Nodes)
	}
	node := func() topology.Node {
		n := topology.Node{
			Name: fmt.Sprintf("node-%d", nodes+len(c.Nodes)+1), NIC: d.nic(home),
			Block: netip.PrefixFrom(offset(block.Addr(), 64*len(c.Nodes)), pick(d, []int{28, 27, 26})),
		}
		n.NIC.SourceCheckOff = c.Mode == topology.Routed
		return n
	}
	c.Nodes = []topology.Node{node()}
	if !d.add(func(w *topology.World) { w.Clusters = append(w.Clusters, c) }) {
		return
	}
	here := len(d.world.Clusters) - 1
	d.many(1, func() {
		n := node()
		if d.add(func(w *topology.World) { w.Clusters[here].Nodes = append(w.Clusters[here].Nodes, n) }) {
			c.Nodes = append(c.Nodes, n)
		}
	})
	if d.rarely(2) {
		d.furtherBlock(here)
	}
	d.pod(here)
	d.many(2, func() { d.pod(here) })
}

// furtherBlock draws one for a node: of the last of the container CIDRs, since routed
// nodes have one of each.
func (d *draft) furtherBlock(cluster int) {
	c := &d.world.Clusters[cluster]
	n := d.upTo(len(c.Nodes) - 1)
	block := netip.PrefixFrom(offset(c.ContainerCIDRs[len(c.ContainerCIDRs)-1].Addr(), 128), 28)
	d.add(func(w *topology.World) {
		at := &w.Clusters[cluster].Nodes[n]
		at.MoreBlocks = append(at.MoreBlocks, block)
	})
}

// pod draws one of a cluster, now and then one on the host network.
func (d *draft) pod(cluster int) {
	c := &d.world.Clusters[cluster]
	pods := 0
	for _, other := range d.world.Clusters {
		pods += len(other.Pods)
	}
	n := pick(d, c.Nodes)
	p := topology.Pod{Name: fmt.Sprintf("pod-%d", pods+1), Node: n.Name, Address: offset(pick(d, n.Blocks()).Addr(), 2+d.upTo(3))}
	if d.rarely(3) {
		p.HostNetwork, p.Address = true, netip.Addr{}
	}
	d.add(func(w *topology.World) { w.Clusters[cluster].Pods = append(w.Clusters[cluster].Pods, p) })
}

// translator draws the way from one network to a host of another.
func (d *draft) translator() {
	near, target := pick(d, d.clouds()), pick(d, d.world.Hosts)
	t := topology.Translator{Name: "translator-1", Kind: topology.VPCEndpoint, NIC: d.nic(near), Target: target.Name, Source: netip.MustParseAddr("198.19.128.7")}
	if d.coin() {
		t.Kind, t.Source = topology.PrivateNAT, pick(d, []netip.Addr{netip.MustParseAddr("10.9.0.7"), offset(target.NIC.Address, 9), netip.MustParseAddr("172.16.0.3")})
	}
	d.add(func(w *topology.World) { w.Translators = append(w.Translators, t) })
}

// balancer draws one in front of hosts or nodes.
func (d *draft) balancer() {
	b := topology.LoadBalancer{
		Name: "lb-1", NIC: d.nic(pick(d, d.clouds())), Listener: topology.Listener{Protocol: topology.TCP, Port: webPort},
		HealthCheck: pick(d, []topology.Protocol{topology.ICMP, topology.TCP}),
	}
	if d.rarely(1) {
		b.Listener = topology.Listener{Protocol: topology.UDP, Port: namePort}
	}
	machines := d.machines()
	b.Backends = []topology.Backend{{Machine: pick(d, machines), Port: b.Listener.Port}}
	if d.coin() {
		second := topology.Backend{Machine: pick(d, machines), Port: pick(d, []uint16{b.Listener.Port, podPort})}
		if second != b.Backends[0] {
			b.Backends = append(b.Backends, second)
		}
	}
	d.add(func(w *topology.World) { w.LoadBalancers = append(w.LoadBalancers, b) })
}

// machines names the hosts and nodes.
func (d *draft) machines() []string {
	var all []string
	for _, h := range d.world.Hosts {
		all = append(all, h.Name)
	}
	for _, c := range d.world.Clusters {
		for _, n := range c.Nodes {
			all = append(all, n.Name)
		}
	}
	return all
}

// containers draws those of a host's engine, which are there from the start.
func (d *draft) containers() {
	if !d.rarely(3) {
		return
	}
	h := d.upTo(len(d.world.Hosts) - 1)
	block := pick(d, containerBlocks())
	bridge := netip.PrefixFrom(block.Addr().Next(), block.Bits())
	d.add(func(w *topology.World) {
		w.Hosts[h].Engine = &topology.Engine{BridgeIP: bridge, Containers: []topology.EngineContainer{{
			Name: "container-1", Address: offset(block.Addr(), 2), Published: topology.Listener{Protocol: topology.TCP, Port: podPort}, Port: webPort,
		}}}
	})
}
