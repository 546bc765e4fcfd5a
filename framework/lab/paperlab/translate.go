package paperlab

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// throughTranslator gives a request the target's address and the translator's
// own, and its reply the addresses back. The request enters the target's VPC
// there: no table and no group of the client's side is asked about it any more.
//
// Source: VPCEP user guide and FAQ; NAT "Application Scenarios" (private NAT).
func (k *walker) throughTranslator(t topology.Translator, p packet) (arrival, *drop) {
	if p.reply {
		back, ours := k.undone(t.Name, p)
		if !ours && p.protocol == topology.UDP && !p.refusal && p.dst == t.NIC.Address {
			// To the translator it is the first of a connection to the target, and for
			// nobody there: the client never hears of it.
			self, _ := k.world.Endpoint(t.Name)
			k.step(t.Name, "", "delivered, as a new connection")
			return arrival{packet: p, at: self}, nil
		}
		if !ours {
			return arrival{}, k.dropped(t.Name, verdict.NotForwarded(t.Name))
		}
		return k.overVPC(t.Name, back)
	}
	target, known := k.world.Host(t.Target)
	vpc, _, placed := k.world.SubnetOf(target.NIC.Subnet)
	if !known || !placed || p.dst != t.NIC.Address {
		return arrival{}, k.dropped(t.Name, verdict.NotForwarded(t.Name))
	}
	before := p
	p.src, p.dst = t.Source, target.NIC.Address
	k.step(t.Name, "", "translated to %s → %s", p.src, p.dst)
	k.redirected(t.Name, t.Target, before, p)
	receiver, p, d := k.enter(vpc, t.Name, p)
	if d != nil {
		return arrival{}, d
	}
	return k.arrive(receiver, p)
}

// translatorRoute finds whose address the routers of a network lead replies to:
// a translator's in its target's VPC, a NAT gateway's in the internet.
func (k *walker) translatorRoute(vpc *topology.VPC, dst netip.Addr) (nextHop, bool) {
	for _, t := range k.world.Translators {
		if t.Source != dst {
			continue
		}
		target, _ := k.world.Host(t.Target)
		if v, _, ok := k.world.SubnetOf(target.NIC.Subnet); ok && v.Name == vpc.Name {
			return nextHop{machine: t.Name}, true
		}
	}
	for _, g := range k.world.NATGateways {
		if g.Address == dst && g.Internet == vpc.Name {
			return nextHop{gateway: g.Name}, true
		}
	}
	return nextHop{}, false
}

// overGateway carries a packet through a NAT gateway: out under its address
// where one of its rules selects the source, in only as the reply to such a one.
//
// Source: cce_10_0400 "Accessing the Internet from a Container".
func (k *walker) overGateway(vpc *topology.VPC, gateway string, p packet) (string, packet, *drop) {
	g, _ := k.world.NATGateway(gateway)
	far := g.Internet
	if p.reply {
		back, ours := k.undone(gateway, p)
		switch {
		case !ours && vpc.Name == g.VPC: // of a connection that did not come this way
			return "", p, k.dropped(vpc.Name, verdict.NoSNATRule(gateway))
		case !ours:
			return "", p, k.dropped(vpc.Name, verdict.NoSuchAddress(vpc.Name))
		}
		p, far = back, g.VPC
	} else {
		selected := func(c netip.Prefix) bool { return c.Contains(p.src) }
		if !p.known() && !slices.ContainsFunc(g.Sources, selected) {
			return "", p, k.dropped(vpc.Name, verdict.NoSNATRule(gateway))
		}
		before := p
		p.src = g.Address
		k.step(gateway, "", "translated to %s", p.src)
		k.translated(gateway, before, p)
	}
	network, ok := k.world.VPC(far)
	if !ok {
		return "", p, k.dropped(vpc.Name, "")
	}
	return k.enter(network, gateway, p)
}
