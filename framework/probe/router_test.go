package probe_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// routed returns two namespaces joined by a link; the second is the first's router.
//
//	guest 10.9.0.1 ── 10.9.0.2 router ── 10.20.0.0/16 prohibited, 10.21.0.0/16 unreachable, 10.22.0.0/16 blackhole
func routed(t *testing.T) (guest, router *netns.Namespace) {
	t.Helper()
	guest, router = isolated(t), isolated(t)
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	g, err := guest.Netlink()
	must(err)
	r, err := router.Netlink()
	must(err)
	must(router.WithFD(func(fd int) error {
		attrs := netlink.NewLinkAttrs()
		attrs.Name = "up"
		return g.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "down", PeerNamespace: netlink.NsFd(fd)})
	}))
	link(t, r, "down", "10.9.0.2/24")
	up := link(t, g, "up", "10.9.0.1/24")
	carried(t, g, "up")
	carried(t, r, "down")
	must(g.RouteAdd(&netlink.Route{LinkIndex: up.Attrs().Index, Gw: net.IPv4(10, 9, 0, 2)}),
		router.Sysctl("net.ipv4.ip_forward", "1"), router.Sysctl("net.ipv4.icmp_ratelimit", "0"))
	for cidr, kind := range map[string]int{
		"10.20.0.0/16": unix.RTN_PROHIBIT, "10.21.0.0/16": unix.RTN_UNREACHABLE, "10.22.0.0/16": unix.RTN_BLACKHOLE,
	} {
		_, network, err := net.ParseCIDR(cidr)
		must(err, r.RouteAdd(&netlink.Route{Dst: network, Type: kind}))
	}
	return guest, router
}

func link(t *testing.T, h *netlink.Handle, name, cidr string) netlink.Link {
	t.Helper()
	l, err := h.LinkByName(name)
	if err != nil {
		t.Fatal(err)
	}
	address, err := netlink.ParseAddr(cidr)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(h.AddrAdd(l, address), h.LinkSetUp(l)); err != nil {
		t.Fatal(err)
	}
	return l
}

// carried waits until the kernel has noticed that both ends of a link are up. Until then it drops what an end sends,
// and the next neighbour lookup is a second away.
func carried(t *testing.T, h *netlink.Handle, name string) {
	t.Helper()
	err := poll.Until(t.Context(), time.Millisecond, func(context.Context) (bool, string, error) {
		l, err := h.LinkByName(name)
		if err != nil {
			return false, "", err
		}
		state := l.Attrs().OperState
		return state == netlink.OperUp, name + " is " + state.String(), nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A client that reads errnos only cannot tell the first two apart: Linux makes EHOSTUNREACH of both.
func TestAsk_readsWhatARouterSays(t *testing.T) {
	hop := netip.AddrFrom4([4]byte{10, 9, 0, 2})
	tests := []struct {
		name   string
		target [4]byte
		want   probe.Outcome
		code   int
	}{
		{"a router that prohibits", [4]byte{10, 20, 0, 1}, probe.Prohibited, 13},
		{"a router without the host", [4]byte{10, 21, 0, 1}, probe.HostUnreachable, 1},
		{"a blackhole", [4]byte{10, 22, 0, 1}, probe.Timeout, -1},
	}
	for _, tt := range tests {
		// A router sends one host five errors and then one a second, so each row has its own.
		guest, _ := routed(t)
		asker := local(t, "pod-a", guest)
		for _, q := range []probe.Question{
			{Protocol: probe.TCP, Port: 80}, {Protocol: probe.UDP, Port: 53}, {Protocol: probe.ICMP},
		} {
			t.Run(tt.name+" "+q.Protocol.String(), func(t *testing.T) {
				q.Target, q.Timeout = netip.AddrFrom4(tt.target), patience
				if tt.want == probe.Timeout {
					q.Timeout = brief
				}
				a := one(t, asker, q)
				if a.Outcome != tt.want {
					t.Errorf("got %+v", a)
				}
				rejected := a.Rejection != nil && a.Rejection.Code == tt.code && a.Rejection.From == hop
				if rejected != (tt.code >= 0) {
					t.Errorf("rejection %+v, want code %d from %s", a.Rejection, tt.code, hop)
				}
			})
		}
	}
}

// A host with two addresses must answer with the one that was asked, or the client's socket ignores the answer.
func TestServer_answersFromTheAddressThatWasAsked(t *testing.T) {
	guest, router := routed(t)
	r, err := router.Netlink()
	if err != nil {
		t.Fatal(err)
	}
	link(t, r, "lo", "10.50.0.1/32")
	local(t, "web-vm", router, "udp/53", "tcp/80")
	asker := local(t, "pod-a", guest)
	target := netip.AddrFrom4([4]byte{10, 50, 0, 1})
	for _, q := range []probe.Question{
		{Protocol: probe.UDP, Target: target, Port: 53}, {Protocol: probe.TCP, Target: target, Port: 80},
	} {
		a := one(t, asker, q)
		if a.Outcome != probe.Answered || a.Server != "web-vm" || a.Saw.Addr().String() != "10.9.0.1" {
			t.Errorf("%s: %+v", q.Protocol, a)
		}
	}
}
