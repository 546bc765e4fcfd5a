package change

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

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
	withdraw(w, func(r topology.Route) bool { return r.Peering == c.Peering })
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
