package link_test

import (
	"errors"
	"io/fs"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

func TestCreateVeth_puts_each_end_into_its_namespace(t *testing.T) {
	a, b := newNamespace(t, "a"), newNamespace(t, "b")
	mac := net.HardwareAddr{2, 0, 0, 0, 0, 7}
	must(t, link.CreateVeth(
		link.End{Namespace: a, Name: "eth1", MAC: mac, MTU: 1400},
		link.End{Namespace: b, Name: "3f2a-db-vm-0", MTU: 1300},
	))
	end, err := link.Find(a, "eth1")
	must(t, err)
	if end.Kind != "veth" || end.MTU != 1400 || end.MAC.String() != mac.String() || end.State != link.Down {
		t.Errorf("first end is %+v", end)
	}
	end, err = link.Find(b, "3f2a-db-vm-0")
	must(t, err)
	if end.MTU != 1300 {
		t.Errorf("second end is %+v", end)
	}
	err = link.CreateVeth(link.End{Namespace: a, Name: "eth1"}, link.End{Namespace: b, Name: "other"})
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("the name again: got %v; want %v", err, fs.ErrExist)
	}
	// One end takes the other with it, and deleting again is no error.
	must(t, link.Delete(a, "eth1"), link.Delete(a, "eth1"))
	if _, err := link.Find(b, "3f2a-db-vm-0"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("second end after deletion: got %v; want %v", err, fs.ErrNotExist)
	}
	const want = `find link eth9 in a: link "eth9": file does not exist`
	if _, err := link.Find(a, "eth9"); err == nil || err.Error() != want {
		t.Errorf("got  %v\nwant %s", err, want)
	}
}

func TestSetAddresses_makes_the_list_exact(t *testing.T) {
	a, b := newPair(t, prefix("10.0.0.1/24"), prefix("10.0.0.2/24"))
	serve(t, b, "0.0.0.0:80")
	if seen, err := reach(t, a, "tcp4", "10.0.0.2:80"); err != nil || seen != addr("10.0.0.1") {
		t.Fatalf("seen %v, error %v", seen, err)
	}
	must(t, link.SetAddresses(a, "eth0", prefix("10.0.0.1/24"), prefix("10.0.1.1/24")))
	must(t, link.SetAddresses(a, "eth0", prefix("10.0.0.7/24")))
	must(t, link.SetAddresses(a, "eth0", prefix("10.0.0.7/24")))
	if seen, err := reach(t, a, "tcp4", "10.0.0.2:80"); err != nil || seen != addr("10.0.0.7") {
		t.Errorf("seen %v, error %v; want the new address", seen, err)
	}
}

func TestAwaitCarrier_can_send_at_once(t *testing.T) {
	for range 20 { // losing the first packet is a race
		a, b := newPair(t, prefix("10.0.0.1/24"), prefix("10.0.0.2/24"))
		serve(t, b, "10.0.0.2:80")
		start := time.Now()
		if _, err := reach(t, a, "tcp4", "10.0.0.2:80"); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took > 900*time.Millisecond {
			t.Errorf("the first connection took %v: its first packet was lost", took)
		}
	}
}

func TestAwaitCarrier_of_a_lonely_end_ends_with_the_context(t *testing.T) {
	a, b := newPair(t, prefix("10.0.0.1/24"), prefix("10.0.0.2/24"))
	must(t, link.SetDown(b, "eth0"))
	err := link.AwaitCarrier(within(t, 20*time.Millisecond), a, "eth0")
	var timeout *poll.TimeoutError
	if !errors.As(err, &timeout) || !strings.HasPrefix(timeout.WhyNot, "operational state is ") {
		t.Errorf("got %v; want a timeout that tells the state", err)
	}
	if err := link.AwaitCarrier(t.Context(), a, "eth9"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("an unknown interface: got %v; want %v", err, fs.ErrNotExist)
	}
}

func TestList_names_all_interfaces(t *testing.T) {
	ns := newNamespace(t, "a")
	must(t, link.CreateBridge(ns, "br0", 1450))
	must(t, link.CreateVeth(link.End{Namespace: ns, Name: "p0"}, link.End{Namespace: ns, Name: "p1"}))
	must(t, link.SetMaster(ns, "p0", "br0"), link.SetUp(ns, "br0"), link.SetMTU(ns, "p0", 1400))
	infos, err := link.List(ns)
	must(t, err)
	var names []string
	for _, i := range infos {
		names = append(names, i.Name+" "+i.Kind+" "+i.State.String())
	}
	for _, want := range []string{"lo device up", "br0 bridge up", "p0 veth down", "p1 veth down"} {
		if !slices.Contains(names, want) {
			t.Errorf("%q is missing in %q", want, names)
		}
	}
	must(t, link.SetDown(ns, "br0"))
}

