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
	return fmt.Sprintf("add route %s to table %s", c.Route, c.Table)
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

// SetQuota sets how many routes a table takes; zero means no limit.
type SetQuota struct {
	Table  string
	Routes int
}

// Apply implements Change.
func (c SetQuota) Apply(w *topology.World) error {
	t, err := table(w, c.Table)
	if err != nil {
		return err
	}
	t.Quota = c.Routes
	return nil
}

// String implements Change.
func (c SetQuota) String() string {
	if c.Routes == 0 {
		return "lift the quota of table " + c.Table
	}
	return fmt.Sprintf("set the quota of table %s to %d routes", c.Table, c.Routes)
}
