package change

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// PointName directs a NameRecord to another destination, on another port. Port
// zero leaves the record without a port.
type PointName struct {
	Name, Target string
	Port         uint16
}

// Apply implements Change.
func (c PointName) Apply(w *topology.World) error {
	if e, ok := w.Endpoint(c.Target); !ok || e.Name != c.Target {
		return fmt.Errorf("world has no host, node, pod or other destination %q", c.Target)
	}
	for i := range w.Names {
		if w.Names[i].Name == c.Name {
			w.Names[i].Target, w.Names[i].Port = c.Target, c.Port
			return nil
		}
	}
	return fmt.Errorf("world has no name %q", c.Name)
}

// String implements Change.
func (c PointName) String() string {
	if c.Port != 0 {
		return fmt.Sprintf("direct %s to %s:%d", c.Name, c.Target, c.Port)
	}
	return fmt.Sprintf("direct %s to %s", c.Name, c.Target)
}
