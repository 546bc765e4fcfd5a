package kindlab

import (
	"errors"
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		os.Exit(1)
	}
	os.Exit(m.Run())
}

func TestKeepManagement_survives_a_new_default_route(t *testing.T) {
	t.Parallel()
	ns, err := netns.New("node")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	h := nodeLinks(t, ns)
	for range 2 { // the second time finds everything in place
		if err := keepManagement(ns); err != nil {
			t.Fatal(err)
		}
		eth1, err := h.LinkByName(vpcLink)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.RouteReplace(&netlink.Route{LinkIndex: eth1.Attrs().Index, Dst: everywhere(), Gw: net.IPv4(192, 168, 10, 1)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ name, from, to, link string }{
		{"the management address to anywhere", "172.18.0.2", "8.8.8.8", managementLink},
		{"the management address to its own network", "172.18.0.2", "172.18.0.1", managementLink},
		{"the management address to what the node has a route for", "172.18.0.2", "192.168.10.7", vpcLink},
		{"the VPC address to anywhere", "192.168.10.11", "8.8.8.8", vpcLink},
	} {
		routes, err := h.RouteGetWithOptions(net.ParseIP(c.to), &netlink.RouteGetOptions{SrcAddr: net.ParseIP(c.from)})
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		link, err := h.LinkByIndex(routes[0].LinkIndex)
		if err != nil {
			t.Fatal(err)
		}
		if got := link.Attrs().Name; got != c.link {
			t.Errorf("%s leaves by %s, want %s", c.name, got, c.link)
		}
	}
	rules, err := h.RuleList(unix.AF_INET)
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != 5 { // ours and the kernel's three
		t.Errorf("got %d rules: %v", len(rules), rules)
	}
}

// A world that has addresses of the network by which nodes are managed is refused.
func TestBesideManagement(t *testing.T) {
	t.Parallel()
	ns, err := netns.New("node")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	nodeLinks(t, ns)
	l := &Lab{nodes: []*node{{name: "node-1", ns: ns}}}
	with := func(vpc, containers, services string) topology.World {
		return topology.World{
			VPCs: []topology.VPC{{Name: "vpc", CIDRs: []netip.Prefix{netip.MustParsePrefix(vpc)}}},
			Clusters: []topology.Cluster{{
				Name: "demo", ContainerCIDRs: []netip.Prefix{netip.MustParsePrefix(containers)}, ServiceCIDR: netip.MustParsePrefix(services),
			}},
		}
	}
	for _, c := range []struct {
		world topology.World
		want  error
	}{
		{with("192.168.0.0/16", "172.16.0.0/16", "10.247.0.0/16"), nil},
		{with("172.18.9.0/24", "172.16.0.0/16", "10.247.0.0/16"), lab.ErrCannotHost},
		{with("192.168.0.0/16", "172.16.0.0/12", "10.247.0.0/16"), lab.ErrCannotHost},
		{with("192.168.0.0/16", "172.16.0.0/16", "172.18.0.0/20"), lab.ErrCannotHost},
	} {
		if err := l.besideManagement(c.world); !errors.Is(err, c.want) {
			t.Errorf("%v: got %v, want %v", c.world.Clusters[0].ContainerCIDRs, err, c.want)
		}
	}
}

// nodeLinks gives the namespace what a node container has before and after the
// fabric wired it.
func nodeLinks(t *testing.T, ns *netns.Namespace) *netlink.Handle {
	t.Helper()
	h, err := ns.Netlink()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range []struct{ name, address string }{{managementLink, "172.18.0.2/16"}, {vpcLink, "192.168.10.11/24"}} {
		pair := &netlink.Veth{LinkAttrs: netlink.LinkAttrs{Name: l.name}, PeerName: l.name + "-peer"}
		if err := h.LinkAdd(pair); err != nil {
			t.Fatal(err)
		}
		address, err := netlink.ParseAddr(l.address)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{l.name, l.name + "-peer"} {
			link, err := h.LinkByName(name)
			if err != nil {
				t.Fatal(err)
			}
			if name == l.name {
				if err := h.AddrAdd(link, address); err != nil {
					t.Fatal(err)
				}
			}
			if err := h.LinkSetUp(link); err != nil {
				t.Fatal(err)
			}
		}
	}
	eth0, err := h.LinkByName(managementLink)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.RouteAdd(&netlink.Route{LinkIndex: eth0.Attrs().Index, Dst: everywhere(), Gw: net.IPv4(172, 18, 0, 1)}); err != nil {
		t.Fatal(err)
	}
	return h
}
