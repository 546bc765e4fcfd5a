package link_test

import (
	"net"
	"net/netip"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/link"
)

// What was made is shown, in the words that people know.
func TestShow_says_what_is_there(t *testing.T) {
	ns, other := newNamespace(t, "shown"), newNamespace(t, "other")
	if err := link.CreateVeth(link.End{Namespace: ns, Name: "eth0", MTU: 1500}, link.End{Namespace: other, Name: "eth0", MTU: 1500}); err != nil {
		t.Fatal(err)
	}
	mac, _ := net.ParseMAC("02:00:00:00:00:01")
	for _, err := range []error{
		link.SetAddresses(ns, "eth0", netip.MustParsePrefix("10.0.0.2/24")),
		link.SetUp(other, "eth0"), link.SetUp(ns, "eth0"), link.AwaitCarrier(t.Context(), ns, "eth0"),
		link.ReplaceRoute(ns, link.Route{Destination: netip.MustParsePrefix("10.9.0.0/16"), Gateway: netip.MustParseAddr("10.0.0.1"), Device: "eth0"}),
		link.ReplaceNeighbour(ns, "eth0", netip.MustParseAddr("10.0.0.1"), mac),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s, err := link.Show(ns)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"eth0: veth up mtu 1500", "inet 10.0.0.2/24", "lookup main", "10.9.0.0/16 via 10.0.0.1 dev eth0", "local 10.0.0.2/32 dev eth0"} {
		if !strings.Contains(s.Routes, want) {
			t.Errorf("%q is not shown in\n%s", want, s.Routes)
		}
	}
	if want := "10.0.0.1 dev eth0 lladdr 02:00:00:00:00:01 PERMANENT\n"; !strings.Contains(s.Neighbours, want) {
		t.Errorf("%q is not shown in\n%s", want, s.Neighbours)
	}
}
