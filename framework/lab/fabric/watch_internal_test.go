package fabric

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// between is a flow from a pod, which leaves as itself or as its node, to a peer behind a
// door of the router, and what hops may have noted of it.
type between struct {
	pod, node, peer netip.Addr
	watched
}

func podAndPeer(p topology.Protocol) between {
	b := between{pod: podAddress, node: nodeAddress, peer: peerAddress}
	b.watched = watched{
		legs:      []leg{{clients: []netip.Addr{b.node, b.pod}, server: b.peer, protocol: p, port: 80}},
		arrivesAt: "vpc", door: "nic-peer",
	}
	return b
}

func (b between) request(from netip.Addr, port uint16) nft.Packet {
	return nft.NewPacket(nft.TCP, netip.AddrPortFrom(from, port), netip.AddrPortFrom(b.peer, 80))
}

func (b between) reply(to netip.Addr, port uint16) nft.Packet {
	return nft.NewPacket(nft.TCP, netip.AddrPortFrom(b.peer, 80), netip.AddrPortFrom(to, port))
}

func TestLookout_sightings(t *testing.T) {
	b := podAndPeer(topology.TCP)
	other := nft.NewPacket(nft.TCP, netip.AddrPortFrom(b.pod, 40000), netip.AddrPortFrom(b.peer, 81))
	passed := nft.Notes{
		b.request(b.pod, 40000):                         2,
		b.request(b.node, 40000).Leaving("nic-peer"):    3,
		b.request(b.node, 40001).Leaving("nic-another"): 5,
		b.reply(b.node, 40000):                          7,
		b.reply(b.pod, 40000).Leaving("nic-node"):       11,
		other: 13, other.Leaving("nic-peer"): 13,
		nft.NewPacket(nft.UDP, netip.AddrPortFrom(b.pod, 40000), netip.AddrPortFrom(b.peer, 80)): 17,
	}
	sighting := func(hop string, w verdict.Way, p verdict.Point, client netip.Addr, n uint64) verdict.Sighting {
		return verdict.Sighting{Hop: hop, Way: w, Point: p, Client: client, Packets: n}
	}
	of := func(hop string, left uint64) []verdict.Sighting {
		return []verdict.Sighting{
			sighting(hop, verdict.Request, verdict.Entered, b.pod, 2), sighting(hop, verdict.Request, verdict.Left, b.node, left),
			sighting(hop, verdict.Reply, verdict.Entered, b.node, 7), sighting(hop, verdict.Reply, verdict.Left, b.pod, 11),
		}
	}
	l := b.look()
	if got, want := l.sightings("vpc", passed, nil), of("vpc", 3); !reflect.DeepEqual(got, want) {
		t.Errorf("where the request arrives:\ngot  %v\nwant %v", got, want)
	}
	if got, want := l.sightings("vpc-2", passed, nil), of("vpc-2", 8); !reflect.DeepEqual(got, want) {
		t.Errorf("elsewhere:\ngot  %v\nwant %v", got, want)
	}

	b.aside = []standing{{server: 80, client: 40000}}
	l = b.look()
	if got := l.sightings("vpc-2", passed, nil); len(got) != 1 || got[0].Packets != 5 {
		t.Errorf("with a connection aside, got %v", got)
	}
	b.aside, b.stream = nil, 40001
	l = b.look()
	if got := l.sightings("vpc-2", passed, nil); len(got) != 1 || got[0].Packets != 5 {
		t.Errorf("of one connection, got %v", got)
	}
}

// Every packet that a rule has condemned counts once for each way, by the number in its
// mark, whoever else may have asked for it.
func TestLookout_fates(t *testing.T) {
	b := podAndPeer(topology.TCP)
	b.beyond = b.legs // what overlaps must not count twice
	rules := Fates{"first", "second", "third"}
	foreign := nft.NewPacket(nft.TCP, netip.AddrPortFrom(b.peer, 40000), netip.AddrPortFrom(b.pod, 80))
	condemned := nft.Notes{
		b.request(b.pod, 40000).Marked(condemnedFlag | 2):           1,
		b.request(b.node, 40000).Marked(condemnedFlag | 2):          2,
		b.reply(b.pod, 40000).Marked(witnessFlag | 3):               4,
		b.reply(b.pod, 40000).Marked(condemnedFlag | resetFlag | 1): 8,
		foreign.Marked(condemnedFlag | 1):                           16,
		b.request(b.pod, 40000).Marked(condemnedFlag | 9):           32,
		b.request(b.pod, 40000).Marked(condemnedFlag):               64,
	}
	l := b.look()
	got := l.fates("vpc", rules, condemned, nil)
	want := []verdict.RuleCount{
		{Hop: "vpc", Rule: "first", Way: verdict.Reply, Packets: 8},
		{Hop: "vpc", Rule: "second", Way: verdict.Request, Packets: 3},
		{Hop: "vpc", Rule: "third", Way: verdict.Reply, Packets: 4},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	double := &Mutant{Counter: func(_, counter string, n uint64) uint64 { return 2 * n }}
	if got := l.fates("vpc", rules, condemned, double); len(got) != 3 || got[0].Packets != 16 {
		t.Errorf("a counter that counts double is not noticed: %v", got)
	}
}

// A ping's packets are told from what else a machine says by ICMP.
func TestLookout_of_a_ping(t *testing.T) {
	b := podAndPeer(topology.ICMP)
	l := b.look()
	got := l.sightings("vpc-2", nft.Notes{
		nft.NewMessage(nft.EchoRequest, b.pod, b.peer):            1,
		nft.NewMessage(nft.EchoReply, b.peer, b.pod):              2,
		nft.NewMessage(nft.DestinationUnreachable, b.peer, b.pod): 4,
		nft.NewMessage(nft.EchoRequest, b.peer, b.pod):            8,
	}, nil)
	if len(got) != 2 || got[0].Way != verdict.Request || got[0].Packets != 1 || got[1].Way != verdict.Reply || got[1].Packets != 2 {
		t.Errorf("got %v", got)
	}
}
