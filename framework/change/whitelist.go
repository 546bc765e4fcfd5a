package change

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// SetWhitelist replaces the whole access control of a managed service, as its
// API does.
//
// Source: DCS API reference, "Configuring IP Address Whitelist".
type SetWhitelist struct {
	Host      string
	Whitelist topology.Whitelist
}

// Apply implements Change.
func (c SetWhitelist) Apply(w *topology.World) error {
	l := c.Whitelist.Clone()
	return onHost(w, c.Host, func(h *topology.Host) { h.Whitelist = &l })
}

// String implements Change.
func (c SetWhitelist) String() string {
	if !c.Whitelist.Enabled {
		return "disable the whitelist of " + c.Host
	}
	return fmt.Sprintf("set the whitelist of %s to %s", c.Host, blockList(c.Whitelist.Entries()))
}
