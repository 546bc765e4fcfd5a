package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
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
		if k := v.kind(); k != Cloud && k != OnPremises && k != Internet {
			p.add(place, "unknown kind %q; it is vpc, on-premises or internet", k)
		}
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
			if t.Quota < 0 {
				p.add(at(tablePath, t.Name), "%d is no quota", t.Quota)
			}
			p.routes(tablePath, v, t)
		}
	}
}

func (p *problems) vpcCIDRs(place string, v *VPC) {
	if len(v.CIDRs) == 0 {
		p.add(place, "there is no CIDR")
	}
	p.disjoint("", place, "CIDR", v.CIDRs)
}

// disjoint checks that blocks of one list are canonical and do not overlap,
// which is what the rule demands.
func (p *problems) disjoint(rule RuleID, place, role string, blocks []netip.Prefix) {
	var earlier []netip.Prefix
	for _, c := range blocks {
		if !p.cidr(place, role, c) {
			continue
		}
		for _, e := range earlier {
			if e.Overlaps(c) {
				p.violates(rule, narrowFirst(c, e), place, "%s %s overlaps %s", role, c, e)
			}
		}
		earlier = append(earlier, c)
	}
}

// narrowFirst pairs two overlapping blocks of one list: the narrower one could as
// well be left out.
func narrowFirst(a, b netip.Prefix) [2]netip.Prefix {
	if a.Bits() < b.Bits() {
		a, b = b, a
	}
	return [2]netip.Prefix{a, b}
}

func (p *problems) subnet(place string, v *VPC, index int) {
	s := v.Subnets[index]
	if _, known := v.Table(s); !known && s.RouteTable != "" {
		p.add(place, "unknown route table %q of %s", s.RouteTable, v.Name)
	}
	if _, known := p.world.ACL(s.ACL); !known && s.ACL != "" {
		p.add(place, "unknown network ACL %q", s.ACL)
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

// nextHop checks that a route leads to exactly one thing, and that the VPC has it.
func (p *problems) nextHop(place string, v *VPC, r Route) {
	var hops []string
	for _, hop := range [][2]string{{"peering", r.Peering}, {"VPN", r.VPN}, {"NAT gateway", r.NAT}, {"instance", r.Instance}} {
		if hop[1] != "" {
			hops = append(hops, hop[0]+" "+hop[1])
		}
	}
	switch {
	case len(hops) == 0:
		p.add(place, "the route to %s has no next hop; it is a peering, a VPN, a NAT gateway or an instance", r.Destination)
	case len(hops) > 1:
		p.add(place, "the route to %s has %d next hops, %s", r.Destination, len(hops), strings.Join(hops, " and "))
	case r.Instance != "":
		p.instance(place, v, r.Instance)
	default:
		p.gateway(place, v, r)
	}
	if r.Managed && !slices.ContainsFunc(p.world.Clusters, func(c Cluster) bool { return c.Node(r.Instance) != nil }) {
		p.add(place, "the route to %s is managed, but leads to no node", r.Destination)
	}
}

func (p *problems) instance(place string, v *VPC, name string) {
	nic, known := p.world.machineNIC(name)
	if !known {
		p.add(place, "unknown host or node %q", name)
	} else if owner, _, found := p.world.SubnetOf(nic.Subnet); found && owner.Name != v.Name {
		p.add(place, "%s is in %s, not in %s", name, owner.Name, v.Name)
	}
}

// gateway checks that the peering, VPN or NAT gateway of a route is the VPC's.
func (p *problems) gateway(place string, v *VPC, r Route) {
	if r.NAT != "" {
		if g, known := p.world.NATGateway(r.NAT); !known {
			p.add(place, "unknown NAT gateway %q", r.NAT)
		} else if g.VPC != v.Name {
			p.add(place, "NAT gateway %s is that of %s, not of %s", r.NAT, g.VPC, v.Name)
		}
		return
	}
	kind := "peering"
	if r.VPN != "" {
		kind = "VPN"
	}
	c, known := p.world.Connection(r.Connection())
	if !known || c.VPN != (r.VPN != "") {
		p.add(place, "unknown %s %q", kind, r.Connection())
	} else if c.Local != v.Name && c.Peer != v.Name {
		p.add(place, "%s %s does not connect %s", kind, c.Name, v.Name)
	}
}
