package paperlab

import (
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// packet is what travels: addresses as they are on the wire at this moment.
type packet struct {
	src, dst netip.Addr
	protocol topology.Protocol
	port     uint16
	// reply marks a packet of the server's.
	reply bool
	// refusal marks the reply of a server's kernel, since nobody listens.
	refusal bool
	// established marks a packet of a connection that stands already.
	established bool
}

// known reports whether the packet belongs to a connection, so that no rule about new
// flows is asked by whoever knows the connection: every machine that it comes by does,
// and every router that has seen the request.
func (p packet) known() bool { return p.reply || p.established }

// as says why a known packet passes.
func (p packet) as() string {
	if p.reply {
		return "as a reply"
	}
	return "as established"
}

// drop is the end of a packet: nil means it goes on. One with a code was
// answered with it.
type drop struct{ hop, rule, code string }

// arrival is a packet as it arrived and the endpoint that got it.
type arrival struct {
	packet
	at topology.Endpoint
}

// translation is what somebody on the way made of a request, so that the reply
// can be given back the addresses that the client knows.
type translation struct {
	at            string
	before, after packet
	// meant is the machine that a redirected request is for; empty where who gets it
	// was asked for, whoever it is.
	meant string
}

// hidesClient reports whether the source was replaced, be it by the same address: what
// stands between puts its own in the client's place.
func (t translation) hidesClient() bool { return t.before.src != t.after.src || t.meant != "" }

// redirects reports whether the destination was replaced, or meant in another network:
// a translator's own address may be its target's as well.
func (t translation) redirects() bool {
	return t.before.dst != t.after.dst || t.before.port != t.after.port || t.meant != ""
}

// walker follows the packets of one flow and notes their steps, what was made of
// their addresses, and what large ones would have met.
type walker struct {
	world *topology.World
	// client is the machine whose flow it is.
	client       string
	steps        []verdict.Step
	translations []translation
	// narrows are the places that do not carry every packet, in the order in
	// which they were met; clamp is the smallest packet that gateways told both
	// ends to send at most, zero where none did.
	narrows []narrow
	clamp   int
	hops    int
	// shared says which machine was sent a packet in its own name; empty for none.
	shared string
	// passed are the requests that routers and nodes have seen.
	passed map[passing]bool
}

func (k *walker) step(hop, rule, format string, args ...any) {
	k.steps = append(k.steps, verdict.Step{Hop: hop, Did: fmt.Sprintf(format, args...), Rule: rule})
}

func (k *walker) dropped(hop, rule string) *drop {
	k.step(hop, rule, "dropped")
	return &drop{hop: hop, rule: rule}
}

func (k *walker) rejected(hop, rule, code string) *drop {
	k.step(hop, rule, "rejected with %s", code)
	return &drop{hop: hop, rule: rule, code: code}
}

// redirected remembers what was made of a request, and for whom.
func (k *walker) redirected(at, meant string, before, after packet) {
	k.translations = append(k.translations, translation{at: at, before: before, after: after, meant: meant})
}

// translated remembers what was made of a request.
func (k *walker) translated(at string, before, after packet) {
	if before != after {
		k.translations = append(k.translations, translation{at: at, before: before, after: after})
	}
}

// undone gives a reply the addresses back that its request had before it was
// translated here, if the request was.
func (k *walker) undone(at string, p packet) (packet, bool) {
	last := len(k.translations) - 1
	if last < 0 {
		return p, false
	}
	t := k.translations[last]
	if t.at != at || p.src != t.after.dst || p.dst != t.after.src {
		return p, false
	}
	k.translations = k.translations[:last]
	p.src, p.dst, p.port = t.before.dst, t.before.src, t.before.port
	if t.redirects() {
		k.step(at, "", "translated back to %s → %s", p.src, p.dst)
	} else {
		k.step(at, "", "unmasqueraded to %s", k.nameOf(at, p.dst))
	}
	return p, true
}

// nameOf is an address with the name of who has it on a machine, or the address
// alone.
func (k *walker) nameOf(machine string, a netip.Addr) string {
	for _, e := range k.world.Endpoints() {
		if e.Machine == machine && e.Address == a {
			return fmt.Sprintf("%s (%s)", e.Name, a)
		}
	}
	return a.String()
}
