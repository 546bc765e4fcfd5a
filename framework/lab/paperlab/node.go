package paperlab

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// inlet is how a packet comes to a node's routing.
type inlet int

const (
	// fromSelf is a packet of the node or of a pod on its network.
	fromSelf inlet = iota
	// fromPod is a packet of a pod with an address of its own.
	fromPod
	// fromVPC came in by the node's NIC.
	fromVPC
	// fromOverlay came in by its NIC inside a packet of another node's.
	fromOverlay
)

func inletOf(e topology.Endpoint) inlet {
	if e.Kind == topology.KindPod {
		return fromPod
	}
	return fromSelf
}

// site is a node and how a packet came to it.
type site struct {
	cluster *topology.Cluster
	node    *topology.Node
	inlet   inlet
	sender  topology.Endpoint // of what begins here
}

func (s site) name() string { return s.node.Name }

// passage is a packet on its way through a node, with what happened to it there.
type passage struct {
	packet
	before packet
	// hidden is a packet that the node has to give its own address.
	hidden bool
}

func (g passage) translated() bool { return g.before != g.packet }

// throughNode takes a packet to wherever a node sends it.
func (k *walker) throughNode(s site, p packet) (arrival, *drop) {
	g := passage{packet: p, before: p}
	if p.reply {
		g.packet, _ = k.undone(s.name(), p)
	} else {
		k.saw(s.name(), p)
		if d := k.serve(s, &g); d != nil {
			return arrival{}, d
		}
	}
	foreign := s.inlet == fromVPC || s.inlet == fromOverlay
	if own := slices.Contains(s.addresses(), g.src); own && foreign && (s.node.Has(g.dst) || g.dst == s.node.NIC.Address) {
		k.shares(s.name(), g.src)
	}
	if e, here := k.onMachine(s.name(), g.dst); here {
		if s.inlet == fromSelf && e.Kind == topology.KindPod && !g.reply && !g.translated() {
			// The node's own packets to its pods have this address from the start.
			g.src, g.before.src = s.node.GatewayOf(g.dst), s.node.GatewayOf(g.dst)
		}
		return k.deliver(s, e, g)
	}
	if s.inlet == fromVPC && !g.translated() && !s.node.Has(g.dst) {
		return arrival{}, k.dropped(s.name(), verdict.NotForwarded(s.name()))
	}
	if d := k.forwards(s, g.packet); d != nil {
		return arrival{}, d
	}
	switch c := s.cluster; {
	case s.node.Has(g.dst), c.Mode == topology.Tunnel && c.Holds(g.dst) && s.nodeWith(g.packet) == nil:
		return arrival{}, k.dropped(s.name(), verdict.NoSuchContainer(s.name()))
	case c.Mode == topology.Tunnel && c.Holds(g.dst):
		return k.encapsulate(s, s.nodeWith(g.packet), g)
	}
	if d := k.masquerade(s, &g); d != nil {
		return arrival{}, d
	}
	return k.overVPC(s.name(), g.packet)
}

// addresses are the node's own: in the VPC, and in each of its blocks.
func (s site) addresses() []netip.Addr {
	all := []netip.Addr{s.node.NIC.Address}
	for _, b := range s.node.Blocks() {
		all = append(all, b.Masked().Addr().Next())
	}
	return all
}

// nodeWith finds the node that holds a packet's destination in its blocks.
func (s site) nodeWith(p packet) *topology.Node {
	for i := range s.cluster.Nodes {
		if n := &s.cluster.Nodes[i]; n.Has(p.dst) {
			return n
		}
	}
	return nil
}

// forwards asks a node whether it forwards a packet. What it sends itself is not
// forwarded; a reply to what another machine sent may be new to it.
//
// Source: "High-Risk Operations" (net.ipv4.ip_forward, host firewall), node
// problem detector (ConntrackFull), cce_10_0059 (network policies, tunnel only).
func (k *walker) forwards(s site, p packet) *drop {
	name := s.name()
	p = k.asNew(name, p)
	switch {
	case s.inlet == fromSelf:
		return nil
	case s.node.ForwardingOff:
		return k.dropped(name, verdict.ForwardingOff(name))
	case p.known():
		return nil
	case s.node.ConntrackFull:
		return k.dropped(name, verdict.ConntrackFull(name))
	}
	if policy, denied := s.policy(p); denied {
		return k.dropped(name, verdict.NetworkPolicy(name, policy))
	}
	return k.firewall(name, s.node.Firewall, topology.ForwardChain, p)
}

// policy names the first network policy that keeps the sending pod from the
// destination, if none of those that select the pod allows it.
func (s site) policy(p packet) (name string, denied bool) {
	if s.inlet != fromPod || s.cluster.Mode != topology.Tunnel {
		return "", false
	}
	for _, n := range s.cluster.NetworkPolicies {
		switch {
		case !slices.Contains(n.Pods, s.sender.Name):
		case n.Allows(p.dst):
			return "", false
		case !denied:
			name, denied = n.Name, true
		}
	}
	return name, denied
}

// deliver hands a packet to an endpoint on the node.
func (k *walker) deliver(s site, e topology.Endpoint, g passage) (arrival, *drop) {
	var d *drop
	switch {
	case s.inlet == fromSelf:
	case e.Kind == topology.KindPod:
		d = k.forwards(s, g.packet)
	default:
		d = k.firewall(s.name(), s.node.Firewall, topology.InputChain, g.packet)
	}
	if d != nil {
		return arrival{}, d
	}
	switch {
	case g.hidden && e.Kind == topology.KindPod:
		// It leaves by the pod's own link, where the node has another address.
		k.hide(s, &g, s.node.GatewayOf(e.Address))
	case g.hidden:
		k.hide(s, &g, s.node.NIC.Address)
	}
	k.note(s, g)
	if s.inlet == fromSelf || s.inlet == fromPod {
		k.step(e.Name, "", "delivered on %s", s.name())
	} else {
		k.step(e.Name, "", "delivered")
	}
	return arrival{packet: g.packet, at: e}, nil
}

// masquerade gives a packet that leaves by the node's NIC the node's address
// where the mode or a Service demands it. In routed mode a reply that would be
// masqueraded if it were a request is lost: it belongs to no connection any more.
//
// Source: cce_10_0399 (tunnel), cce_bestpractice "nonMasqueradeCIDRs" (routed,
// and its side effect on replies).
func (k *walker) masquerade(s site, g *passage) *drop {
	outside := s.inlet == fromPod && s.cluster.Masquerades(g.dst)
	switch {
	case g.hidden, outside && !g.reply:
		k.hide(s, g, s.node.NIC.Address)
	case outside && s.cluster.Mode == topology.Routed && !g.translated():
		return k.dropped(s.name(), verdict.MasqueradedReply(s.name()))
	}
	k.note(s, *g)
	return nil
}

func (k *walker) hide(s site, g *passage, behind netip.Addr) {
	g.src = behind
	k.step(s.name(), "", "masqueraded as %s (%s)", s.name(), g.src)
}

// note remembers a request's translation.
func (k *walker) note(s site, g passage) {
	if !g.reply {
		k.saw(s.name(), g.packet)
		k.translated(s.name(), g.before, g.packet)
	}
}
