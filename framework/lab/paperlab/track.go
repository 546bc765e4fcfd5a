package paperlab

import (
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// passing is a request as a router or node saw it.
type passing struct {
	hop      string
	src, dst netip.Addr
}

// ephemeralPort stands for the port that a client's kernel chose, which is none that
// anybody listens on.
const ephemeralPort = 50000

// track has a router remember a request that it routes. A reply to one that it never
// saw, since it came another way, belongs to no connection here: it ends, unless it
// could as well be the first of its own, as any datagram could.
//
// Source: VPC user guide, "Security Groups and Security Group Rules" (stateful).
func (k *walker) track(vpc string, p packet) *drop {
	switch {
	case !p.reply:
		k.saw(vpc, p)
		return nil
	case k.knows(vpc, p), p.protocol == topology.UDP && !p.refusal:
		return nil
	default:
		return k.dropped(vpc, verdict.InvalidState(vpc))
	}
}

// knows reports whether a packet belongs to a connection that a router or node knows,
// so that no rule about new flows is asked.
func (k *walker) knows(hop string, p packet) bool {
	return p.established || p.reply && k.passed[passing{hop: hop, src: p.dst, dst: p.src}]
}

// saw has a hop remember a request.
func (k *walker) saw(hop string, p packet) {
	if k.passed == nil {
		k.passed = map[passing]bool{}
	}
	k.passed[passing{hop: hop, src: p.src, dst: p.dst}] = true
}

// asNew is what a machine makes of a packet: a datagram of whose request it has seen
// nothing is the first of a connection there, whoever sent it for a reply.
func (k *walker) asNew(hop string, p packet) packet {
	if p.reply && p.protocol == topology.UDP && !p.refusal && !k.knows(hop, p) {
		p.reply, p.established, p.port = false, false, ephemeralPort
	}
	return p
}

// shares notes that a machine was sent a packet whose source is an address of its own.
// What becomes of such a packet is its kernel's secret, and no documentation's subject.
func (k *walker) shares(machine string, a netip.Addr) {
	k.shared = fmt.Sprintf("%s is sent a packet from its own address %s, which another one has as well", machine, a)
}
