package fabric

import (
	"net/netip"
	"slices"
	"strconv"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// watched is a flow as the hops can recognise it: one leg, or two when something
// in between answers under its own name and asks on. A flow inside the overlay is
// carried between two nodes, whose packets the routers see instead.
type watched struct {
	legs     []leg
	carriers []netip.Addr
	// returning are pairs of nodes between which replies are carried besides: to a
	// client whose address is that of a container of theirs.
	returning [][2]netip.Addr
	// arrivesAt is the router that hands the request to the server's machine,
	// door its interface there: leaving by another is not arriving.
	arrivesAt, door string
	// bulk is a flow that finds out on its way what size of packets it may have.
	bulk bool
	// stream is the client's port of the one connection that is asked over; zero
	// is any that is made now. aside are connections that stand and are not asked
	// over: what they repeat is none of the flow's.
	stream uint16
	aside  []standing
	// beyond are ways that the flow may take when somebody else gets it: what is lost
	// there is counted, and nothing else.
	beyond []leg
}

// standing is a connection that stands, by the ports of its ends, with the legs
// of its way.
type standing struct {
	server, client uint16
	legs           []leg
}

// meets reports whether a packet of the connection could be taken for one of a flow
// with these legs: between the same addresses, to the same port.
func (s standing) meets(legs []leg) bool {
	return slices.ContainsFunc(s.legs, func(a leg) bool {
		return slices.ContainsFunc(legs, func(b leg) bool {
			shared := slices.ContainsFunc(a.clients, func(c netip.Addr) bool { return slices.Contains(b.clients, c) })
			return shared && a.server == b.server && a.protocol == b.protocol && a.port == b.port
		})
	})
}

// leg is a part of a flow's way: the addresses that its client may have on the
// wire, the server's, protocol and port.
type leg struct {
	clients  []netip.Addr
	server   netip.Addr
	protocol topology.Protocol
	port     uint16
	// arrivesAt is the hop that hands the leg's request to its server, where that
	// is not the flow's, and door its interface there.
	arrivesAt, door string
}

func ways() []verdict.Way { return []verdict.Way{verdict.Request, verdict.Reply} }

// lookout is a watched flow with everything by which its packets are recognised.
type lookout struct {
	watched
	// matches are the packets that are sightings of the flow, condemning those whose
	// fate is the flow's, besides those that are passed over.
	matches, condemning []wayMatch
	beside              []nft.Match
}

// look prepares to recognise the flow's packets: those of every leg, way and client
// address, before any of a hop's rules and after all of them; and those that a hop's
// dropping rules have condemned.
func (f watched) look() lookout {
	l := lookout{watched: f, matches: f.matches(), beside: f.besides()}
	l.condemning = slices.Concat(l.matches, (watched{legs: f.beyond}).matches(), f.carried(), f.told())
	return l
}

// besides passes over the packets of connections that are kept aside. Ports alone
// would not do: another client may come from the same one.
func (f watched) besides() []nft.Match {
	var all []nft.Match
	for _, s := range f.aside {
		for _, l := range f.legs {
			if l.protocol != topology.TCP || l.port != s.server || s.client == 0 {
				continue // one that never had a port has sent nothing
			}
			for _, client := range l.clients {
				forth, back := l.match(verdict.Request, client), l.match(verdict.Reply, client)
				forth.SourcePorts, back.DestinationPorts = nft.Port(s.client), nft.Port(s.client)
				all = append(all, forth, back)
			}
		}
	}
	return all
}

// wayMatch recognises the flow's packets of one leg, way and client address.
type wayMatch struct {
	nft.Match
	leg    int
	way    verdict.Way
	client netip.Addr
}

func (f watched) matches() []wayMatch {
	var all []wayMatch
	for i, l := range f.legs {
		for _, c := range l.clients {
			for _, w := range ways() {
				all = append(all, wayMatch{Match: f.ofStream(l.match(w, c), w), leg: i, way: w, client: c})
			}
			if l.protocol == topology.UDP {
				all = append(all, wayMatch{Match: l.refusal(c), leg: i, way: verdict.Reply, client: c})
			}
		}
	}
	return all
}

// ofStream narrows a match to the one connection that is asked over.
func (f watched) ofStream(m nft.Match, w verdict.Way) nft.Match {
	switch {
	case f.stream == 0:
	case w == verdict.Request:
		m.SourcePorts = nft.Port(f.stream)
	default:
		m.DestinationPorts = nft.Port(f.stream)
	}
	return m
}

// throughDoor is the interface by which an arriving request must leave a hop to be
// sighted there: the one that leads to the server's machine. It is empty where any does.
func (f watched) throughDoor(hop string, m wayMatch, p verdict.Point) string {
	at, door := f.legs[m.leg].arrivesAt, f.legs[m.leg].door
	if m.leg == len(f.legs)-1 && f.arrivesAt != "" {
		at, door = f.arrivesAt, f.door
	}
	if hop == at && m.way == verdict.Request && p == verdict.Left {
		return door
	}
	return ""
}

// carried recognises the overlay's packets between the two carriers.
func (f watched) carried() []wayMatch {
	between := func(w verdict.Way, a, b netip.Addr) wayMatch {
		return wayMatch{way: w, Match: nft.Match{
			Source: host(a), Destination: host(b), Protocol: nft.UDP, DestinationPorts: nft.Port(overlayPort),
		}}
	}
	var all []wayMatch
	var usual [2]netip.Addr
	if len(f.carriers) == 2 {
		a, b := f.carriers[0], f.carriers[1]
		usual = [2]netip.Addr{b, a}
		all = append(all, between(verdict.Request, a, b), between(verdict.Reply, b, a))
	}
	for _, pair := range f.returning {
		if pair != usual {
			all = append(all, between(verdict.Reply, pair[0], pair[1]))
		}
	}
	return all
}

// told recognises what tells either end of a bulk flow that its packets are too
// big: a message that is lost is the flow's loss.
func (f watched) told() []wayMatch {
	if !f.bulk {
		return nil
	}
	var all []wayMatch
	about := func(w verdict.Way, to netip.Addr) {
		all = append(all, wayMatch{way: w, Match: nft.Match{
			Destination: host(to), Protocol: nft.ICMP, ICMPType: nft.DestinationUnreachable,
		}})
	}
	for _, l := range f.legs {
		for _, c := range l.clients {
			about(verdict.Request, c)
		}
		about(verdict.Reply, l.server)
	}
	return all
}

func host(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

// sightingName is what a mutant knows the count of a sighting by.
func sightingName(m wayMatch, p verdict.Point) string {
	return nft.Name(strconv.Itoa(m.leg), string(m.way), string(p), m.client.String(), m.Protocol.String())
}

// refusal recognises the server's answer to a datagram that nobody listens for: an
// error of its kernel, which is as much a reply as a datagram is.
func (f leg) refusal(client netip.Addr) nft.Match {
	return nft.Match{
		Source: host(f.server), Destination: host(client), Protocol: nft.ICMP, ICMPType: nft.DestinationUnreachable,
	}
}

func (f leg) match(w verdict.Way, client netip.Addr) nft.Match {
	m := nft.Match{Source: host(client), Destination: host(f.server), Protocol: protocolOf(f.protocol)}
	if w == verdict.Reply {
		m.Source, m.Destination = m.Destination, m.Source
	}
	switch {
	case f.protocol == topology.ICMP && w == verdict.Request:
		m.ICMPType = nft.EchoRequest
	case f.protocol == topology.ICMP:
		m.ICMPType = nft.EchoReply
	case w == verdict.Request:
		m.DestinationPorts = nft.Port(f.port)
	default:
		m.SourcePorts = nft.Port(f.port)
	}
	return m
}

// passedOver reports whether a packet is of a connection that is kept aside.
func (l *lookout) passedOver(p *nft.Packet) bool {
	for i := range l.beside {
		if p.Is(&l.beside[i]) {
			return true
		}
	}
	return false
}

// sightings finds those of the flow in what passed one hop, in a fixed order.
func (l *lookout) sightings(hop string, passed nft.Notes, x *Mutant) []verdict.Sighting {
	type kind struct {
		nft.Packet
		out   string
		count uint64
	}
	var kinds []kind
	for p, n := range passed {
		if !l.passedOver(&p) {
			kinds = append(kinds, kind{p, p.OutIface(), n})
		}
	}
	count := func(m *wayMatch, point verdict.Point) (n uint64) {
		door := l.throughDoor(hop, *m, point)
		for i := range kinds {
			k := &kinds[i]
			if (k.out != "") == (point == verdict.Left) && (door == "" || door == k.out) && k.Is(&m.Match) {
				n += k.count
			}
		}
		return n
	}
	var all []verdict.Sighting
	for leg := range l.legs {
		for _, w := range ways() {
			for _, p := range []verdict.Point{verdict.Entered, verdict.Left} {
				for i := range l.matches {
					m := &l.matches[i]
					if m.leg != leg || m.way != w {
						continue
					}
					n := count(m, p)
					if x != nil {
						n = x.counted(hop, sightingName(*m, p), n)
					}
					if n > 0 {
						all = append(all, verdict.Sighting{Hop: hop, Leg: leg, Way: w, Point: p, Client: m.client, Packets: n})
					}
				}
			}
		}
	}
	return all
}

// fates finds, in what was condemned at one hop, the rules that have condemned packets
// of the flow, in the order of the hop's rules.
func (l *lookout) fates(hop string, rules Fates, condemned nft.Notes, x *Mutant) []verdict.RuleCount {
	counts := map[verdict.Way]map[int]uint64{verdict.Request: {}, verdict.Reply: {}}
	for p, n := range condemned {
		rule, ok := ruleOf(p.Mark())
		if !ok || l.passedOver(&p) {
			continue
		}
		for _, w := range ways() {
			if slices.ContainsFunc(l.condemning, func(m wayMatch) bool { return m.way == w && p.Is(&m.Match) }) {
				counts[w][rule] += n
			}
		}
	}
	var all []verdict.RuleCount
	for i, rule := range rules {
		for _, w := range ways() {
			n := counts[w][i]
			if x != nil {
				n = x.counted(hop, fateName(w, rule), n)
			}
			if n > 0 {
				all = append(all, verdict.RuleCount{Hop: hop, Rule: rule, Way: w, Packets: n})
			}
		}
	}
	return all
}
