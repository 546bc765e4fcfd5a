package fabric

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// What is kept aside is a connection of two machines. Any other machine may ask
// from the same port, and one whose port is not known must not hide everything.
func TestWatched_besides(t *testing.T) {
	client, server := netip.MustParseAddr("192.168.10.25"), netip.MustParseAddr("192.168.20.25")
	asked := func(aside ...standing) watched {
		return watched{aside: aside, legs: []leg{{clients: []netip.Addr{client}, server: server, protocol: topology.TCP, port: 80}}}
	}
	matches := asked(standing{server: 80, client: 40000}, standing{server: 6379, client: 40001}, standing{server: 80}).besides()
	want := []nft.Match{
		{Source: host(client), Destination: host(server), Protocol: nft.TCP, SourcePorts: nft.Port(40000), DestinationPorts: nft.Port(80)},
		{Source: host(server), Destination: host(client), Protocol: nft.TCP, SourcePorts: nft.Port(80), DestinationPorts: nft.Port(40000)},
	}
	if len(matches) != len(want) {
		t.Fatalf("got %d matches, want %d: %v", len(matches), len(want), matches)
	}
	for i, m := range want {
		if matches[i] != m {
			t.Errorf("match %d is %+v", i, matches[i])
		}
	}
}
