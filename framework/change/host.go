package change

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// onHost edits one host.
func onHost(w *topology.World, name string, edit func(h *topology.Host)) error {
	h, err := host(w, name)
	if err != nil {
		return err
	}
	edit(h)
	return nil
}

// AddHostRoute adds a static route of a host, to its subnet's gateway.
type AddHostRoute struct {
	Host        string
	Destination netip.Prefix
}

// Apply implements Change.
func (c AddHostRoute) Apply(w *topology.World) error {
	h, err := host(w, c.Host)
	if err != nil {
		return err
	}
	if slices.Contains(h.Routes, c.Destination) {
		return fmt.Errorf("host %s has a static route to %s already", c.Host, c.Destination)
	}
	h.Routes = append(h.Routes, c.Destination)
	return nil
}

// String implements Change.
func (c AddHostRoute) String() string {
	return fmt.Sprintf("add a static route to %s on %s", c.Destination, c.Host)
}

// RemoveHostRoute removes a static route of a host.
type RemoveHostRoute struct {
	Host        string
	Destination netip.Prefix
}

// Apply implements Change.
func (c RemoveHostRoute) Apply(w *topology.World) error {
	h, err := host(w, c.Host)
	if err != nil {
		return err
	}
	i := slices.Index(h.Routes, c.Destination)
	if i < 0 {
		return fmt.Errorf("host %s has no static route to %s", c.Host, c.Destination)
	}
	h.Routes = slices.Delete(h.Routes, i, i+1)
	return nil
}

// String implements Change.
func (c RemoveHostRoute) String() string {
	return fmt.Sprintf("remove the static route to %s from %s", c.Destination, c.Host)
}

// ReversePathFilter is a value of net.ipv4.conf.*.rp_filter.
type ReversePathFilter string

const (
	// StrictFilter is 1: the reply would leave where the packet came in.
	StrictFilter ReversePathFilter = "strict"
	// LooseFilter is 2: the source is reachable at all.
	LooseFilter ReversePathFilter = "loose"
)

// SetReversePath sets a host's reverse-path filter.
type SetReversePath struct {
	Host   string
	Filter ReversePathFilter
}

// Apply implements Change.
func (c SetReversePath) Apply(w *topology.World) error {
	if c.Filter != StrictFilter && c.Filter != LooseFilter {
		return fmt.Errorf("unknown reverse-path filter %q; it is strict or loose", c.Filter)
	}
	return onHost(w, c.Host, func(h *topology.Host) { h.StrictReversePath = c.Filter == StrictFilter })
}

// String implements Change.
func (c SetReversePath) String() string {
	return fmt.Sprintf("make the reverse-path filter of %s %s", c.Host, c.Filter)
}

// HonourLinkDown sets net.ipv4.conf.*.ignore_routes_with_linkdown=0 on a host.
type HonourLinkDown struct{ Host string }

// Apply implements Change.
func (c HonourLinkDown) Apply(w *topology.World) error {
	return onHost(w, c.Host, func(h *topology.Host) { h.IgnoreLinkDown = false })
}

// String implements Change.
func (c HonourLinkDown) String() string { return "keep the routes of idle bridges on " + c.Host }

// IgnoreLinkDown sets net.ipv4.conf.*.ignore_routes_with_linkdown=1 on a host.
type IgnoreLinkDown struct{ Host string }

// Apply implements Change.
func (c IgnoreLinkDown) Apply(w *topology.World) error {
	return onHost(w, c.Host, func(h *topology.Host) { h.IgnoreLinkDown = true })
}

// String implements Change.
func (c IgnoreLinkDown) String() string { return "ignore the routes of idle bridges on " + c.Host }
