package fabric

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Only a connection between the same ends is kept apart from a flow: a client that
// happens to have the port of another one would not be seen at all.
func TestAside(t *testing.T) {
	pod, other, server := netip.MustParseAddr("172.16.0.10"), netip.MustParseAddr("172.16.0.11"), netip.MustParseAddr("192.168.10.25")
	node := netip.MustParseAddr("192.168.10.11")
	to := func(server netip.Addr, port uint16, clients ...netip.Addr) []leg {
		return []leg{{clients: clients, server: server, protocol: topology.TCP, port: port}}
	}
	for _, row := range []struct {
		name string
		legs []leg
		want int
	}{
		{"the same ends", to(server, 80, pod), 1},
		{"another client behind the same node", to(server, 80, other, node), 1},
		{"another port", to(server, 443, pod, node), 0},
		{"another server", to(other, 80, pod, node), 0},
		{"another client", to(server, 80, other), 0},
		{"the same ends on the second leg", append(to(other, 80, other), to(server, 80, node)...), 1},
	} {
		f := New(config.DefaultTiming())
		f.retired = []standing{{server: 80, client: 40000, legs: to(server, 80, pod, node)}}
		if got := len(f.aside(topology.OverTCP("pod-a", "ecs-25", 80), row.legs)); got != row.want {
			t.Errorf("%s: %d connections aside, want %d", row.name, got, row.want)
		}
	}
}
