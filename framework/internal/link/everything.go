package link

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// Thing is a link, address, route or rule of a namespace, whoever made it, in words
// that two listings of the same have in common.
type Thing struct {
	// Name tells it from others of its kind; State is what may change about it.
	Name, State string
	// Device is the link that it is, or hangs on; empty for a rule.
	Device string
}

// Everything is all that a namespace has, of both IP versions, each kind sorted.
type Everything struct{ Links, Addresses, Routes, Rules []Thing }

// ListEverything lists what a namespace has, of whoever.
func ListEverything(ns *netns.Namespace) (Everything, error) {
	var all Everything
	err := with(ns, func(h *netlink.Handle) error { return all.list(h) })
	if err != nil {
		return Everything{}, fmt.Errorf("list everything of %s: %w", ns, err)
	}
	for _, things := range []*[]Thing{&all.Links, &all.Addresses, &all.Routes, &all.Rules} {
		slices.SortFunc(*things, func(a, b Thing) int { return strings.Compare(a.Name+"\x00"+a.State, b.Name+"\x00"+b.State) })
	}
	return all, nil
}

func (e *Everything) list(h *netlink.Handle) error {
	links, err := list(h)
	if err != nil {
		return err
	}
	names := map[int]string{}
	for _, l := range links {
		a := l.Attrs()
		names[a.Index] = a.Name
	}
	for _, l := range links {
		a := l.Attrs()
		state := fmt.Sprintf("%s mtu %d %s", l.Type(), a.MTU, State(a.RawFlags&unix.IFF_UP != 0))
		if a.MasterIndex != 0 {
			state += " master " + names[a.MasterIndex]
		}
		e.Links = append(e.Links, Thing{Name: a.Name, State: state, Device: a.Name})
	}
	for _, family := range []int{netlink.FAMILY_V4, netlink.FAMILY_V6} {
		if err := e.addressing(h, family, names); err != nil {
			return err
		}
	}
	return nil
}

func (e *Everything) addressing(h *netlink.Handle, family int, names map[int]string) error {
	var addresses []netlink.Addr
	var routes []netlink.Route
	var rules []netlink.Rule
	for _, f := range []func() error{
		func() (err error) { addresses, err = h.AddrList(nil, family); return err },
		func() (err error) {
			routes, err = h.RouteListFiltered(family, &netlink.Route{Table: unix.RT_TABLE_UNSPEC}, netlink.RT_FILTER_TABLE)
			return err
		},
		func() (err error) { rules, err = h.RuleList(family); return err },
	} {
		if err := retry(f); err != nil {
			return err
		}
	}
	for _, a := range addresses {
		device := names[a.LinkIndex]
		e.Addresses = append(e.Addresses, Thing{Name: fmt.Sprintf("%s dev %s", a.IPNet, device), Device: device})
	}
	for _, r := range routes {
		if unwritten(r) {
			continue
		}
		device := names[r.LinkIndex]
		e.Routes = append(e.Routes, Thing{
			Name:   fmt.Sprintf("%s table %d dev %s metric %d type %d", destination(r, family), r.Table, device, r.Priority, r.Type),
			State:  fmt.Sprintf("via %s src %s protocol %d", r.Gw, r.Src, r.Protocol),
			Device: device,
		})
	}
	for _, r := range rules {
		e.Rules = append(e.Rules, Thing{Name: fmt.Sprintf("%d: from %s to %s iif %q oif %q mark %d table %d family %d",
			r.Priority, anywhereOr(r.Src), anywhereOr(r.Dst), r.IifName, r.OifName, r.Mark, r.Table, family)})
	}
	return nil
}

// unwritten reports whether the kernel makes a route by itself as packets come and
// go: cached ones, and those of its IPv6 neighbourhood.
func unwritten(r netlink.Route) bool {
	return r.Flags&unix.RTM_F_CLONED != 0 || r.Protocol == unix.RTPROT_RA || r.Protocol == unix.RTPROT_REDIRECT
}

func destination(r netlink.Route, family int) string {
	if r.Dst == nil {
		return fmt.Sprintf("default of family %d", family)
	}
	return r.Dst.String()
}

func anywhereOr(n fmt.Stringer) string {
	if text := fmt.Sprint(n); text != "<nil>" {
		return text
	}
	return "all"
}
