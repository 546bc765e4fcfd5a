package explain

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// node repairs what a node of a cluster does to what it forwards.
func (b *bench) node() {
	name := b.at(1)
	onNode := func(name string, edit func(n *topology.Node)) func(w *topology.World) bool {
		return func(w *topology.World) bool {
			n := nodeOf(w, name)
			if n != nil {
				edit(n)
			}
			return n != nil
		}
	}
	switch last := b.last(); {
	case b.at(0) == "policy":
		b.policy(last)
	case last == "no-local-endpoint":
		b.onService(b.at(1), func(_ *topology.Cluster, s *topology.Service) { s.Policy = topology.ClusterPolicy },
			"the traffic policy of Service %s is Cluster", b.at(1))
	case last == "ip-forward":
		b.add(onNode(name, func(n *topology.Node) { n.ForwardingOff = false }), "%s forwards", name)
	case last == "conntrack-full":
		b.add(onNode(name, func(n *topology.Node) { n.ConntrackFull = false }), "the connection tracking table of %s has room", name)
	case last == "frag-needed":
		b.add(onNode(name, func(n *topology.Node) { n.DropsFragNeeded = false }), "%s passes ICMP fragmentation-needed", name)
	case last == "masqueraded-reply":
		b.keepAddress(name)
	case last == "no-such-container":
		b.misled()
	}
}

// keepAddress makes the pods of a node keep their address towards the client.
func (b *bench) keepAddress(node string) {
	b.add(func(w *topology.World) bool {
		for i := range w.Clusters {
			if c := &w.Clusters[i]; c.Node(node) != nil && b.packet.Destination.IsValid() {
				c.NonMasqueradeCIDRs = append(c.NonMasqueradeCIDRs, only(b.packet.Destination))
				return true
			}
		}
		return false
	}, "pods on %s keep their address towards %s", node, b.packet.Destination)
}

// policy lets a network policy allow the destination.
func (b *bench) policy(name string) {
	b.add(func(w *topology.World) bool {
		for i := range w.Clusters {
			for j := range w.Clusters[i].NetworkPolicies {
				if p := &w.Clusters[i].NetworkPolicies[j]; p.Name == name && b.packet.Destination.IsValid() {
					p.Egress = append(p.Egress, topology.IPBlock{CIDR: only(b.packet.Destination)})
					return true
				}
			}
		}
		return false
	}, "the network policy %s allows %s", name, b.packet.Destination)
}

// onService edits a Service of any cluster.
func (b *bench) onService(name string, edit func(c *topology.Cluster, s *topology.Service), did string, args ...any) {
	b.add(func(w *topology.World) bool {
		for i := range w.Clusters {
			for j := range w.Clusters[i].Services {
				if s := &w.Clusters[i].Services[j]; s.Name == name {
					edit(&w.Clusters[i], s)
					return true
				}
			}
		}
		return false
	}, did, args...)
}

// host repairs what a machine's own system does.
func (b *bench) host() {
	name := b.at(1)
	switch {
	case b.at(2) == "firewall":
		b.add(func(w *topology.World) bool {
			rules := firewallRules(w, name)
			if rules == nil {
				return false
			}
			before := len(*rules)
			*rules = slices.DeleteFunc(*rules, func(r topology.FirewallRule) bool { return r.Name == b.at(3) })
			return len(*rules) < before
		}, "the firewall of %s has no rule %s", name, b.at(3))
	case b.last() == "reverse-path":
		b.ownRoute(name)
	case b.last() == "not-forwarded":
		b.misled()
	}
}

func firewallRules(w *topology.World, machine string) *[]topology.FirewallRule {
	if n := nodeOf(w, machine); n != nil {
		return &n.Firewall
	}
	if h := hostOf(w, machine); h != nil {
		return &h.Firewall
	}
	return nil
}

