package paperlab

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Predict implements lab.Oracle. It is pure and safe for concurrent use.
func (l *Lab) Predict(w topology.World, f topology.Flow) verdict.Observation {
	o := verdict.Observation{Flow: f}
	if f.Protocol == topology.DNSQuery {
		o.From, o.Verdict = resolve(&w, f, &o.Path)
		o.Evidence = evidence(o.Verdict)
		return o
	}
	x := exchange{world: &w, flow: w.Target(f)}
	var ok bool
	if x.from, ok = w.Endpoint(f.From); !ok {
		o.Verdict = verdict.Inconclusive("the world has no host, node or pod %q", f.From)
		return o
	}
	if x.to, ok = w.Endpoint(f.To); !ok {
		o.Verdict = verdict.Inconclusive("the world has no host, node or pod %q", f.To)
		return o
	}
	o.From, o.To = x.from.Address, x.to.Address
	o.Verdict = x.predictAll(&o.Path)
	o.Evidence = evidence(o.Verdict)
	return o
}

// exchange is one flow, as the client sends it, with both ends resolved.
type exchange struct {
	world    *topology.World
	flow     topology.Flow
	from, to topology.Endpoint
}

// predict refuses what cannot be asked and asks the rest.
func (x exchange) predict(path *verdict.Path) verdict.Verdict {
	switch {
	case x.from.Kind == topology.KindService, x.from.Kind == topology.KindTranslator, x.from.Kind == topology.KindBalancer:
		return verdict.Inconclusive("%s is a %s, which asks nothing", x.from.Name, x.from.Kind)
	case !x.from.Address.IsValid():
		return verdict.Unreachable(x.from.Machine, verdict.NoAddress)
	case !x.to.Address.IsValid():
		return verdict.Inconclusive("%s has no address", x.to.Name)
	default:
		return x.ask(path)
	}
}

// ask follows the request.
func (x exchange) ask(path *verdict.Path) verdict.Verdict {
	k := &walker{world: x.world, client: x.from.Machine}
	there, d := k.depart(x.from, packet{
		src: x.from.Address, dst: x.to.Address,
		protocol: x.flow.Protocol, port: x.flow.Port, established: x.flow.Live,
	})
	path.Forth = k.steps
	if d == nil && there.src == there.at.Address && x.from.Machine != there.at.Machine {
		k.shares(there.at.Name, there.src)
	}
	if k.shared != "" {
		return verdict.Inconclusive("%s", k.shared)
	}
	if d != nil && d.code != "" {
		return verdict.RejectedBy(d.hop, d.rule, d.code)
	}
	if d != nil {
		return verdict.Dropped(d.hop, d.rule)
	}
	redirected, asked := x.askedFor(k, there.at)
	if !asked && k.namedTwice(there.at, x.to) {
		return verdict.Inconclusive("%s is asked for by its address, which a translator to it has as well", x.to.Name)
	}
	if !asked {
		return x.instead(k, there, path)
	}
	return x.answer(k, there, redirected, path)
}

// instead follows the reply of another one than was asked: of whoever owns the address
// where the packet ended.
func (x exchange) instead(k *walker, there arrival, path *verdict.Path) verdict.Verdict {
	if v, lost := x.replyLost(k, there.at, there, there.at.Name, path); lost {
		return v
	}
	who, _ := listening(x.world, there.at, there.packet)
	return verdict.Misdelivered(who.Name)
}

// replyLost follows the reply of who got a request, by what name reports have it.
func (x exchange) replyLost(k *walker, server topology.Endpoint, there arrival, name string, path *verdict.Path) (verdict.Verdict, bool) {
	k.steps = nil
	_, heard := listening(x.world, server, there.packet)
	home, d := k.depart(server, packet{
		src: there.dst, dst: there.src,
		protocol: there.protocol, port: there.port, reply: true, established: there.established,
		refusal: there.protocol != topology.ICMP && !heard,
	})
	path.Back = k.steps
	switch {
	case k.shared != "":
		return verdict.Inconclusive("%s", k.shared), true
	case d != nil:
		return verdict.ReplyLost(name, d.hop, d.rule), true
	case home.at.Machine == x.from.Machine && home.src == x.to.Address:
		return verdict.Verdict{}, false
	default:
		// Whoever has the client's address there gets it, or the client itself from whom it
		// has not asked. Its firewall may be to blame.
		if d := k.unasked(home); d != nil {
			return verdict.ReplyLost(name, d.hop, d.rule), true
		}
		return verdict.ReplyLost(name, home.at.Machine, ""), true
	}
}