func TestVXLAN_joins_two_nodes_by_static_entries(t *testing.T) {
	a, b := newPair(t, prefix("192.168.0.1/24"), prefix("192.168.0.2/24"))
	macA, macB := net.HardwareAddr{2, 0, 0, 0, 1, 1}, net.HardwareAddr{2, 0, 0, 0, 1, 2}
	for range 2 { // all but the creation may be repeated
		if _, err := link.Find(a, "vx0"); err != nil {
			must(t,
				link.CreateVXLAN(a, link.VXLAN{Name: "vx0", ID: 7, Local: addr("192.168.0.1"), Device: "eth0", MAC: macA}),
				link.CreateVXLAN(b, link.VXLAN{Name: "vx0", ID: 7, Local: addr("192.168.0.2"), Device: "eth0", MAC: macB}))
		}
		must(t,
			link.SetAddresses(a, "vx0", prefix("10.244.0.0/32")), link.SetAddresses(b, "vx0", prefix("10.244.1.0/32")),
			link.SetUp(a, "vx0"), link.SetUp(b, "vx0"),
			link.ReplaceNeighbour(a, "vx0", addr("10.244.1.0"), macB), link.ReplaceNeighbour(b, "vx0", addr("10.244.0.0"), macA),
			link.ReplaceFDB(a, "vx0", macB, addr("192.168.0.2")), link.ReplaceFDB(b, "vx0", macA, addr("192.168.0.1")),
			link.ReplaceRoute(a, link.Route{
				Destination: prefix("10.244.1.0/24"), Gateway: addr("10.244.1.0"), Device: "vx0", Reach: link.OnLink,
			}),
			link.ReplaceRoute(b, link.Route{
				Destination: prefix("10.244.0.0/24"), Gateway: addr("10.244.0.0"), Device: "vx0", Reach: link.OnLink,
			}),
		)
	}
	info, err := link.Find(a, "vx0")
	must(t, err)
	if info.Kind != "vxlan" || info.MTU != 1450 {
		t.Errorf("the interface is %+v; want a vxlan with MTU 1450", info)
	}
	serve(t, b, "10.244.1.0:80")
	if seen, err := reach(t, a, "tcp4", "10.244.1.0:80"); err != nil || seen != addr("10.244.0.0") {
		t.Errorf("seen %v, error %v; want 10.244.0.0", seen, err)
	}
	must(t,
		link.DeleteFDB(a, "vx0", macB, addr("192.168.0.2")), link.DeleteFDB(a, "vx0", macB, addr("192.168.0.2")),
		link.DeleteNeighbour(a, "vx0", addr("10.244.1.0")), link.DeleteNeighbour(a, "vx0", addr("10.244.1.0")))
}

func TestIfName(t *testing.T) {
	for _, row := range []struct {
		name, run string
		parts     []string
		want      string
	}{
		{"a short name stays readable", "3f2a9c", []string{"dbvm", "0"}, "3f2a-dbvm-0"},
		{"fifteen bytes fit", "3f2a9c", []string{"0123456789"}, "3f2a-0123456789"},
		{"a long name ends with a hash", "3f2a9c", []string{"a-long-host-name", "eth0"}, "3f2a-a-lonz2m6y"},
		{"other parts give another hash", "3f2a9c", []string{"a-long-host-name", "eth1"}, "3f2a-a-lon6yfwz"},
		{"forbidden characters give a hash", "3f2a9c", []string{"a/b"}, "3f2a-abyfgn3"},
		{"a short run id", "r", []string{"x"}, "r-x"},
	} {
		got := link.IfName(row.run, row.parts...)
		if len(got) > 15 || got != link.IfName(row.run, row.parts...) {
			t.Errorf("%s: %q is too long or not repeatable", row.name, got)
		}
		if got != row.want {
			t.Errorf("%s: got %q; want %q", row.name, got, row.want)
		}
	}
}