// ownRoute takes the networks of a container engine out of the way of a host's
// packets: those that hold the other end's address are somewhere else, or else the
// host has a route of its own to it.
func (b *bench) ownRoute(host string) {
	for _, a := range []netip.Addr{b.packet.Destination, b.packet.Source} {
		h := hostOf(b.world, host)
		if h == nil || !a.IsValid() || a == h.NIC.Address {
			continue
		}
		b.add(func(w *topology.World) bool { return moveNetworks(w, host, a) }, "no network of the container engine on %s holds %s", host, a)
		b.add(func(w *topology.World) bool {
			h := hostOf(w, host)
			h.Routes = append(h.Routes, only(a))
			return true
		}, "%s has a route of its own to %s", host, a)
	}
}

// elsewhere is a block that no world has: of those for measurements of networks.
//
// Source: RFC 2544.
func elsewhere(nth int) netip.Prefix {
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{198, 18, byte(nth), 1}), 24)
}

// moveNetworks moves the networks of a host's engine that hold an address, the first
// one with its containers.
func moveNetworks(w *topology.World, host string, a netip.Addr) bool {
	h := hostOf(w, host)
	if h.Engine == nil {
		return false
	}
	moved := false
	for i, n := range w.EngineNetworks(*h) {
		if !n.CIDR.Contains(a) {
			continue
		}
		block := elsewhere(i)
		for j := range h.Engine.Networks {
			if x := &h.Engine.Networks[j]; x.Name == n.Name {
				x.CIDR, moved = block.Masked(), true
			}
		}
		if n.Name != topology.DefaultBridge {
			continue
		}
		h.Engine.BridgeIP, moved = block, true
		next := block.Addr()
		for j := range h.Engine.Containers {
			next = next.Next()
			h.Engine.Containers[j].Address = next
		}
	}
	return moved
}

// cache lets a DCS instance serve whom it does not serve across a peering.
func (b *bench) cache() {
	if b.last() != "one-vpc" {
		return
	}
	b.add(func(w *topology.World) bool {
		h := hostOf(w, b.at(1))
		if h == nil || h.Managed == nil {
			return false
		}
		h.Managed.Layout = ""
		return true
	}, "%s is no instance of several shards", b.at(1))
}

// byAnswer repairs what ended a flow without a rule: a no that was said aloud.
func (b *bench) byAnswer() {
	v := b.seen.Verdict
	switch {
	case v.Kind == verdict.KindReplyLost:
		b.ownRoute(v.Hop)
	case v.Kind == verdict.KindMisdelivered:
		b.release()
	case v.Kind == verdict.KindRefused:
		b.listen()
	case v.Code == verdict.NoEndpoints:
		b.match()
	case v.Code == verdict.NoSuchName:
		b.resolve()
	case v.Code == verdict.NoAddress:
		b.start()
	case v.Code == verdict.NotListed:
		b.whitelist(v.By)
	case v.Code == verdict.WrongPassword:
		b.add(func(w *topology.World) bool {
			h := hostOf(w, v.By)
			if h == nil || h.Managed == nil {
				return false
			}
			h.Managed.Password = ""
			return true
		}, "%s accepts the client's password", v.By)
	}
}

// release takes the Services away that have the destination's address.
func (b *bench) release() {
	b.add(func(w *topology.World) bool {
		gone := false
		for i := range w.Clusters {
			c := &w.Clusters[i]
			before := len(c.Services)
			c.Services = slices.DeleteFunc(c.Services, func(s topology.Service) bool { return s.Address == b.to.Address && s.Name != b.to.Name })
			gone = gone || len(c.Services) < before
		}
		return gone
	}, "no Service has the address %s", b.to.Address)
	b.add(func(w *topology.World) bool {
		by, _ := w.Endpoint(b.seen.Verdict.By)
		ls, theirs := listenersOf(w, b.to.Name), listenersOf(w, by.Name)
		if ls == nil || theirs == nil || by.Machine != b.to.Machine {
			return false
		}
		port := topology.Listener{Protocol: b.flow.Protocol, Port: b.flow.Port}
		*theirs = slices.DeleteFunc(*theirs, func(l topology.Listener) bool { return l == port })
		*ls = append(*ls, port)
		return true
	}, "%s listens in the place of %s", b.to.Name, b.seen.Verdict.By)
}