// unasked asks the firewall of a machine that was sent a reply which it has not asked
// for. Only a datagram's begins a connection there.
func (k *walker) unasked(home arrival) *drop {
	first := k.asNew(home.at.Machine, home.packet)
	if first.reply {
		return nil
	}
	if h, known := k.world.Host(home.at.Machine); known {
		return k.firewall(h.Name, h.Firewall, topology.InputChain, first)
	}
	if home.at.Node != nil && home.at.Address == home.at.Attached.Address {
		return k.firewall(home.at.Machine, home.at.Node.Firewall, topology.InputChain, first)
	}
	return nil
}

// askedFor reports whether the request was redirected on its way, and whether
// who got it is who was asked for. Whoever a Service, translator or load
// balancer that was asked for chooses is, unless another one has its address.
func (x exchange) askedFor(k *walker, at topology.Endpoint) (redirected, asked bool) {
	for _, t := range k.translations {
		if t.redirects() {
			return true, (x.to.Kind == topology.KindService || t.at == x.to.Machine) && (t.meant == "" || t.meant == at.Machine)
		}
	}
	return false, (at.Name == x.to.Name || at.Address == x.to.Address) && at.Machine == x.to.Machine
}

// namedTwice reports whether a server was met through a translator that has its address:
// it is not told which of the two was asked for.
func (k *walker) namedTwice(at, asked topology.Endpoint) bool {
	return at.Machine == asked.Machine && slices.ContainsFunc(k.translations, func(t translation) bool {
		return t.meant == at.Machine && t.before.dst == t.after.dst
	})
}

// answer follows the reply of whoever serves there.
func (x exchange) answer(k *walker, there arrival, redirected bool, path *verdict.Path) verdict.Verdict {
	seen, server := k.clientOf(x.from, there.src), x.to
	if redirected {
		server, _ = listening(x.world, there.at, there.packet)
	}
	if v, lost := x.replyLost(k, server, there, x.to.Name, path); lost {
		return v
	}
	if !server.Listens(there.protocol, there.port) {
		return unlessShared(x.world, server, there.packet)
	}
	if n, stalls := k.tooNarrow(x.flow, x.from, server); stalls {
		return verdict.Stalled(n.hop, n.rule)
	}
	if v, denied := x.denied(server, there, path); denied {
		return v
	}
	v := verdict.ReachedAs(seen)
	v.SeenAddress = there.src
	return v
}

// clientOf names whom a server sees behind an address: the last one on the way
// who put its own in the client's place, or the client.
func (k *walker) clientOf(from topology.Endpoint, source netip.Addr) string {
	for i := len(k.translations) - 1; i >= 0; i-- {
		if k.translations[i].hidesClient() {
			return k.translations[i].at
		}
	}
	name, _ := from.SeenAs(source)
	return name
}

// unlessShared is a refusal, unless somebody else listens at the same address of
// the same machine: a node and its pods on the host network share their ports.
func unlessShared(w *topology.World, server topology.Endpoint, p packet) verdict.Verdict {
	if other, shared := listening(w, server, p); shared {
		return verdict.Misdelivered(other.Name)
	}
	return verdict.Refused()
}

// listening finds who listens for a packet at the address of an endpoint: itself,
// or somebody else on the same machine. Nobody's is the endpoint's.
func listening(w *topology.World, server topology.Endpoint, p packet) (topology.Endpoint, bool) {
	if server.Listens(p.protocol, p.port) {
		return server, true
	}
	for _, e := range w.Endpoints() {
		if e.Machine == server.Machine && e.Address == server.Address && e.Listens(p.protocol, p.port) {
			return e, true
		}
	}
	return server, false
}

// evidence is what a data plane would have recorded for the verdict.
func evidence(v verdict.Verdict) verdict.Evidence {
	e := verdict.Evidence{Sent: 1}
	switch v.Kind {
	case verdict.KindReached:
		e.Received = 1
	case verdict.KindDropped, verdict.KindReplyLost, verdict.KindStalled, verdict.KindRejected, verdict.KindAppDenied:
		if hop, rule := v.Cause(); rule != "" {
			e.Rules = []verdict.RuleCount{{Hop: hop, Rule: rule, Packets: 1}}
		}
	default:
		// Nothing is received and no rule counts.
	}
	return e
}
