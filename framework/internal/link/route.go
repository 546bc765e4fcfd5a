package link

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
)

// MainTable is the route table that is used when no rule says otherwise.
const MainTable = unix.RT_TABLE_MAIN

// Route is an IPv4 route. Routes are comparable, and what Routes returns equals
// what was given to ReplaceRoute.
type Route struct {
	Table       int          // 0: MainTable
	Destination netip.Prefix // 0.0.0.0/0 is the default route
	Kind        RouteKind
	Gateway     netip.Addr // zero: the destination is on the link
	Device      string     // empty only with a gateway that a connected route reaches, or another Kind
	Reach       Reach
	Source      netip.Addr // preferred source of local packets; zero: the kernel chooses
	Metric      int        // smaller wins
}

// RouteKind is what happens to packets that a route matches.
type RouteKind uint8

// The kinds of routes.
const (
	Unicast     RouteKind = iota // sent on
	Blackhole                    // dropped without telling anybody
	Unreachable                  // answered with ICMP "host unreachable"
	Throw                        // looked up in the next rule's table
)

// String returns ip(8)'s word for the kind.
func (k RouteKind) String() string {
	switch k {
	case Unicast:
		return "unicast"
	case Blackhole:
		return "blackhole"
	case Unreachable:
		return "unreachable"
	case Throw:
		return "throw"
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Reach says how the gateway is found.
type Reach uint8

// The ways to reach a gateway.
const (
	ByRoute Reach = iota // a connected route leads to it
	OnLink               // it is on Device, whatever the routes say
)

// String returns the route as ip(8) writes it.
func (r Route) String() string {
	s := r.Destination.String()
	if r.Kind != Unicast {
		s = r.Kind.String() + " " + s
	}
	if r.Gateway.IsValid() {
		s += " via " + r.Gateway.String()
	}
	if r.Device != "" {
		s += " dev " + r.Device
	}
	if r.Reach == OnLink {
		s += " onlink"
	}
	if r.Source.IsValid() {
		s += " src " + r.Source.String()
	}
	if r.Metric != 0 {
		s += fmt.Sprintf(" metric %d", r.Metric)
	}
	if t := r.table(); t != MainTable {
		s += fmt.Sprintf(" table %d", t)
	}
	return s
}

func (r Route) table() int {
	if r.Table == 0 {
		return MainTable
	}
	return r.Table
}

// normal returns the form in which two spellings of one route are equal.
func (r Route) normal() Route {
	r.Table, r.Destination = r.table(), r.Destination.Masked()
	return r
}

// place is what the kernel has at most one route for.
type place struct {
	table       int
	destination netip.Prefix
	metric      int
}

func (r Route) place() place { return place{r.table(), r.Destination.Masked(), r.Metric} }

// CreateRoute adds a route. The error matches fs.ErrExist when there is one for
// the destination and metric in the table.
func CreateRoute(ns *netns.Namespace, r Route) error {
	return wrap(onRoute(ns, r, (*netlink.Handle).RouteAdd), "create route", r.String(), ns)
}

// PreferRoute adds a route before those of others for the same destination and
// metric, such as the one that comes with an address. One that is there already
// is not an error.
func PreferRoute(ns *netns.Namespace, r Route) error {
	err := onRoute(ns, r, (*netlink.Handle).RouteAddEcmp)
	if errors.Is(err, fs.ErrExist) {
		return nil
	}
	return wrap(err, "prefer route", r.String(), ns)
}

// ReplaceRoute adds a route or changes the one for the same destination and
// metric in the table.
func ReplaceRoute(ns *netns.Namespace, r Route) error {
	return wrap(onRoute(ns, r, (*netlink.Handle).RouteReplace), "replace route", r.String(), ns)
}

// DeleteRoute removes a route that this package made. One that does not exist
// is not an error.
func DeleteRoute(ns *netns.Namespace, r Route) error {
	return wrap(gone(onRoute(ns, r, (*netlink.Handle).RouteDel)), "delete route", r.String(), ns)
}

// Routes returns the routes of a table that this package made, in the order of
// their destinations and metrics. Table 0 is MainTable.
func Routes(ns *netns.Namespace, table int) ([]Route, error) {
	var routes []Route
	err := with(ns, func(h *netlink.Handle) (err error) {
		routes, err = routesOf(h, Route{Table: table}.table())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list routes of table %d in %s: %w", table, ns, err)
	}
	return routes, nil
}

// SyncRoutes makes the routes of a table that this package made exactly those
// that are wanted: it replaces the ones that are missing or different, then
// removes the others. It returns how many it touched, and goes on after errors,
// which it joins. Routes that are wanted for another table are an error.
func SyncRoutes(ns *netns.Namespace, table int, want []Route) (touched int, err error) {
	table = Route{Table: table}.table()
	have, err := Routes(ns, table)
	if err != nil {
		return 0, err
	}
	places := map[place]bool{}
	var errs []error
	for _, r := range want {
		if r.Table == 0 {
			r.Table = table
		}
		if r.Table != table {
			errs = append(errs, fmt.Errorf("synchronise table %d in %s: route %s is for another table", table, ns, r))
			continue
		}
		places[r.place()] = true
		if slices.Contains(have, r.normal()) {
			continue
		}
		touched++
		errs = append(errs, ReplaceRoute(ns, r))
	}
	for _, r := range have {
		if !places[r.place()] {
			touched++
			errs = append(errs, DeleteRoute(ns, r))
		}
	}
	return touched, errors.Join(errs...)
}

func routesOf(h *netlink.Handle, table int) ([]Route, error) {
	var found []netlink.Route
	err := retry(func() (err error) {
		// The protocol is compared below: this version of the library applies
		// only the first condition of a filter.
		found, err = h.RouteListFiltered(netlink.FAMILY_V4, &netlink.Route{Table: table}, netlink.RT_FILTER_TABLE)
		return err
	})
	if err != nil {
		return nil, err
	}
	links, err := list(h)
	if err != nil {
		return nil, err
	}
	names := map[int]string{}
	for _, l := range links {
		names[l.Attrs().Index] = l.Attrs().Name
	}
	var routes []Route
	for _, r := range found {
		if r.Protocol == static {
			routes = append(routes, fromKernel(r, names))
		}
	}
	slices.SortFunc(routes, func(a, b Route) int {
		if c := a.Destination.Addr().Compare(b.Destination.Addr()); c != 0 {
			return c
		}
		if c := a.Destination.Bits() - b.Destination.Bits(); c != 0 {
			return c
		}
		return a.Metric - b.Metric
	})
	return routes, nil
}

func onRoute(ns *netns.Namespace, r Route, f func(h *netlink.Handle, r *netlink.Route) error) error {
	if !r.Destination.IsValid() || !r.Destination.Addr().Is4() {
		return fmt.Errorf("destination is not an IPv4 prefix: %w", fs.ErrInvalid)
	}
	return with(ns, func(h *netlink.Handle) error {
		k, err := r.toKernel(h)
		if err != nil {
			return err
		}
		return f(h, k)
	})
}

func (r Route) toKernel(h *netlink.Handle) (*netlink.Route, error) {
	k := &netlink.Route{
		Table: r.table(), Dst: toIPNet(r.Destination.Masked()), Gw: toIP(r.Gateway), Src: toIP(r.Source),
		Priority: r.Metric, Protocol: static, Family: netlink.FAMILY_V4, Scope: netlink.SCOPE_UNIVERSE,
	}
	switch r.Kind {
	case Unicast:
		k.Type = unix.RTN_UNICAST
		if !r.Gateway.IsValid() {
			k.Scope = netlink.SCOPE_LINK
		}
	case Blackhole:
		k.Type = unix.RTN_BLACKHOLE
	case Unreachable:
		k.Type = unix.RTN_UNREACHABLE
	case Throw:
		k.Type = unix.RTN_THROW
	}
	if r.Reach == OnLink {
		k.Flags = int(netlink.FLAG_ONLINK)
	}
	if r.Device != "" {
		l, err := find(h, r.Device)
		if err != nil {
			return nil, err
		}
		k.LinkIndex = l.Attrs().Index
	}
	return k, nil
}

func fromKernel(k netlink.Route, names map[int]string) Route {
	r := Route{
		Table: k.Table, Destination: fromIPNet(k.Dst), Gateway: fromIP(k.Gw), Source: fromIP(k.Src),
		Metric: k.Priority, Device: names[k.LinkIndex],
	}
	if k.Dst == nil {
		r.Destination = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
	}
	switch k.Type {
	case unix.RTN_BLACKHOLE:
		r.Kind = Blackhole
	case unix.RTN_UNREACHABLE:
		r.Kind = Unreachable
	case unix.RTN_THROW:
		r.Kind = Throw
	}
	if k.Flags&int(netlink.FLAG_ONLINK) != 0 {
		r.Reach = OnLink
	}
	return r
}
