package fabric

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// follow finds the legs of a flow and who serves it at the end of the last.
// chosen finds the backend that a load balancer forwards to.
func (q *asked) follow(w *topology.World, chosen func(balancer string) (BackendPlan, bool)) {
	clients := append(clientAddresses(w, q.from), gatewayAddresses(w, q.from)...)
	q.server = q.to
	q.legs = []leg{{clients: clients, server: q.to.Address, protocol: q.protocol, port: q.flow.Port}}
	onward := leg{protocol: q.protocol, port: q.flow.Port}
	switch q.to.Kind {
	case topology.KindTranslator:
		t, _ := w.Translator(q.to.Name)
		q.server, _ = w.Endpoint(t.Target)
		q.between = t.Source
	case topology.KindBalancer:
		b, _ := w.LoadBalancer(q.to.Name)
		backend, ok := chosen(q.to.Name)
		if !ok || b.Listener != (topology.Listener{Protocol: q.protocol, Port: q.flow.Port}) {
			return
		}
		forwarded := q.flow
		forwarded.Port = backend.At.Port()
		q.server = listening(w, backend.Machine, forwarded)
		q.between, onward.port = b.NIC.Address, backend.At.Port()
		onward.clients = gatewayAddresses(w, q.to) // it may be in front of another network's backends
	default:
		return
	}
	onward.clients, onward.server = append([]netip.Addr{q.between}, onward.clients...), q.server.Address
	q.legs = append(q.legs, onward)
}

// seenAs names whom a server saw. What has put its own address in the client's
// place is named even where the client has the same.
func (q *asked) seenAs(w *topology.World, source netip.Addr) (string, bool) {
	if q.between.IsValid() && source == q.between {
		return q.to.Name, true
	}
	return w.Sees(q.from, source)
}

// published lets the container behind a published port of a host be the server.
func (q *asked) published(w *topology.World) {
	h, ok := w.Host(q.server.Name)
	if !ok {
		return
	}
	last := q.legs[len(q.legs)-1]
	c, ok := h.Published(last.protocol, last.port)
	if !ok {
		return
	}
	q.past = namesake{machine: q.from.Machine, hop: q.leavesFrom}
	if len(q.legs) > 1 {
		v, _, _ := w.SubnetOf(q.to.Attached.Subnet)
		q.past = namesake{machine: q.to.Name, hop: v.Name}
	}
	q.server.Name, q.server.Address = c.Name, c.Address
	q.namesakes = append(q.namesakes, namesakes(w, q.server)...)
	q.legs = append(q.legs, leg{clients: last.clients, server: c.Address, protocol: last.protocol, port: c.Port})
	q.arrivesAt, q.door = h.Name, BridgeName(topology.DefaultBridge)
}

// listening finds who gets a flow that is directed to a machine's own address: a
// pod on its network that listens on the port, or the machine itself.
func listening(w *topology.World, machine string, f topology.Flow) topology.Endpoint {
	self, _ := w.Endpoint(machine)
	if self.Listens(f.Protocol, f.Port) {
		return self
	}
	for _, e := range w.Endpoints() {
		if e.Machine == machine && e.Address == self.Address && e.Listens(f.Protocol, f.Port) {
			return e
		}
	}
	return self
}

// gatewayAddresses are those of the NAT gateways by which an endpoint's packets
// may leave its VPC.
func gatewayAddresses(w *topology.World, from topology.Endpoint) []netip.Addr {
	here, _, ok := w.SubnetOf(from.Attached.Subnet)
	var all []netip.Addr
	for _, g := range w.NATGateways {
		if ok && g.VPC == here.Name {
			all = append(all, g.Address)
		}
	}
	return all
}
