package explain

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// owner is a network in which somebody has an address; node is set where it is a
// routed cluster's pod, or an address of its node, in the pods' network.
type owner struct{ vpc, node string }

// owners lists where somebody has an address, the flow's own ends first.
func (b *bench) owners(a netip.Addr) []owner {
	var all []owner
	note := func(e topology.Endpoint) {
		v, _, known := b.world.SubnetOf(e.Attached.Subnet)
		if !known {
			return
		}
		o := owner{vpc: v.Name}
		inPods := e.Node != nil && e.Node.Has(a)
		switch {
		case inPods && e.Cluster.Mode == topology.Routed:
			o.node = e.Node.Name
		case inPods, e.Address != a:
			return
		}
		if !slices.Contains(all, o) {
			all = append(all, o)
		}
	}
	note(b.from)
	note(b.to)
	for _, e := range b.world.Destinations() {
		note(e)
	}
	return all
}

// waysBetween lists next hops from one network's router to another's.
func (b *bench) waysBetween(here, there string) []topology.Route {
	var all []topology.Route
	for _, c := range b.world.Connections() {
		if (c.Local != here || c.Peer != there) && (c.Local != there || c.Peer != here) {
			continue
		}
		if c.VPN {
			all = append(all, topology.Route{VPN: c.Name})
		} else {
			all = append(all, topology.Route{Peering: c.Name})
		}
	}
	for _, g := range b.world.NATGateways {
		if g.VPC == here && g.Internet == there {
			all = append(all, topology.Route{NAT: g.Name})
		}
	}
	return all
}

// newWay is a connection between two networks that have none: a NAT gateway to the
// internet, a VPN to a data centre, a peering otherwise.
func (b *bench) newWay(here, there string) (topology.Route, func(w *topology.World)) {
	far, _ := b.world.VPC(there)
	near, _ := b.world.VPC(here)
	name := assumed + here + "-" + there
	switch {
	case far.Kind == topology.Internet:
		return topology.Route{NAT: name}, func(w *topology.World) {
			w.NATGateways = append(w.NATGateways, topology.NATGateway{
				Name: name, VPC: here, Internet: there, Address: b.unused(far.CIDRs[0]), Sources: []netip.Prefix{anywhere()},
			})
		}
	case far.Kind == topology.OnPremises || near != nil && near.Kind == topology.OnPremises:
		return topology.Route{VPN: name}, func(w *topology.World) {
			w.VPNs = append(w.VPNs, topology.VPN{Name: name, VPC: here, OnPremises: there})
		}
	default:
		return topology.Route{Peering: name}, func(w *topology.World) {
			w.Peerings = append(w.Peerings, topology.Peering{Name: name, Local: here, Peer: there, State: topology.Active})
		}
	}
}

// unused is an address of a block that nobody has.
func (b *bench) unused(p netip.Prefix) netip.Addr {
	taken := map[netip.Addr]bool{}
	for _, e := range b.world.Destinations() {
		taken[e.Address] = true
	}
	a := p.Masked().Addr().Next()
	for taken[a] {
		a = a.Next()
	}
	return a
}

// gateway repairs what a NAT gateway, VPN or load balancer does.
func (b *bench) gateway() {
	name := b.at(1)
	switch b.last() {
	case "no-snat-rule":
		b.add(func(w *topology.World) bool {
			for i := range w.NATGateways {
				if g := &w.NATGateways[i]; g.Name == name && b.packet.Source.IsValid() {
					g.Sources = append(g.Sources, only(b.packet.Source))
					return true
				}
			}
			return false
		}, "an SNAT rule of %s selects %s", name, b.packet.Source)
		b.misled()
	case "too-big":
		b.add(func(w *topology.World) bool {
			for i := range w.VPNs {
				if v := &w.VPNs[i]; v.Name == name {
					v.MTU = 0
					return true
				}
			}
			return false
		}, "the tunnel of %s carries packets of every size", name)
	case "no-healthy-backend":
		b.healthCheck(name)
	}
}

// openNIC adds a group to a NIC that allows everything in one direction.
func openNIC(w *topology.World, owner string, d topology.Direction) bool {
	n := nicOf(w, owner)
	if n == nil {
		return false
	}
	name := fmt.Sprintf(assumed+"%d", len(w.SecurityGroups))
	w.SecurityGroups = append(w.SecurityGroups, topology.SecurityGroup{Name: name, Rules: []topology.SecurityGroupRule{anything(d)}})
	n.SecurityGroups = append(n.SecurityGroups, name)
	return true
}
