package topology

import (
	"fmt"
	"net/netip"
)

// smallestBridge is the longest prefix whose block has two hosts' addresses.
const smallestBridge = 30

// host checks what only hosts have, except the engine.
func (p *problems) host(place string, h Host) {
	p.firewall(place, h.Firewall, InputChain)
	for i, r := range h.Routes {
		if !p.cidr(place, "static route", r) {
			continue
		}
		for _, other := range h.Routes[:i] {
			if other == r {
				p.add(place, "the static route to %s is there twice", r)
			}
		}
	}
	p.whitelist(place, h)
}

// firewall checks the rules of a machine's own operating system; chains are the
// ones that it has.
func (p *problems) firewall(place string, rules []FirewallRule, chains ...FirewallChain) {
	space := names{}
	for i, r := range rules {
		where := fmt.Sprintf("%s firewall[%d]", place, i)
		p.claim(space, where, r.Name)
		known := false
		for _, c := range chains {
			known = known || r.Chain == c
		}
		if !known {
			p.add(where, "unknown chain %q; a host has input, a node input and forward", r.Chain)
		}
		protocol := r.Protocol
		if protocol == "" {
			protocol = AnyProtocol
		}
		p.matches(where, protocol, r.Ports)
		p.cidr(where, "CIDR", r.CIDR)
	}
}

// engine checks a host's container engine: what the engine itself refuses.
// space holds the names of machines, taken the ports of the host.
func (p *problems) engine(path string, h Host, space names, taken map[Listener]string) {
	if h.Engine == nil {
		return
	}
	place := at(path, h.Name)
	e := h.Engine
	if b := e.BridgeIP; b.IsValid() {
		switch {
		case !b.Addr().Is4():
			p.add(place, "bridge address %s is not IPv4", b)
		case b.Addr() == b.Masked().Addr() || b.Addr() == lastAddress(b):
			p.add(place, "bridge address %s is no host's of its block; the first is %s", b, b.Masked().Addr().Next())
		}
	}
	p.disjoint("", place, "pool", e.Pools)
	networks := names{DefaultBridge: place}
	for i, n := range e.Networks {
		where := at(fmt.Sprintf("%s.networks[%d]", path, i), n.Name)
		p.claim(networks, where, n.Name)
		if n.CIDR.IsValid() && p.cidr(where, "CIDR", n.CIDR) && n.CIDR.Bits() > smallestBridge {
			p.add(where, "%s has no room for a bridge and a container", n.CIDR)
		}
	}
	p.engineBlocks(path, h)
	used := names{}
	for i, c := range e.Containers {
		where := at(fmt.Sprintf("%s.containers[%d]", path, i), c.Name)
		p.claim(space, where, c.Name)
		p.listeners(where, []Listener{c.Published}, taken)
		if c.Port == 0 {
			p.add(where, "the container's port is missing")
		}
		p.containerAddress(where, h, c.Address, used)
	}
}

// engineBlocks checks that every network has a block, and one of its own.
func (p *problems) engineBlocks(path string, h Host) {
	placed := p.world.EngineNetworks(h)
	has := map[string]bool{}
	for i, n := range placed {
		has[n.Name] = true
		for _, other := range placed[:i] {
			if other.CIDR.Overlaps(n.CIDR) {
				p.add(at(path, h.Name), "%s of engine network %s overlaps %s of %s", n.CIDR, n.Name, other.CIDR, other.Name)
			}
		}
	}
	for _, n := range append([]EngineNetwork{{Name: DefaultBridge}}, h.Engine.Networks...) {
		if !has[n.Name] {
			p.add(at(path, h.Name), "the pools have no room for engine network %s", n.Name)
		}
	}
}

func (p *problems) containerAddress(place string, h Host, a netip.Addr, used names) {
	if !a.IsValid() {
		p.add(place, "the address is missing")
		return
	}
	networks := p.world.EngineNetworks(h)
	if len(networks) == 0 || networks[0].Name != DefaultBridge {
		return
	}
	block := networks[0].CIDR
	switch why := usable(block, a); {
	case why != "":
		p.add(place, "address %s is %s %s (%s)", a, why, DefaultBridge, block)
	case a == h.NIC.Address:
		p.add(place, "address %s is that of %s itself", a, h.Name)
	case a == h.Engine.BridgeIP.Addr():
		p.add(place, "address %s is that of %s itself", a, DefaultBridge)
	}
	if first, taken := used[a.String()]; taken {
		p.add(place, "address %s is taken by %s", a, first)
		return
	}
	used[a.String()] = place
}
