package fabric

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// watched is a flow as the routers can recognise it: the addresses that its
// client may have on the wire, the server's, protocol and port.
type watched struct {
	clients  []netip.Addr
	server   netip.Addr
	protocol topology.Protocol
	port     uint16
}

// watch renders the counters that see one flow pass a router: before any of the
// router's rules and after all of them, both ways, per client address.
func (f watched) watch() nft.Table {
	t := nft.Table{Name: WatchTable, Chains: []nft.Chain{
		{Name: string(verdict.Entered), Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck - 50}},
		{Name: string(verdict.Left), Base: &nft.Base{Type: nft.Filter, Hook: nft.Postrouting, Priority: nft.PrioritySourceNAT + 200}},
	}}
	for i := range t.Chains {
		for _, c := range f.clients {
			for _, w := range []verdict.Way{verdict.Request, verdict.Reply} {
				t.Chains[i].Rules = append(t.Chains[i].Rules, nft.Rule{
					Name:    sightingName(w, verdict.Point(t.Chains[i].Name), c),
					Match:   f.match(w, c),
					Verdict: nft.Continue(),
				})
			}
		}
	}
	return t
}

func sightingName(w verdict.Way, p verdict.Point, client netip.Addr) string {
	return nft.Name(string(w), string(p), client.String())
}

func (f watched) match(w verdict.Way, client netip.Addr) nft.Match {
	host := func(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
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
	for _, w := range []verdict.Way{verdict.Request, verdict.Reply} {
		for _, p := range []verdict.Point{verdict.Entered, verdict.Left} {
			for _, c := range f.clients {
				if n := delta(sightingName(w, p, c)); n > 0 {
					all = append(all, verdict.Sighting{Hop: hop, Way: w, Point: p, Client: c, Packets: n})
				}
			}
		}
	}
	return all
}
