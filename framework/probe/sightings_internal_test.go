package probe

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

func TestSightings_keepTheNewestInOrder(t *testing.T) {
	var seen sightings
	for seq := range maxSightings + 100 {
		seen.add(Sighting{Protocol: UDP, Seq: seq})
	}
	list := seen.list()
	if len(list) != maxSightings || list[0].Seq != 100 || list[maxSightings-1].Seq != maxSightings+99 {
		t.Errorf("%d sightings, from %d to %d", len(list), list[0].Seq, list[len(list)-1].Seq)
	}
	if !slices.IsSortedFunc(list, func(a, b Sighting) int { return a.Seq - b.Seq }) {
		t.Error("not in order")
	}
}

// The largest sightings that can be made, as many as are kept, must fit into one response.
func TestSightings_fitIntoOneResponse(t *testing.T) {
	long := netip.MustParseAddr("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff")
	var seen sightings
	for range maxSightings {
		seen.add(Sighting{
			Protocol: UDP, Listener: Listener{Protocol: UDP, Port: 65535, Address: long},
			Source: netip.AddrPortFrom(long, 65535), Nonce: strings.Repeat("f", 2*nonceBytes), ID: 65535, Seq: MaxCount,
		})
	}
	line, err := EncodeResponse(Response{Sightings: seen.list()})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes", len(line))
}

func TestSightingsOf(t *testing.T) {
	source := netip.MustParseAddrPort("10.0.0.1:40000")
	all := []Sighting{
		{Protocol: UDP, Nonce: "a", Source: source},
		{Protocol: TCP, Source: source},
		{Protocol: TCP, Source: netip.MustParseAddrPort("10.0.0.1:40001")},
		{Protocol: ICMP, Nonce: "b"},
		{Protocol: ICMP},
	}
	if got := SightingsOf(Answer{Nonce: "b"}, all); len(got) != 1 || got[0] != all[3] {
		t.Errorf("by nonce: %+v", got)
	}
	if got := SightingsOf(Answer{Local: source}, all); len(got) != 1 || got[0] != all[1] {
		t.Errorf("by port: %+v", got)
	}
}