func TestRoutes_equal_what_was_asked_for(t *testing.T) {
	ns, _ := newPair(t, prefix("10.0.0.1/24"), prefix("10.0.0.2/24"))
	want := []link.Route{
		{Table: 300, Destination: prefix("0.0.0.0/0"), Kind: link.Blackhole, Metric: 9999},
		{Table: 300, Destination: prefix("10.1.0.0/16"), Gateway: addr("10.0.0.2"), Device: "eth0"},
		{Table: 300, Destination: prefix("10.1.0.0/16"), Kind: link.Unreachable, Metric: 50},
		{Table: 300, Destination: prefix("10.2.0.0/16"), Gateway: addr("172.16.0.1"), Device: "eth0", Reach: link.OnLink},
		{Table: 300, Destination: prefix("10.3.0.4/32"), Device: "eth0", Source: addr("10.0.0.1")},
		{Table: 300, Destination: prefix("10.4.0.0/16"), Kind: link.Throw},
	}
	touched, err := link.SyncRoutes(ns, 300, want)
	if err != nil || touched != len(want) {
		t.Fatalf("touched %d, error %v; want %d", touched, err, len(want))
	}
	got, err := link.Routes(ns, 300)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	if touched, err = link.SyncRoutes(ns, 300, want); err != nil || touched != 0 {
		t.Errorf("the second time: touched %d, error %v; want none", touched, err)
	}
	changed := slices.Clone(want[:4])
	changed[1].Gateway = addr("10.0.0.3")
	if touched, err = link.SyncRoutes(ns, 300, changed); err != nil || touched != 3 {
		t.Errorf("one changed, two gone: touched %d, error %v; want 3", touched, err)
	}
	if got, err = link.Routes(ns, 300); err != nil || !slices.Equal(got, changed) {
		t.Errorf("error %v, got\n%v\nwant\n%v", err, got, changed)
	}
	// The kernel's own routes are in the main table, and nobody else's business.
	if touched, err = link.SyncRoutes(ns, link.MainTable, nil); err != nil || touched != 0 {
		t.Errorf("main table: touched %d, error %v; want none", touched, err)
	}
	if err := link.CreateRoute(ns, changed[1]); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating a route again: got %v; want %v", err, fs.ErrExist)
	}
	must(t, link.DeleteRoute(ns, changed[1]), link.DeleteRoute(ns, changed[1]))
	if err := link.ReplaceRoute(ns, link.Route{}); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("no destination: got %v; want %v", err, fs.ErrInvalid)
	}
}

func TestRules_equal_what_was_asked_for(t *testing.T) {
	ns := newNamespace(t, "a")
	want := []link.Rule{
		{Priority: 100, Table: link.MainTable, Suppress: link.SuppressPrefixesUpTo(0)},
		{Priority: 200, InIface: "eth0", Table: 300},
		{Priority: 200, OutIface: "eth1", Mark: 5, Table: 20},
		{Priority: 300, From: prefix("10.0.0.0/16"), To: prefix("10.1.0.0/16"), Table: 301},
	}
	touched, err := link.SyncRules(ns, want)
	if err != nil || touched != len(want) {
		t.Fatalf("touched %d, error %v; want %d", touched, err, len(want))
	}
	got, err := link.Rules(ns)
	must(t, err)
	if !slices.Equal(got, want) {
		t.Errorf("got\n%v\nwant\n%v", got, want)
	}
	must(t, link.AddRule(ns, want[0]))
	if touched, err = link.SyncRules(ns, want[1:]); err != nil || touched != 1 {
		t.Errorf("touched %d, error %v; want 1", touched, err)
	}
	must(t, link.DeleteRule(ns, want[0]))
	bad := link.Rule{Priority: 1, Table: 300, Suppress: link.SuppressPrefixesUpTo(0)}
	if err := link.AddRule(ns, bad); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("suppression in a large table: got %v; want %v", err, fs.ErrInvalid)
	}
}

func TestRouterSettings_can_be_set_in_a_namespace(t *testing.T) {
	ns, _ := newPair(t, prefix("10.0.0.1/24"), prefix("10.0.0.2/24"))
	router := slices.Concat(link.RouterSettings(), link.RouterNICSettings("eth0"))
	for _, settings := range [][]netns.Setting{link.GuestSettings(), router} {
		must(t, link.SetSysctls(ns, settings))
		for _, s := range settings {
			if got, err := ns.ReadSysctl(s.Key); err != nil || got != s.Value {
				t.Errorf("%s is %q, error %v; want %q", s.Key, got, err, s.Value)
			}
		}
	}
}

func BenchmarkCreateVeth(b *testing.B) {
	router := newNamespace(b, "router")
	guest := newNamespace(b, "guest")
	for b.Loop() {
		must(b, link.CreateVeth(link.End{Namespace: guest, Name: "eth1"}, link.End{Namespace: router, Name: "r"}))
		must(b, link.SetAddresses(guest, "eth1", netip.MustParsePrefix("10.0.0.1/24")), link.SetUp(guest, "eth1"))
		must(b, link.Delete(router, "r"))
	}
}
