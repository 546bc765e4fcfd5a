package paperlab

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Predict implements lab.Oracle. It is pure and safe for concurrent use.
func (l *Lab) Predict(w topology.World, f topology.Flow) verdict.Observation {
	o := verdict.Observation{Flow: f}
	from, ok := w.Endpoint(f.From)
	if !ok {
		o.Verdict = verdict.Inconclusive("the world has no host, node or pod %q", f.From)
		return o
	}
	to, ok := w.Endpoint(f.To)
	if !ok {
		o.Verdict = verdict.Inconclusive("the world has no host, node or pod %q", f.To)
		return o
	}
	o.From, o.To = from.Address, to.Address
	o.Verdict = predict(&w, f, from, to, &o.Path)
	o.Evidence = evidence(o.Verdict)
	return o
}

func predict(w *topology.World, f topology.Flow, from, to topology.Endpoint, path *verdict.Path) verdict.Verdict {
	forth := walker{world: w}
	request := packet{src: from.Address, dst: to.Address, protocol: f.Protocol, port: f.Port}
	arrived, reached, d := forth.travel(from, request)
	path.Forth = forth.steps
	if d != nil {
		return verdict.Dropped(d.hop, d.rule)
	}
	// Another machine may own the address where the packet ends.
	if reached.Name != to.Name && reached.Address != to.Address || reached.Machine != to.Machine {
		return verdict.Misdelivered(reached.Name)
	}
	if arrived.src == to.Address && from.Machine != to.Machine {
		return verdict.Inconclusive("%s and %s share the address %s", from.Name, to.Name, to.Address)
	}
	back := walker{world: w}
	reply := packet{src: to.Address, dst: arrived.src, protocol: f.Protocol, port: f.Port, reply: true}
	_, home, d := back.travel(to, reply)
	if d == nil && home.Machine == from.Machine && arrived.src != from.Address && home.Name != from.Name {
		back.step(from.Machine, "", "unmasqueraded to %s (%s)", from.Name, from.Address)
		back.step(from.Name, "", "delivered")
	}
	path.Back = back.steps
	switch {
	case d != nil:
		return verdict.ReplyLost(to.Name, d.hop, d.rule)
	case home.Machine != from.Machine:
		return verdict.ReplyLost(to.Name, home.Machine, verdict.NotForwarded(home.Machine))
	case !to.Listens(f.Protocol, f.Port):
		return unlessShared(w, to, f)
	}
	v := verdict.ReachedAs("")
	v.SeenAddress = arrived.src
	v.SeenAs, _ = from.SeenAs(arrived.src)
	return v
}

// unlessShared is a refusal, unless somebody else listens at the same address of
// the same machine: a node and its pods on the host network share their ports.
func unlessShared(w *topology.World, to topology.Endpoint, f topology.Flow) verdict.Verdict {
	for _, e := range w.Endpoints() {
		if e.Machine == to.Machine && e.Address == to.Address && e.Listens(f.Protocol, f.Port) {
			return verdict.Misdelivered(e.Name)
		}
	}
	return verdict.Refused()
}

// travel takes a packet from an endpoint to wherever it ends. It returns the
// packet as it arrived and the endpoint that got it.
func (k *walker) travel(from topology.Endpoint, p packet) (packet, topology.Endpoint, *drop) {
	k.step(from.Name, "", "sent %s → %s", p.src, p.dst)
	if from.Node != nil {
		if e, ok := k.onNode(from.Machine, p.dst); ok {
			k.step(e.Name, "", "delivered on %s", from.Machine)
			return p, e, nil
		}
		if from.Node.Block.Contains(p.dst) {
			return p, topology.Endpoint{}, k.dropped(from.Machine, verdict.NoSuchContainer(from.Machine))
		}
		if c := from.Cluster; c.Mode == topology.Tunnel && c.Holds(p.dst) {
			return k.throughOverlay(from, p)
		}
		if from.Kind == topology.KindPod && !p.reply && from.Cluster.Masquerades(p.dst) {
			p.src = from.Node.NIC.Address
			k.step(from.Machine, "", "masqueraded as %s (%s)", from.Machine, p.src)
		}
	} else if p.dst == from.Address {
		return p, from, nil
	}
	receiver, d := k.throughVPC(from.Machine, p)
	if d != nil {
		return p, topology.Endpoint{}, d
	}
	return k.arrive(receiver, p)
}

// throughOverlay carries a packet between two nodes of a tunnel-mode cluster.
// The outer packet is nobody's reply: its source port is the inner flow's hash.
func (k *walker) throughOverlay(from topology.Endpoint, p packet) (packet, topology.Endpoint, *drop) {
	c := from.Cluster
	for i := range c.Nodes {
		n := &c.Nodes[i]
		if !n.Block.Contains(p.dst) {
			continue
		}
		if from.Kind != topology.KindPod && !p.reply {
			p.src = from.Node.Gateway()
		}
		k.step(from.Machine, "", "encapsulated to %s", n.Name)
		outer := packet{src: from.Node.NIC.Address, dst: n.NIC.Address, protocol: topology.UDP, port: vxlanPort}
		receiver, d := k.throughVPC(from.Machine, outer)
		if d != nil {
			return p, topology.Endpoint{}, d
		}
		return k.arrive(receiver, p)
	}
	return p, topology.Endpoint{}, k.dropped(from.Machine, verdict.NoSuchContainer(from.Machine))
}

// arrive hands a packet to whoever has its destination on the receiving machine.
func (k *walker) arrive(machine string, p packet) (packet, topology.Endpoint, *drop) {
	if e, ok := k.onNode(machine, p.dst); ok {
		k.step(e.Name, "", "delivered")
		return p, e, nil
	}
	for _, c := range k.world.Clusters {
		if n := c.Node(machine); n != nil && n.Block.Contains(p.dst) {
			return p, topology.Endpoint{}, k.dropped(machine, verdict.NoSuchContainer(machine))
		}
	}
	return p, topology.Endpoint{}, k.dropped(machine, verdict.NotForwarded(machine))
}

// onNode finds the endpoint with the address on a machine: the machine itself,
// or a pod on it.
func (k *walker) onNode(machine string, a netip.Addr) (topology.Endpoint, bool) {
	for _, e := range k.world.Endpoints() {
		if e.Machine == machine && (e.Address == a || e.Kind == topology.KindNode && e.Node.Gateway() == a) {
			return e, true
		}
	}
	return topology.Endpoint{}, false
}

// evidence is what a data plane would have recorded for the verdict.
func evidence(v verdict.Verdict) verdict.Evidence {
	e := verdict.Evidence{Sent: 1}
	switch v.Kind {
	case verdict.KindReached:
		e.Received = 1
	case verdict.KindDropped, verdict.KindReplyLost:
		e.Rules = []verdict.RuleCount{{Hop: v.Hop, Rule: v.Rule, Packets: 1}}
	default:
		// Nothing is received and no rule counts.
	}
	return e
}
