package fabric

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// namesake has the address of the server that was asked for, and is not it.
type namesake struct {
	name, machine, hop string
	address            netip.Addr
	// onward is the way that a load balancer, a translator or the host of a container
	// sends on what it gets.
	onward *leg
}

// namesakes finds who else has the server's address: the hop that hands it
// packets, and its name. VPCs may use the same addresses, and so may clusters.
func namesakes(w *topology.World, server topology.Endpoint) []namesake {
	var all []namesake
	for _, e := range w.Endpoints() {
		if e.Address != server.Address || e.Machine == server.Machine || e.Kind == topology.KindHostPod {
			continue
		}
		hop := e.Machine
		if v, _, ok := w.SubnetOf(e.Attached.Subnet); ok && e.Kind != topology.KindPod {
			hop = v.Name
		}
		all = append(all, namesake{name: e.Name, machine: e.Machine, hop: hop, address: e.Address})
	}
	return all
}

// findNamesakes finds whoever else a flow may get to: by the server's address, and by
// that of what stands between.
func (q *asked) findNamesakes(w *topology.World, chosen func(balancer string) (BackendPlan, bool)) {
	last := q.legs[len(q.legs)-1]
	q.namesakes = append(q.publishing(w, namesakes(w, q.server), last), q.otherNamesakes(w, q.server, chosen)...)
	if q.to.Name != q.server.Name {
		q.namesakes = append(append(q.namesakes, q.publishing(w, namesakes(w, q.to), q.legs[0])...), q.otherNamesakes(w, q.to, chosen)...)
	}
}

// publishing lets the container behind the published port of a host be the namesake,
// to which the host sends on what it gets on a leg, though not what it sends itself.
func (q *asked) publishing(w *topology.World, all []namesake, l leg) []namesake {
	for i, n := range all {
		h, _ := w.Host(n.name)
		if c, ok := h.Published(l.protocol, l.port); ok && h.Name != q.from.Machine {
			all[i].name = c.Name
			all[i].onward = &leg{clients: l.clients, server: c.Address, protocol: l.protocol, port: c.Port}
		}
	}
	return all
}

// findTwins finds whoever else a reply may get to: who has an address of the client's,
// the bridges and containers of the server's own machine included.
func (q *asked) findTwins(w *topology.World) {
	node := topology.Endpoint{Name: q.from.Machine, Machine: q.from.Machine, Address: q.from.Attached.Address}
	ends := []topology.Endpoint{q.from, node}
	if q.between.IsValid() {
		between := node
		between.Machine, between.Address = q.to.Name, q.between
		ends = append(ends, between)
	}
	server, isHost := w.Host(q.server.Machine)
	for _, e := range ends {
		q.twins = append(append(q.twins, namesakes(w, e)...), middleTwins(w, e)...)
		if !isHost || server.Name == e.Machine {
			continue
		}
		for _, b := range planBridges(w, server) {
			for _, a := range append(b.containers(), host(b.Address.Addr())) {
				if a.Addr() == e.Address {
					q.twins = append(q.twins, namesake{name: server.Name, machine: server.Name, hop: server.Name, address: e.Address})
				}
			}
		}
	}
}

// middleTwins finds the translators and load balancers with the address of an end.
func middleTwins(w *topology.World, end topology.Endpoint) []namesake {
	var all []namesake
	for _, e := range w.Destinations() {
		between := e.Kind == topology.KindTranslator || e.Kind == topology.KindBalancer
		v, _, ok := w.SubnetOf(e.Attached.Subnet)
		if between && ok && e.Address == end.Address && e.Machine != end.Machine {
			all = append(all, namesake{name: e.Name, machine: e.Machine, hop: v.Name, address: e.Address})
		}
	}
	return all
}

// otherNamesakes finds what has the server's address and is no endpoint: the client's
// own machine where a bridge of its engine has it, a container on such a bridge, and the load balancers and
// translators, which are named by whoever answers for them.
func (q *asked) otherNamesakes(w *topology.World, server topology.Endpoint, chosen func(balancer string) (BackendPlan, bool)) []namesake {
	var all []namesake
	if h, ok := w.Host(q.from.Machine); ok && server.Machine != h.Name {
		for _, b := range planBridges(w, h) {
			if b.Address.Addr() == server.Address {
				all = append(all, namesake{name: h.Name, machine: h.Name, hop: h.Name, address: server.Address})
			}
			for _, c := range b.Attached {
				if c.Address == server.Address {
					all = append(all, namesake{name: c.Name, machine: h.Name, hop: h.Name, address: server.Address})
				}
			}
		}
	}
	between := func(owner, answers string, nic topology.NIC, onward *leg) {
		if v, _, ok := w.SubnetOf(nic.Subnet); ok && nic.Address == server.Address && owner != q.to.Name {
			all = append(all, namesake{name: answers, machine: owner, hop: v.Name, address: nic.Address, onward: onward})
		}
	}
	for _, t := range w.Translators {
		target, _ := w.NIC(t.Target)
		between(t.Name, t.Target, t.NIC, &leg{clients: []netip.Addr{t.Source}, server: target.Address, protocol: q.protocol, port: q.flow.Port})
	}
	for _, b := range w.LoadBalancers {
		answers, onward := b.Name, (*leg)(nil)
		if to, ok := chosen(b.Name); ok && b.Listener == (topology.Listener{Protocol: q.protocol, Port: q.flow.Port}) {
			forwarded := q.flow
			forwarded.Port = to.At.Port()
			answers = listening(w, whoHas(w, b.NIC, to), forwarded).Name
			self, _ := w.Endpoint(b.Name)
			onward = &leg{clients: append(gatewayAddresses(w, self), b.NIC.Address), server: to.At.Addr(), protocol: q.protocol, port: to.At.Port()}
		}
		between(b.Name, answers, b.NIC, onward)
	}
	return all
}

// whoHas finds the machine that a load balancer's packets to a backend get to: in its
// own VPC another one may have the backend's address.
func whoHas(w *topology.World, balancer topology.NIC, backend BackendPlan) string {
	here, _, _ := w.SubnetOf(balancer.Subnet)
	for _, n := range w.NICs() {
		if v, _, ok := w.SubnetOf(n.Subnet); ok && here != nil && v.Name == here.Name && n.Address == backend.At.Addr() {
			return n.Owner
		}
	}
	return backend.Machine
}

// beyond lists the ways by which namesakes send on what they get.
func (q *asked) beyond() []leg {
	var all []leg
	for _, n := range q.namesakes {
		if n.onward != nil {
			all = append(all, *n.onward)
		}
	}
	return all
}
