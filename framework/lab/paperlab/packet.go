package paperlab

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// packet is what travels: addresses as they are on the wire at this moment.
type packet struct {
	src, dst netip.Addr
	protocol topology.Protocol
	port     uint16
	// reply marks a packet of a connection that every router on its way has
	// seen the first packet of.
	reply bool
}

// vxlanPort is the UDP port of the overlay (cce_10_0282).
const vxlanPort = 4789

// drop is the end of a packet: nil means it goes on.
type drop struct{ hop, rule string }

// walker follows one packet and notes its steps.
type walker struct {
	world *topology.World
	steps []verdict.Step
}

func (k *walker) step(hop, rule, format string, args ...any) {
	k.steps = append(k.steps, verdict.Step{Hop: hop, Did: fmt.Sprintf(format, args...), Rule: rule})
}

func (k *walker) dropped(hop, rule string) *drop {
	k.step(hop, rule, "dropped")
	return &drop{hop: hop, rule: rule}
}

// throughVPC carries a packet from a machine's NIC to the machine whose NIC
// receives it.
func (k *walker) throughVPC(machine string, p packet) (receiver string, d *drop) {
	nic, _ := k.world.NIC(machine)
	vpc, subnet, ok := k.world.SubnetOf(nic.Subnet)
	if !ok {
		return "", k.dropped(machine, "")
	}
	if !nic.SourceCheckOff && p.src != nic.Address {
		return "", k.dropped(vpc.Name, verdict.SourceCheck(machine))
	}
	table, _ := vpc.Table(subnet)
	receiver, peering, d := k.route(vpc, table, p.dst, "")
	if d != nil {
		return "", d
	}
	if d := k.guard(vpc.Name, machine, nic, topology.Egress, p); d != nil {
		return "", d
	}
	for peering != "" {
		p2, _ := k.world.Peering(peering)
		vpc, _ = k.world.VPC(p2.Other(vpc.Name))
		table, _ = vpc.DefaultTable()
		if receiver, peering, d = k.route(vpc, table, p.dst, peering); d != nil {
			return "", d
		}
	}
	target, _ := k.world.NIC(receiver)
	return receiver, k.guard(vpc.Name, receiver, target, topology.Ingress, p)
}

// route decides in one VPC: system routes first, whatever the prefix length,
// then the longest prefix among the table's custom routes. What came over a
// peering does not leave over another.
func (k *walker) route(vpc *topology.VPC, table topology.RouteTable, dst netip.Addr, cameBy string) (receiver, peering string, d *drop) {
	for _, s := range vpc.Subnets {
		if s.CIDR.Contains(dst) {
			owner := k.ownerOf(vpc, dst)
			if owner == "" {
				return "", "", k.dropped(vpc.Name, verdict.NoSuchAddress(vpc.Name))
			}
			k.step(vpc.Name, "", "routed to %s by the local route %s", owner, s.CIDR)
			return owner, "", nil
		}
	}
	best, found := longest(table.Routes, dst)
	switch {
	case !found:
		return "", "", k.dropped(vpc.Name, verdict.Blackhole(table.Name))
	case best.Instance != "":
		k.step(vpc.Name, "", "routed to %s by %s of table %s", best.Instance, best.Destination, table.Name)
		return best.Instance, "", nil
	case cameBy != "":
		return "", "", k.dropped(vpc.Name, verdict.NotTransitive(cameBy))
	}
	if p, ok := k.world.Peering(best.Peering); !ok || p.State != topology.Active {
		return "", "", k.dropped(vpc.Name, verdict.PeeringPending(best.Peering))
	}
	k.step(vpc.Name, "", "routed to %s by %s of table %s", best.Peering, best.Destination, table.Name)
	return "", best.Peering, nil
}

func longest(routes []topology.Route, dst netip.Addr) (best topology.Route, found bool) {
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

// guard asks a NIC's security groups about a packet. They are stateful: a reply
// passes without being asked.
func (k *walker) guard(hop, machine string, nic topology.NIC, dir topology.Direction, p packet) *drop {
	if p.reply {
		k.step(hop, "", "passed %s of %s as a reply", dir, machine)
		return nil
	}
	far := p.src
	if dir == topology.Egress {
		far = p.dst
	}
	for _, r := range k.world.RulesInOrder(nic, dir) {
		if !k.matches(r.SecurityGroupRule, far, p) {
			continue
		}
		name := verdict.GroupRule(machine, dir, r.Group, r.Name)
		if r.Action == topology.Deny {
			return k.dropped(hop, name)
		}
		k.step(hop, name, "admitted")
		return nil
	}
	return k.dropped(hop, verdict.DefaultDeny(machine, dir))
}

func (k *walker) matches(r topology.SecurityGroupRule, far netip.Addr, p packet) bool {
	if r.Protocol != topology.AnyProtocol && r.Protocol != p.protocol {
		return false
	}
	if !r.Ports.All() && (p.protocol == topology.ICMP || !r.Ports.Contains(p.port)) {
		return false
	}
	if r.Group != "" {
		return slices.Contains(k.world.Members(r.Group), far)
	}
	return r.CIDR.Contains(far)
}
