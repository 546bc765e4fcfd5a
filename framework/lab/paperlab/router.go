package paperlab

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// nextHop is where a router sends a packet: to a machine of its own VPC, or over
// a connection or NAT gateway to another network's router.
type nextHop struct{ machine, connection, gateway string }

// throughVPC carries a packet from a machine's NIC to the machine whose NIC
// receives it.
func (k *walker) throughVPC(machine string, p packet) (receiver string, arrived packet, d *drop) {
	nic, _ := k.world.NIC(machine)
	vpc, subnet, ok := k.world.SubnetOf(nic.Subnet)
	if !ok {
		return "", p, k.dropped(machine, "")
	}
	if !nic.SourceCheckOff && p.src != nic.Address {
		return "", p, k.dropped(vpc.Name, verdict.SourceCheck(machine))
	}
	table, _ := vpc.Table(subnet)
	next, d := k.route(vpc, table, p, "")
	if d != nil {
		return "", p, d
	}
	if d := k.track(vpc.Name, p); d != nil {
		return "", p, d
	}
	if d := k.leave(vpc, machine, next, p); d != nil {
		return "", p, d
	}
	return k.onward(vpc, origin{subnet: subnet.Name}, next, p)
}

// enter carries a packet that comes into a VPC without having crossed a NIC of
// it: over a connection, or out of a gateway. The default table decides.
//
// Source: HVPC, "Route Table Overview" (custom tables are for what leaves).
func (k *walker) enter(vpc *topology.VPC, cameBy string, p packet) (string, packet, *drop) {
	table, _ := vpc.DefaultTable()
	next, d := k.route(vpc, table, p, cameBy)
	if d != nil {
		return "", p, d
	}
	if d := k.track(vpc.Name, p); d != nil {
		return "", p, d
	}
	return k.onward(vpc, origin{connection: cameBy}, next, p)
}

// origin is how a packet came to a router: from a NIC in a subnet of the VPC, or over
// a connection or out of a gateway.
type origin struct{ subnet, connection string }

// onward takes a routed packet to the receiver in the same VPC or to the next
// router.
func (k *walker) onward(vpc *topology.VPC, from origin, next nextHop, p packet) (string, packet, *drop) {
	switch {
	case next.machine != "":
		return next.machine, p, k.admit(vpc, from, next.machine, p)
	case next.gateway != "":
		return k.overGateway(vpc, next.gateway, p)
	}
	c, _ := k.world.Connection(next.connection)
	if c.VPN {
		k.overVPN(vpc, c)
	}
	far, ok := k.world.VPC(c.Other(vpc.Name))
	if !ok {
		return "", p, k.dropped(vpc.Name, "")
	}
	return k.enter(far, c.Name, p)
}

// overVPN notes what a VPN does to large packets: it loses them at the router
// that they leave by, unless it told both ends to send smaller ones.
//
// Source: VPN user guide, "Notes and Constraints" (MSS).
func (k *walker) overVPN(vpc *topology.VPC, c topology.Connection) {
	if c.MSS > 0 {
		k.clampTo(c.MSS + segmentHeader)
	}
	if c.MTU > 0 {
		k.step(vpc.Name, verdict.VPNTooBig(c.Name), "carries up to %d bytes", c.MTU)
		k.narrows = append(k.narrows, narrow{hop: vpc.Name, rule: verdict.VPNTooBig(c.Name), carries: c.MTU})
	}
}

// route decides in one VPC: system routes first, whatever the prefix length,
// then the longest prefix among the table's routes that exist. What came over a
// connection does not leave over another.
func (k *walker) route(vpc *topology.VPC, table topology.RouteTable, p packet, cameBy string) (nextHop, *drop) {
	if next, special, d := k.systemRoute(vpc, p); special {
		return next, d
	}
	best, found := longest(k.world.EffectiveRoutes(vpc, table), p.dst)
	switch {
	case !found:
		return nextHop{}, k.dropped(vpc.Name, verdict.Blackhole(table.Name))
	case best.Instance != "":
		k.routed(vpc, best.Route, table)
		return nextHop{machine: best.Instance}, nil
	case cameBy != "":
		return nextHop{}, k.dropped(vpc.Name, verdict.NotTransitive(cameBy))
	case best.NAT != "":
		k.routed(vpc, best.Route, table)
		return nextHop{gateway: best.NAT}, nil
	}
	name := best.Connection()
	c, known := k.world.Connection(name)
	switch {
	case !known || c.State != topology.Active:
		return nextHop{}, k.dropped(vpc.Name, verdict.PeeringPending(name))
	case best.State == topology.Overlapping:
		return nextHop{}, k.dropped(vpc.Name, verdict.PeeringOverlap(name))
	case best.State == topology.Shadowed:
		return nextHop{}, k.dropped(vpc.Name, verdict.PeeringShadowed(name))
	}
	k.routed(vpc, best.Route, table)
	return nextHop{connection: name}, nil
}

func (k *walker) routed(vpc *topology.VPC, r topology.Route, t topology.RouteTable) {
	k.step(vpc.Name, "", "routed to %s by %s of table %s", r.NextHop(), r.Destination, t.Name)
}

// systemRoute decides what custom routes are not asked about: the addresses of
// translators and NAT gateways, which take replies only, and the subnets.
func (k *walker) systemRoute(vpc *topology.VPC, p packet) (nextHop, bool, *drop) {
	if next, held := k.translatorRoute(vpc, p.dst); held {
		unasked := p.protocol == topology.UDP && !p.refusal && !k.knows(vpc.Name, p)
		if !p.reply || unasked {
			return nextHop{}, true, k.dropped(vpc.Name, verdict.NoSuchAddress(vpc.Name))
		}
		k.step(vpc.Name, "", "routed to %s by its system route", next.machine+next.gateway)
		return next, true, nil
	}
	for _, s := range vpc.Subnets {
		if !s.CIDR.Contains(p.dst) {
			continue
		}
		owner := k.ownerOf(vpc, p.dst)
		if owner == "" {
			return nextHop{}, true, k.dropped(vpc.Name, verdict.NoSuchAddress(vpc.Name))
		}
		k.step(vpc.Name, "", "routed to %s by the local route %s", owner, s.CIDR)
		return nextHop{machine: owner}, true, nil
	}
	return nextHop{}, false, nil
}

func longest(routes []topology.EffectiveRoute, dst netip.Addr) (best topology.EffectiveRoute, found bool) {
	for _, r := range routes {
		if r.Destination.Contains(dst) && (!found || r.Destination.Bits() > best.Destination.Bits()) {
			best, found = r, true
		}
	}
	return best, found
}

// ownerOf finds the machine with the address among the VPC's NICs; other VPCs
// may have the same address.
func (k *walker) ownerOf(vpc *topology.VPC, a netip.Addr) string {
	for _, n := range k.world.NICs() {
		if v, _, ok := k.world.SubnetOf(n.Subnet); ok && v.Name == vpc.Name && n.Address == a {
			return n.Owner
		}
	}
	return ""
}
