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

// watch renders the counters that see one flow pass a hop: before any of the
// hop's rules and after all of them, both ways, per leg and client address; and
// those that see which of the hop's dropping rules have condemned its packets.
func (f watched) watch(hop string, fates Fates) nft.Table {
	t := nft.Table{Name: WatchTable, Chains: []nft.Chain{
		{Name: string(verdict.Entered), Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck - 50}},
		{Name: string(verdict.Left), Base: &nft.Base{Type: nft.Filter, Hook: nft.Postrouting, Priority: nft.PrioritySourceNAT + 200}},
	}}
	condemning := f.besides()
	for i := range t.Chains {
		t.Chains[i].Rules = f.besides()
	}
	for _, m := range f.matches() {
		for i := range t.Chains {
			point := verdict.Point(t.Chains[i].Name)
			t.Chains[i].Rules = append(t.Chains[i].Rules, nft.Rule{
				Name: sightingName(m, point), Match: f.throughDoor(hop, m, point), Verdict: nft.Continue(),
			})
		}
		condemning = append(condemning, nft.Rule{Match: m.Match, Verdict: nft.Jump(fateChain(m.way))})
	}
	for _, m := range (watched{legs: f.beyond}).matches() {
		condemning = append(condemning, nft.Rule{Match: m.Match, Verdict: nft.Jump(fateChain(m.way))})
	}
	for _, m := range f.carried() {
		condemning = append(condemning, nft.Rule{Match: m.Match, Verdict: nft.Jump(fateChain(m.way))})
	}
	for _, m := range f.told() {
		condemning = append(condemning, nft.Rule{Match: m.Match, Verdict: nft.Jump(fateChain(m.way))})
	}
	for _, way := range ways() {
		fate := nft.Chain{Name: fateChain(way)}
		for i, rule := range fates {
			fate.Rules = append(fate.Rules, nft.Rule{
				Name: fateName(way, rule), Match: nft.Match{Mark: markOf(i)}, Verdict: nft.Continue(),
			})
		}
		fate.Rules = append(fate.Rules, counted())
		t.Chains = append(t.Chains, fate)
	}
	t.Chains = append(t.Chains, nft.Chain{Name: condemningChain, Rules: condemning})
	for _, h := range verdictHooks() {
		t.Chains = append(t.Chains, nft.Chain{
			Name: nft.Name("condemned", h.String()), Rules: []nft.Rule{{Verdict: nft.Jump(condemningChain)}},
			Base: &nft.Base{Type: nft.Filter, Hook: h, Priority: after(h, priorityWatchFates)},
		})
	}
	return t
}

// besides passes over the packets of connections that are kept aside. Ports alone
// would not do: another client may come from the same one.
func (f watched) besides() []nft.Rule {
	var all []nft.Rule
	for _, s := range f.aside {
		for _, l := range f.legs {
			if l.protocol != topology.TCP || l.port != s.server || s.client == 0 {
				continue // one that never had a port has sent nothing
			}
			for _, client := range l.clients {
				forth, back := l.match(verdict.Request, client), l.match(verdict.Reply, client)
				forth.SourcePorts, back.DestinationPorts = nft.Port(s.client), nft.Port(s.client)
				all = append(all, nft.Rule{Match: forth, Verdict: nft.Return()}, nft.Rule{Match: back, Verdict: nft.Return()})
			}
		}
	}
	return all
}

// condemningChain leads, from every hook, the flow's packets to the fates of their way.
// With it, chains differ from one flow to the next as little as possible, and what is
// equal is not sent again.
const condemningChain = "condemning"

func fateChain(w verdict.Way) string { return nft.Name("fate", string(w)) }

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

// throughDoor narrows the sighting of an arriving request to the interface that
// leads to the server's machine.
func (f watched) throughDoor(hop string, m wayMatch, p verdict.Point) nft.Match {
	at, door := f.legs[m.leg].arrivesAt, f.legs[m.leg].door
	if m.leg == len(f.legs)-1 && f.arrivesAt != "" {
		at, door = f.arrivesAt, f.door
	}
	if hop == at && door != "" && m.way == verdict.Request && p == verdict.Left {
		m.OutIface = door
	}
	return m.Match
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

// sightings turns the counters' difference at one router into sightings, in a
// fixed order and without those that saw nothing.
func (f watched) sightings(hop string, delta func(counter string) uint64) []verdict.Sighting {
	var all []verdict.Sighting
	matches := f.matches()
	for i := range f.legs {
		for _, w := range ways() {
			for _, p := range []verdict.Point{verdict.Entered, verdict.Left} {
				for _, m := range matches {
					if m.leg != i || m.way != w {
						continue
					}
					if n := delta(sightingName(m, p)); n > 0 {
						all = append(all, verdict.Sighting{Hop: hop, Leg: i, Way: w, Point: p, Client: m.client, Packets: n})
					}
				}
			}
		}
	}
	return all
}

// fates turns the counters' difference at one hop into the rules that have
// condemned packets of the flow, in the order of the hop's rules.
func (f watched) fates(hop string, rules Fates, delta func(counter string) uint64) []verdict.RuleCount {
	var all []verdict.RuleCount
	for _, rule := range rules {
		for _, w := range ways() {
			if n := delta(fateName(w, rule)); n > 0 {
				all = append(all, verdict.RuleCount{Hop: hop, Rule: rule, Way: w, Packets: n})
			}
		}
	}
	return all
}
