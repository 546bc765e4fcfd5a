package drawing

import (
	"net/netip"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// addresses are a packet's on its way, as far as the steps of a path tell.
type addresses struct {
	world               *topology.World
	source, destination string
}

// follow reads what a step did to the addresses. The words are those of the oracle.
func (a *addresses) follow(s verdict.Step) {
	from, to, both := strings.Cut(s.Did, " → ")
	switch {
	case strings.HasPrefix(s.Did, "sent ") && both:
		a.source, a.destination = strings.TrimPrefix(from, "sent "), to
	case strings.HasPrefix(s.Did, "translated ") && both:
		words := strings.Fields(from)
		a.source, a.destination = words[len(words)-1], to
	case strings.HasPrefix(s.Did, "masqueraded as "):
		a.source = bracketed(s.Did, a.source)
	case strings.HasPrefix(s.Did, "redirected to "), strings.HasPrefix(s.Did, "unmasqueraded to "):
		a.destination = bracketed(s.Did, s.Did[strings.LastIndex(s.Did, " ")+1:])
	case strings.HasPrefix(s.Did, "translated to "):
		rest := strings.TrimPrefix(s.Did, "translated to ")
		if _, err := netip.ParseAddr(rest); err == nil { // a NAT gateway gives its own
			a.source = rest
			return
		}
		a.destination = bracketed(s.Did, a.destination)
	case strings.HasPrefix(s.Did, "forwarded to port "):
		a.forwarded(s)
	}
}

// forwarded is what a load balancer does: it sends in its own name.
func (a *addresses) forwarded(s verdict.Step) {
	if b, known := a.world.LoadBalancer(s.Hop); known {
		a.source = b.NIC.Address.String()
	}
	if e, known := a.world.Endpoint(s.Did[strings.LastIndex(s.Did, " ")+1:]); known && e.Address.IsValid() {
		a.destination = e.Address.String()
	}
}

// bracketed is the address in a text's brackets, or else what is given.
func bracketed(text, otherwise string) string {
	_, after, open := strings.Cut(text, "(")
	inner, _, closed := strings.Cut(after, ")")
	if !open || !closed {
		return otherwise
	}
	return inner
}
