package paperlab

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// acrossPeering asks a DCS instance whether it serves the sender of a new flow that
// came over a peering. What comes out of a VPC endpoint did not.
//
// Source: DCS FAQ "Does DCS Support Cross-VPC Access?"
func (k *walker) acrossPeering(hop, connection string, h topology.Host, p packet) *drop {
	if _, peered := k.world.Peering(connection); !peered {
		return nil
	}
	switch {
	case h.OneVPC():
		return k.dropped(hop, verdict.DCSOneVPC(h.Name))
	case k.world.DCSForbids(h.Name, p.src):
		return k.dropped(hop, verdict.DCSForbidden(h.Name))
	}
	return nil
}

// listed asks the whitelist of a host about a new flow. A service that says no in
// its own protocol does so on its own port, after the connection stands: whatever
// else is for its host passes.
//
// Source: DCS "Managing IP Address Whitelist"; RDS "Enabling or Disabling Access
// Control". How somebody is refused is DOMAIN 5 of the design.
func (k *walker) listed(hop string, h topology.Host, p packet) *drop {
	l, rule := h.Whitelist, verdict.Whitelist(h.Name)
	switch {
	case !l.InForce():
		return nil
	case l.Admits(p.src):
		k.step(hop, "", "whitelist of %s admitted %s", h.Name, entryOf(l, p.src))
		return nil
	case l.Refusal == topology.ApplicationRefusal:
		return nil
	case l.Refusal == topology.ResetRefusal && p.protocol == topology.TCP && p.dst == h.NIC.Address && k.hears(h, p):
		return k.rejected(hop, rule, verdict.ConnectionReset)
	}
	return k.dropped(hop, rule)
}

// hears reports whether who sent a packet gets what is sent back in the name of the
// host: a reset takes the way of the host's own replies, and may be lost on it or come to
// another one with the sender's address.
func (k *walker) hears(h topology.Host, p packet) bool {
	back := &walker{world: k.world, translations: slices.Clone(k.translations), passed: k.passed}
	home, d := back.overVPC(h.Name, packet{src: p.dst, dst: p.src, protocol: p.protocol, port: p.port, reply: true, established: true})
	return d == nil && home.at.Machine == k.client
}

// entryOf is the entry of a list that holds an address, or the address itself.
func entryOf(l *topology.Whitelist, a netip.Addr) string {
	for _, e := range l.Entries() {
		if e.Contains(a) {
			return e.String()
		}
	}
	return a.String()
}

// denied is what a server says to a client whose connection stands, where that is
// a no: the client is not on its list, it does not speak the client's protocol, or
// it knows another password.
func (x exchange) denied(server topology.Endpoint, there arrival, path *verdict.Path) (verdict.Verdict, bool) {
	no := func(code, format string, args ...any) (verdict.Verdict, bool) {
		path.Forth = append(path.Forth, verdict.Step{Hop: server.Name, Did: fmt.Sprintf(format, args...)})
		return verdict.AppDenied(server.Name, code), true
	}
	m := server.Managed
	if there.protocol != topology.TCP || !m.Listens(there.port) {
		if x.flow.Use == "" {
			return verdict.Verdict{}, false
		}
		return no(verdict.OtherProtocol, "%s does not speak %s", server.Name, x.flow.Use)
	}
	h, _ := x.world.Host(server.Name)
	switch {
	case x.flow.Use != m.Kind.Use():
		return no(verdict.OtherProtocol, "%s speaks %s only", server.Name, m.Kind.Use())
	case !h.Whitelist.Admits(there.src):
		return no(verdict.NotListed, "%s refused %s, which is not on its whitelist", server.Name, there.src)
	case m.Kind != topology.DMSKafka && m.Accepts() != topology.AppPassword:
		return no(verdict.WrongPassword, "%s refused the password", server.Name)
	}
	path.Forth = append(path.Forth, verdict.Step{Hop: server.Name, Did: fmt.Sprintf("%s served %s", server.Name, m.Kind.Use())})
	return verdict.Verdict{}, false
}

// predictAll predicts a flow and, for Kafka, the connections that its client makes
// to every broker after the first: the first that fails decides.
func (x exchange) predictAll(path *verdict.Path) verdict.Verdict {
	first := x.predict(path)
	if !first.Positive() {
		return first
	}
	for _, leg := range x.world.ToBrokers(x.flow) {
		if leg == x.flow {
			continue
		}
		to, known := x.world.Endpoint(leg.To)
		if !known {
			return verdict.Inconclusive("the world has no broker %q", leg.To)
		}
		own := verdict.Path{}
		v := exchange{world: x.world, flow: leg, from: x.from, to: to}.predict(&own)
		told := verdict.Step{Hop: x.from.Name, Did: fmt.Sprintf("was told of broker %s at %s", leg.To, netip.AddrPortFrom(to.Address, leg.Port))}
		path.Forth = append(append(path.Forth, told), own.Forth...)
		path.Back = append(path.Back, own.Back...)
		if !v.Positive() {
			return v
		}
	}
	return first
}
