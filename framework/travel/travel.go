package travel

import (
	"net/netip"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Packet is the addresses of a packet at one place of its way. The zero value is a
// packet of which nothing is known.
type Packet struct{ Source, Destination netip.Addr }

// Known reports whether both addresses are known.
func (p Packet) Known() bool { return p.Source.IsValid() && p.Destination.IsValid() }

// Follow reads what a step did to the addresses. The words are those of the oracle; a
// step that says nothing of addresses leaves them as they are.
func (p *Packet) Follow(w *topology.World, s verdict.Step) {
	from, to, both := strings.Cut(s.Did, " → ")
	switch {
	case both && (strings.HasPrefix(s.Did, "sent ") || strings.HasPrefix(s.Did, "translated ")):
		set(&p.Source, lastWord(from))
		set(&p.Destination, to)
	case strings.HasPrefix(s.Did, "masqueraded as "):
		set(&p.Source, bracketed(s.Did))
	case strings.HasPrefix(s.Did, "redirected to "), strings.HasPrefix(s.Did, "unmasqueraded to "):
		set(&p.Destination, bracketed(s.Did))
	case strings.HasPrefix(s.Did, "translated to ") && strings.Contains(s.Did, "("):
		set(&p.Destination, bracketed(s.Did))
	case strings.HasPrefix(s.Did, "translated to "): // a NAT gateway gives its own
		set(&p.Source, lastWord(s.Did))
	case strings.HasPrefix(s.Did, "forwarded to port "):
		p.forward(w, s)
	}
}

// forward is what a load balancer does: it sends in its own name.
func (p *Packet) forward(w *topology.World, s verdict.Step) {
	if b, known := w.LoadBalancer(s.Hop); known {
		p.Source = b.NIC.Address
	}
	if e, known := w.Endpoint(lastWord(s.Did)); known && e.Address.IsValid() {
		p.Destination = e.Address
	}
}

// At follows a path one way up to the first step at a hop by a rule, and beyond its
// end if there is none.
func At(w *topology.World, steps []verdict.Step, hop, rule string) Packet {
	var p Packet
	for _, s := range steps {
		if s.Hop == hop && s.Rule == rule && rule != "" {
			return p
		}
		p.Follow(w, s)
	}
	return p
}

func set(a *netip.Addr, text string) {
	if parsed, err := netip.ParseAddr(text); err == nil {
		*a = parsed
	}
}

// bracketed is what a text has in brackets, or its last word.
func bracketed(text string) string {
	_, after, open := strings.Cut(text, "(")
	inner, _, closed := strings.Cut(after, ")")
	if !open || !closed {
		return lastWord(text)
	}
	return inner
}

func lastWord(text string) string { return text[strings.LastIndex(text, " ")+1:] }
