package fuzz

import (
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// A section is a part of a world that changes without anything being built anew. Each
// begins by forgetting what was drawn for it before.

// sections lists them in the order in which they may refer to each other.
func (d *draft) sections() []func() {
	return []func(){d.ways, d.masquerading, d.groups, d.acls, d.nics, d.listeners, d.hosts, d.nodes}
}

// ways draws peerings, VPNs, NAT gateways, and the routes that lead over them.
func (d *draft) ways() {
	d.world.Peerings, d.world.VPNs, d.world.NATGateways = nil, nil, nil
	for i := range d.world.VPCs {
		v := &d.world.VPCs[i]
		for j := range v.RouteTables {
			v.RouteTables[j].Routes, v.RouteTables[j].Quota = nil, 0
		}
		for j := range v.Subnets {
			v.Subnets[j].RouteTable = ""
			if len(v.RouteTables) > 1 && d.coin() {
				v.Subnets[j].RouteTable = v.RouteTables[1].Name
			}
		}
	}
	for i := range d.world.VPCs {
		for j := range d.world.VPCs[:i] {
			d.connection(d.world.VPCs[j], d.world.VPCs[i])
		}
	}
	d.containerRoutes()
	for i := range d.world.VPCs {
		for j := range d.world.VPCs[i].RouteTables {
			d.many(3, func() { d.route(i, j) })
			if d.rarely(4) {
				d.world.VPCs[i].RouteTables[j].Quota = 1 + d.upTo(3)
			}
		}
	}
}

// connection draws what joins two networks, by their kinds, and routes over it.
func (d *draft) connection(a, b topology.VPC) {
	name := fmt.Sprintf("%s-%s", a.Name[4:], b.Name[4:])
	switch {
	case d.upTo(3) == 0:
		return
	case a.Kind == "" && b.Kind == "":
		p := topology.Peering{Name: "peering-" + name, Local: a.Name, Peer: b.Name, State: topology.Active}
		if d.rarely(3) {
			p.State = topology.Pending
		}
		d.add(func(w *topology.World) { w.Peerings = append(w.Peerings, p) })
		d.bothWays(a, b, topology.Route{Peering: p.Name})
	case a.Kind == "" && b.Kind == topology.OnPremises:
		v := topology.VPN{Name: "vpn-" + name, VPC: a.Name, OnPremises: b.Name}
		if d.coin() {
			v.MTU = pick(d, []int{1400, 1500, 600})
		}
		if d.rarely(2) {
			v.MSS = pick(d, []int{1350, 1460, 536})
		}
		d.add(func(w *topology.World) { w.VPNs = append(w.VPNs, v) })
		d.bothWays(a, b, topology.Route{VPN: v.Name})
	case a.Kind == "" && b.Kind == topology.Internet:
		g := topology.NATGateway{
			Name: "nat-" + name, VPC: a.Name, Internet: b.Name,
			Address: pick(d, []netip.Addr{netip.MustParseAddr("198.51.100.7"), offset(b.Subnets[0].CIDR.Addr(), 9)}),
		}
		d.many(2, func() { g.Sources = append(g.Sources, d.around()) })
		if d.add(func(w *topology.World) { w.NATGateways = append(w.NATGateways, g) }) {
			d.lead(a.Name, 0, topology.Route{NAT: g.Name, Destination: pick(d, append(blocks("0.0.0.0/0"), b.CIDRs[0]))})
		}
	}
}

// bothWays draws routes to the other network's blocks in most of the tables of both.
func (d *draft) bothWays(a, b topology.VPC, over topology.Route) {
	for _, way := range [][2]topology.VPC{{a, b}, {b, a}} {
		for table := range way[0].RouteTables {
			if d.upTo(7) == 0 {
				continue
			}
			for _, block := range d.blocksIn(way[1]) {
				if d.upTo(7) == 0 {
					continue
				}
				r := over
				r.Destination = block
				d.lead(way[0].Name, table, r)
			}
		}
	}
}

// blocksIn lists the blocks of a network and of the containers in it.
func (d *draft) blocksIn(v topology.VPC) []netip.Prefix {
	all := append([]netip.Prefix{}, v.CIDRs...)
	for _, c := range d.world.Clusters {
		if home, _, ok := d.world.SubnetOf(c.Nodes[0].NIC.Subnet); ok && home.Name == v.Name {
			all = append(all, c.ContainerCIDRs...)
		}
	}
	return all
}

// containerRoutes draws the routes to the blocks of routed nodes, of which one or
// the other is missing.
func (d *draft) containerRoutes() {
	for _, c := range d.world.Clusters {
		if c.Mode != topology.Routed {
			continue
		}
		home, _, _ := d.world.SubnetOf(c.Nodes[0].NIC.Subnet)
		for table := range home.RouteTables {
			for _, n := range c.Nodes {
				for _, b := range n.Blocks() {
					if d.upTo(7) > 0 {
						d.lead(home.Name, table, topology.Route{Destination: b, Instance: n.Name, Managed: true})
					}
				}
			}
		}
	}
}

// route draws one that leads anywhere.
func (d *draft) route(network, table int) {
	v := &d.world.VPCs[network]
	r := topology.Route{Destination: d.around()}
	var next []topology.Route
	for _, c := range d.world.Connections() {
		switch {
		case c.Local != v.Name && c.Peer != v.Name:
		case c.VPN:
			next = append(next, topology.Route{VPN: c.Name})
		default:
			next = append(next, topology.Route{Peering: c.Name})
		}
	}
	for _, g := range d.world.NATGateways {
		if g.VPC == v.Name {
			next = append(next, topology.Route{NAT: g.Name})
		}
	}
	for _, m := range d.machines() {
		nic, _ := d.world.NIC(m)
		if home, _, ok := d.world.SubnetOf(nic.Subnet); ok && home.Name == v.Name {
			next = append(next, topology.Route{Instance: m})
		}
	}
	if len(next) == 0 {
		return
	}
	where := r.Destination
	r = pick(d, next)
	r.Destination = where
	d.lead(v.Name, table, r)
}

// lead adds a route to a table where the cloud would take it.
func (d *draft) lead(network string, table int, r topology.Route) {
	d.add(func(w *topology.World) {
		v, _ := w.VPC(network)
		v.RouteTables[table].Routes = append(v.RouteTables[table].Routes, r)
	})
}

// masquerading draws the destinations towards which routed pods keep their address.
func (d *draft) masquerading() {
	for i := range d.world.Clusters {
		d.world.Clusters[i].NonMasqueradeCIDRs = nil
		if d.world.Clusters[i].Mode != topology.Routed {
			continue
		}
		list := pick(d, [][]netip.Prefix{
			blocks("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), blocks("10.0.0.0/8"), nil, blocks("172.16.0.0/12", "192.168.0.0/16"),
		})
		d.world.Clusters[i].NonMasqueradeCIDRs = list
		d.many(2, func() {
			more := d.around()
			d.add(func(w *topology.World) {
				c := &w.Clusters[i]
				c.NonMasqueradeCIDRs = append(c.NonMasqueradeCIDRs, more)
			})
		})
	}
}

// groups draws the rules of security groups: most of them admit everything at some
// priority beside whatever else they say.
func (d *draft) groups() {
	for i := range d.world.SecurityGroups {
		g := &d.world.SecurityGroups[i]
		g.Rules = nil
		for _, dir := range []topology.Direction{topology.Egress, topology.Ingress} {
			if d.upTo(7) > 0 {
				g.Rules = append(g.Rules, topology.SecurityGroupRule{
					Name: "any-" + string(dir), Direction: dir, CIDR: everything, Priority: pick(d, []int{0, 50, 2, 100}),
				})
			}
		}
		g.Rules = append(g.Rules, d.rules(d.groupNames())...)
	}
}

var everything = netip.MustParsePrefix("0.0.0.0/0")

func (d *draft) groupNames() []string {
	var all []string
	for _, g := range d.world.SecurityGroups {
		all = append(all, g.Name)
	}
	return all
}

// rules draws some of a security group, or of a network ACL when there are no groups
// to speak of. Priorities are few, so that there are ties.
func (d *draft) rules(groups []string) []topology.SecurityGroupRule {
	var all []topology.SecurityGroupRule
	d.many(4, func() {
		r := topology.SecurityGroupRule{
			Name:      fmt.Sprintf("rule-%d", len(all)+1),
			Direction: pick(d, []topology.Direction{topology.Ingress, topology.Egress}),
			Action:    pick(d, []topology.Action{topology.Deny, topology.Allow}),
			Priority:  pick(d, []int{0, 1, 2, 50, 100}),
		}
		r.Protocol, r.Ports = d.matches()
		if len(groups) > 0 && d.rarely(2) {
			r.Group = pick(d, groups)
		} else {
			r.CIDR = d.around()
		}
		all = append(all, r)
	})
	return all
}

// matches draws a protocol and ports.
func (d *draft) matches() (topology.Protocol, topology.PortRange) {
	p := pick(d, []topology.Protocol{"", topology.TCP, topology.UDP, topology.ICMP, topology.AnyProtocol})
	if p != topology.TCP && p != topology.UDP {
		return p, topology.PortRange{}
	}
	return p, pick(d, []topology.PortRange{
		{}, topology.Port(webPort), topology.Port(namePort), {From: 1, To: webPort}, {From: webPort + 1, To: 65535}, {From: 1, To: webPort - 1}, topology.Port(podPort),
	})
}

// acls draws network ACLs and the subnets that have them.
func (d *draft) acls() {
	d.world.NetworkACLs = nil
	for i := range d.world.VPCs {
		for j := range d.world.VPCs[i].Subnets {
			d.world.VPCs[i].Subnets[j].ACL = ""
		}
	}
	d.many(2, func() {
		if d.coin() {
			return
		}
		a := topology.NetworkACL{Name: fmt.Sprintf("acl-%d", len(d.world.NetworkACLs)+1)}
		for _, dir := range []topology.Direction{topology.Egress, topology.Ingress} {
			if d.upTo(4) > 0 {
				a.Rules = append(a.Rules, topology.SecurityGroupRule{Name: "any-" + string(dir), Direction: dir, CIDR: everything, Priority: pick(d, []int{0, 50, 2})})
			}
		}
		a.Rules = append(a.Rules, d.rules(nil)...)
		d.world.NetworkACLs = append(d.world.NetworkACLs, a)
	})
	for _, a := range d.world.NetworkACLs {
		v := &d.world.VPCs[d.upTo(len(d.world.VPCs)-1)]
		v.Subnets[d.upTo(len(v.Subnets)-1)].ACL = a.Name
	}
}

// nics draws the groups of every NIC, in any order, and its source check.
func (d *draft) nics() {
	groups := d.groupNames()
	d.eachNIC(func(n *topology.NIC, routed bool) {
		first := d.upTo(len(groups) - 1)
		n.SecurityGroups = []string{groups[first]}
		if len(groups) > 1 && d.coin() {
			n.SecurityGroups = append(n.SecurityGroups, groups[(first+1+d.upTo(len(groups)-2))%len(groups)])
		}
		n.SourceCheckOff = routed != d.rarely(3)
	})
}

// eachNIC visits every NIC; those of routed nodes send what pods send.
func (d *draft) eachNIC(visit func(n *topology.NIC, routed bool)) {
	for i := range d.world.Hosts {
		visit(&d.world.Hosts[i].NIC, false)
	}
	for i := range d.world.Clusters {
		for j := range d.world.Clusters[i].Nodes {
			visit(&d.world.Clusters[i].Nodes[j].NIC, d.world.Clusters[i].Mode == topology.Routed)
		}
	}
	for i := range d.world.Translators {
		visit(&d.world.Translators[i].NIC, false)
	}
	for i := range d.world.LoadBalancers {
		visit(&d.world.LoadBalancers[i].NIC, false)
	}
}
