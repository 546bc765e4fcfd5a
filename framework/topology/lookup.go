package topology

import (
	"net/netip"
	"slices"
)

// NICs lists the NIC of every host and node, then those of translators and load
// balancers, with their owners' names.
func (w *World) NICs() []OwnedNIC {
	var all []OwnedNIC
	for _, h := range w.Hosts {
		all = append(all, OwnedNIC{Owner: h.Name, NIC: h.NIC})
	}
	for _, c := range w.Clusters {
		for _, n := range c.Nodes {
			all = append(all, OwnedNIC{Owner: n.Name, NIC: n.NIC})
		}
	}
	for _, t := range w.Translators {
		all = append(all, OwnedNIC{Owner: t.Name, NIC: t.NIC})
	}
	for _, b := range w.LoadBalancers {
		all = append(all, OwnedNIC{Owner: b.Name, NIC: b.NIC})
	}
	return all
}

// OwnedNIC is a NIC and the name of its host, node, translator or load balancer.
type OwnedNIC struct {
	Owner string
	NIC
}

// NIC finds the NIC of a host, node, translator or load balancer.
func (w *World) NIC(owner string) (NIC, bool) {
	for _, n := range w.NICs() {
		if n.Owner == owner {
			return n.NIC, true
		}
	}
	return NIC{}, false
}

// ACL finds a network ACL.
func (w *World) ACL(name string) (NetworkACL, bool) {
	for _, a := range w.NetworkACLs {
		if a.Name == name {
			return a, true
		}
	}
	return NetworkACL{}, false
}

// Host finds a host.
func (w *World) Host(name string) (Host, bool) {
	for _, h := range w.Hosts {
		if h.Name == name {
			return h, true
		}
	}
	return Host{}, false
}

// NATGateway finds a NAT gateway.
func (w *World) NATGateway(name string) (NATGateway, bool) {
	for _, g := range w.NATGateways {
		if g.Name == name {
			return g, true
		}
	}
	return NATGateway{}, false
}

// Translator finds a translator.
func (w *World) Translator(name string) (Translator, bool) {
	for _, t := range w.Translators {
		if t.Name == name {
			return t, true
		}
	}
	return Translator{}, false
}

// LoadBalancer finds a load balancer.
func (w *World) LoadBalancer(name string) (LoadBalancer, bool) {
	for _, b := range w.LoadBalancers {
		if b.Name == name {
			return b, true
		}
	}
	return LoadBalancer{}, false
}

// Group finds a security group.
func (w *World) Group(name string) (SecurityGroup, bool) {
	for _, g := range w.SecurityGroups {
		if g.Name == name {
			return g, true
		}
	}
	return SecurityGroup{}, false
}

// Members lists the addresses of the NICs in a security group, in the order of
// the world.
func (w *World) Members(group string) []netip.Addr {
	var all []netip.Addr
	for _, n := range w.NICs() {
		if slices.Contains(n.SecurityGroups, group) {
			all = append(all, n.Address)
		}
	}
	return all
}

// VPC finds a VPC.
func (w *World) VPC(name string) (*VPC, bool) {
	for i := range w.VPCs {
		if w.VPCs[i].Name == name {
			return &w.VPCs[i], true
		}
	}
	return nil, false
}

// SubnetOf finds a subnet and its VPC. Subnet names are unique in a world.
func (w *World) SubnetOf(subnet string) (*VPC, Subnet, bool) {
	for i := range w.VPCs {
		for _, s := range w.VPCs[i].Subnets {
			if s.Name == subnet {
				return &w.VPCs[i], s, true
			}
		}
	}
	return nil, Subnet{}, false
}

// Peering finds a peering.
func (w *World) Peering(name string) (Peering, bool) {
	for _, p := range w.Peerings {
		if p.Name == name {
			return p, true
		}
	}
	return Peering{}, false
}

// Other returns the VPC at the other end of the peering.
func (p Peering) Other(vpc string) string {
	if p.Local == vpc {
		return p.Peer
	}
	return p.Local
}

// Table returns the route table that decides for traffic leaving the subnet.
func (v *VPC) Table(s Subnet) (RouteTable, bool) {
	if s.RouteTable == "" {
		return v.DefaultTable()
	}
	for _, t := range v.RouteTables {
		if t.Name == s.RouteTable {
			return t, true
		}
	}
	return RouteTable{}, false
}

// DefaultTable returns the VPC's first route table; it decides for traffic that
// arrives over a peering, and for subnets that name no table.
func (v *VPC) DefaultTable() (RouteTable, bool) {
	if len(v.RouteTables) == 0 {
		return RouteTable{}, false
	}
	return v.RouteTables[0], true
}

// Node finds a node of the cluster.
func (c *Cluster) Node(name string) *Node {
	for i := range c.Nodes {
		if c.Nodes[i].Name == name {
			return &c.Nodes[i]
		}
	}
	return nil
}

// Holds reports whether the address lies in one of the cluster's container CIDRs.
func (c *Cluster) Holds(a netip.Addr) bool { return anyContains(c.ContainerCIDRs, a) }

// Masquerades reports whether a pod of the cluster reaches the destination with
// its node's address instead of its own.
//
// Source: cce_10_0399 (tunnel), cce_bestpractice "nonMasqueradeCIDRs" (routed).
func (c *Cluster) Masquerades(dst netip.Addr) bool {
	if c.Holds(dst) {
		return false
	}
	return c.Mode == Tunnel || !anyContains(c.NonMasqueradeCIDRs, dst)
}

func anyContains(ps []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(a) })
}
