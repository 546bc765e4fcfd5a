package topology

import (
	"fmt"
	"net/netip"
	"slices"
)

// smallestSubnet is the longest prefix that a subnet may have. Source: VPC user
// guide, "Creating a Subnet".
const smallestSubnet = 28

func (p *problems) vpcs() {
	vpcNames, subnetNames, tableNames := names{}, names{}, names{}
	for i := range p.world.VPCs {
		v := &p.world.VPCs[i]
		path := fmt.Sprintf("vpcs[%d]", i)
		place := at(path, v.Name)
		p.claim(vpcNames, place, v.Name)
		p.vpcCIDRs(place, v)
		for j, s := range v.Subnets {
			subnetPlace := at(fmt.Sprintf("%s.subnets[%d]", path, j), s.Name)
			p.claim(subnetNames, subnetPlace, s.Name)
			p.subnet(subnetPlace, v, j)
		}
		if len(v.RouteTables) == 0 {
			p.add(place, "there is no route table; the first one is the default")
		}
		for j, t := range v.RouteTables {
			tablePath := fmt.Sprintf("%s.routeTables[%d]", path, j)
			p.claim(tableNames, at(tablePath, t.Name), t.Name)
			p.routes(tablePath, v, t)
		}
	}
}

func (p *problems) vpcCIDRs(place string, v *VPC) {
	if len(v.CIDRs) == 0 {
		p.add(place, "there is no CIDR")
	}
	p.disjoint(place, "CIDR", v.CIDRs)
}

// disjoint checks that blocks of one list are canonical and do not overlap.
func (p *problems) disjoint(place, role string, blocks []netip.Prefix) {
	var earlier []netip.Prefix
	for _, c := range blocks {
		if !p.cidr(place, role, c) {
			continue
		}
		for _, e := range earlier {
			if e.Overlaps(c) {
				p.add(place, "%s %s overlaps %s", role, c, e)
			}
		}
		earlier = append(earlier, c)
	}
}

func (p *problems) subnet(place string, v *VPC, index int) {
	s := v.Subnets[index]
	if _, known := v.Table(s); !known && s.RouteTable != "" {
		p.add(place, "unknown route table %q of %s", s.RouteTable, v.Name)
	}
	if !p.cidr(place, "CIDR", s.CIDR) {
		return
	}
	if s.CIDR.Bits() > smallestSubnet {
		p.add(place, "%s is smaller than a /%d", s.CIDR, smallestSubnet)
	}
	inside := func(c netip.Prefix) bool { return contains(c, s.CIDR) }
	if blocks := valid(v.CIDRs); len(blocks) > 0 && !slices.ContainsFunc(blocks, inside) {
		p.add(place, "%s is outside the CIDRs of %s (%s)", s.CIDR, v.Name, join(blocks))
	}
	for _, other := range v.Subnets[:index] {
		if other.CIDR.IsValid() && other.CIDR.Overlaps(s.CIDR) {
			p.add(place, "%s overlaps %s of subnet %s", s.CIDR, other.CIDR, other.Name)
		}
	}
}

// routes checks a table's custom routes. A destination inside a subnet of the
// VPC could never take effect, since the subnet's system route beats it, and the
// cloud refuses it. A wider one that merely includes a subnet is let through:
// the system route keeps its part of it.
//
// Source: VPC user guide, "Route Tables and Routes" and "Adding a Custom Route".
func (p *problems) routes(path string, v *VPC, t RouteTable) {
	first := map[netip.Prefix]int{}
	for i, r := range t.Routes {
		place := at(fmt.Sprintf("%s.routes[%d]", path, i), t.Name)
		p.nextHop(place, v, r)
		if !p.cidr(place, "destination", r.Destination) {
			continue
		}
		if j, taken := first[r.Destination]; taken {
			p.add(place, "destination %s is that of routes[%d] already", r.Destination, j)
			continue
		}
		first[r.Destination] = i
		for _, s := range v.Subnets {
			if s.CIDR.IsValid() && contains(s.CIDR, r.Destination) {
				p.add(place, "destination %s is inside %s of subnet %s, whose system route beats it", r.Destination, s.CIDR, s.Name)
			}
		}
	}
}

func (p *problems) nextHop(place string, v *VPC, r Route) {
	switch {
	case r.Peering == "" && r.Instance == "":
		p.add(place, "the route to %s has no next hop; it is a peering or an instance", r.Destination)
	case r.Peering != "" && r.Instance != "":
		p.add(place, "the route to %s has two next hops, peering %s and instance %s", r.Destination, r.Peering, r.Instance)
	case r.Peering != "":
		peering, known := p.world.Peering(r.Peering)
		if !known {
			p.add(place, "unknown peering %q", r.Peering)
		} else if peering.Local != v.Name && peering.Peer != v.Name {
			p.add(place, "peering %s does not connect %s", r.Peering, v.Name)
		}
	default:
		nic, known := p.world.NIC(r.Instance)
		if !known {
			p.add(place, "unknown host or node %q", r.Instance)
		} else if owner, _, found := p.world.SubnetOf(nic.Subnet); found && owner.Name != v.Name {
			p.add(place, "%s is in %s, not in %s", r.Instance, owner.Name, v.Name)
		}
	}
	if r.Managed && !slices.ContainsFunc(p.world.Clusters, func(c Cluster) bool { return c.Node(r.Instance) != nil }) {
		p.add(place, "the route to %s is managed, but leads to no node", r.Destination)
	}
}
