package change

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// AddRoute adds a custom route to a route table.
type AddRoute struct {
	Table string
	Route topology.Route
}

// Apply implements Change. A table cannot hold two routes with one destination.
func (c AddRoute) Apply(w *topology.World) error {
	t, err := table(w, c.Table)
	if err != nil {
		return err
	}
	if routeIndex(t, c.Route.Destination) >= 0 {
		return fmt.Errorf("route table %s has a route to %s already", c.Table, c.Route.Destination)
	}
	t.Routes = append(t.Routes, c.Route)
	return nil
}

// String implements Change.
func (c AddRoute) String() string {
	hop := c.Route.Peering
	if hop == "" {
		hop = c.Route.Instance
	}
	return fmt.Sprintf("add route %s → %s to table %s", c.Route.Destination, hop, c.Table)
}

// WithdrawRoute removes a route from a route table.
type WithdrawRoute struct {
	Table       string
	Destination netip.Prefix
}

// Apply implements Change.
func (c WithdrawRoute) Apply(w *topology.World) error {
	t, err := table(w, c.Table)
	if err != nil {
		return err
	}
	i := routeIndex(t, c.Destination)
	if i < 0 {
		return fmt.Errorf("route table %s has no route to %s", c.Table, c.Destination)
	}
	t.Routes = slices.Delete(t.Routes, i, i+1)
	return nil
}

// String implements Change.
func (c WithdrawRoute) String() string {
	return fmt.Sprintf("remove route %s from table %s", c.Destination, c.Table)
}

// AddPeering connects two VPCs.
type AddPeering struct{ Peering topology.Peering }

// Apply implements Change. One peering per pair of VPCs.
func (c AddPeering) Apply(w *topology.World) error {
	for _, p := range w.Peerings {
		if p.Name == c.Peering.Name {
			return fmt.Errorf("world has a peering %q already", p.Name)
		}
	}
	w.Peerings = append(w.Peerings, c.Peering)
	return nil
}

// String implements Change.
func (c AddPeering) String() string {
	return fmt.Sprintf("peer %s with %s as %s", c.Peering.Local, c.Peering.Peer, c.Peering.Name)
}

// RemovePeering deletes a peering and, as the cloud does, the routes that name it.
type RemovePeering struct{ Peering string }

// Apply implements Change.
func (c RemovePeering) Apply(w *topology.World) error {
	i := slices.IndexFunc(w.Peerings, func(p topology.Peering) bool { return p.Name == c.Peering })
	if i < 0 {
		return fmt.Errorf("world has no peering %q", c.Peering)
	}
	w.Peerings = slices.Delete(w.Peerings, i, i+1)
	for v := range w.VPCs {
		for t := range w.VPCs[v].RouteTables {
			rt := &w.VPCs[v].RouteTables[t]
			rt.Routes = slices.DeleteFunc(rt.Routes, func(r topology.Route) bool { return r.Peering == c.Peering })
		}
	}
	return nil
}

// String implements Change.
func (c RemovePeering) String() string { return "delete peering " + c.Peering }

// SetPeeringState accepts a peering or takes the acceptance back.
type SetPeeringState struct {
	Peering string
	State   topology.PeeringState
}

// Apply implements Change.
func (c SetPeeringState) Apply(w *topology.World) error {
	for i := range w.Peerings {
		if w.Peerings[i].Name == c.Peering {
			w.Peerings[i].State = c.State
			return nil
		}
	}
	return fmt.Errorf("world has no peering %q", c.Peering)
}

// String implements Change.
func (c SetPeeringState) String() string {
	return fmt.Sprintf("set peering %s %s", c.Peering, c.State)
}
