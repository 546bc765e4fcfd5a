package fabric

import (
	"errors"
	"io/fs"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
)

// A site may be one that an earlier process left for this one to use again. The
// fabric then uses what fits and removes what the plan does not have; it asks
// the kernel, since nobody remembers.

// unlessThere creates an interface that may exist. Most do not, so nobody looks before.
func unlessThere(ns *netns.Namespace, name string, create func() error) error {
	err := create()
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, missing := link.Find(ns, name); missing != nil {
		return errors.Join(err, missing) // what is taken is another name of what was to be made
	}
	return nil
}

// takeOver prepares a router that this process sees for the first time: its
// settings, no link that the plan does not have, and nothing that happened to a
// link and was not healed.
func (r *router) takeOver(p RouterPlan) error {
	if err := link.SetSysctls(r.ns, link.RouterSettings()); err != nil {
		return err
	}
	there, err := link.List(r.ns)
	if err != nil {
		return err
	}
	var wanted []string
	for _, x := range p.Ports {
		wanted = append(wanted, x.Interface)
	}
	for _, x := range p.Legs {
		wanted = append(wanted, x.Interface)
	}
	for _, x := range p.Links {
		wanted = append(wanted, x.Interface)
	}
	for _, x := range p.Sinks {
		wanted = append(wanted, x.Interface, x.end())
	}
	var errs []error
	for _, l := range there {
		switch {
		case l.Kind != "veth" && l.Kind != "bridge":
		case !slices.Contains(wanted, l.Name):
			errs = append(errs, link.Delete(r.ns, l.Name))
		default:
			errs = append(errs, link.Widen(r.ns, l.Name))
		}
	}
	return errors.Join(append(errs, r.forgetHappenings())...)
}

// forgetHappenings removes the rules of what happened to links.
func (r *router) forgetHappenings() error {
	found, err := nft.Inventory(r.ns)
	if err != nil {
		return err
	}
	for _, t := range found {
		if t.Name == HappeningsTable {
			r.happening.Tables = []nft.Table{{Name: HappeningsTable}}
			return r.happen(nil)
		}
	}
	return nil
}

// takeOver learns which tables of ours a machine has that this process sees for the
// first time, so that its rules take their place, and removes what a fault left on a
// host: static routes and bridges that the plan does not have.
func (m *machine) takeOver(p MachinePlan) error {
	found, err := nft.Inventory(m.ns)
	if err != nil {
		return err
	}
	for _, t := range found {
		switch t.Name {
		case HostTable, NodeTable, MiddleTable:
			m.rules.Tables = append(m.rules.Tables, nft.Table{Name: t.Name})
		case WatchTable:
			m.record.rules.Tables = append(m.record.rules.Tables, nft.Table{Name: t.Name})
		}
	}
	if p.Node != nil || p.Translator != nil || p.Balancer != nil {
		return nil
	}
	return errors.Join(m.forgetRoutes(p), m.forgetBridges(p))
}

func (m *machine) forgetRoutes(p MachinePlan) error {
	routes, err := link.Routes(m.ns, link.MainTable)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range routes {
		if r.Device == m.Interface && r.Destination != anywhere && !slices.Contains(p.Host.Routes, r.Destination) {
			errs = append(errs, link.DeleteRoute(m.ns, r))
		}
	}
	return errors.Join(errs...)
}

func (m *machine) forgetBridges(p MachinePlan) error {
	if m.Engine != BareEngine {
		return nil // they are the engine's, and whoever speaks to it sees to them
	}
	there, err := link.List(m.ns)
	if err != nil {
		return err
	}
	var errs []error
	for _, l := range there {
		planned := slices.ContainsFunc(p.Host.Bridges, func(b Bridge) bool { return b.Interface == l.Name })
		if l.Kind == "bridge" && !planned {
			errs = append(errs, link.Delete(m.ns, l.Name))
		}
	}
	return errors.Join(errs...)
}

// forgetTunnels removes the routes over the overlay that the plan does not have.
func (m *machine) forgetTunnels(is *NodePlan) error {
	routes, err := link.Routes(m.ns, link.MainTable)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range routes {
		stale := r.Device == OverlayDevice &&
			!slices.ContainsFunc(is.Tunnels, func(t Tunnel) bool { return t.Block == r.Destination })
		if stale {
			errs = append(errs, link.DeleteRoute(m.ns, r))
		}
	}
	return errors.Join(errs...)
}
