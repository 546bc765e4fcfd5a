package fabric

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/internal/link"
)

// Unplug takes a machine out of its VPC at once, as one is that has lost its power: what is sent to it is lost without a word, like
// what is sent to an address that nobody has. The next Adopt, with a site that knows where the machine is by then, wires it anew.
func (f *Fabric) Unplug(name string) error {
	m := f.machines[name]
	if m == nil || !m.wired {
		return fmt.Errorf("unplug %s: it is not wired", name)
	}
	r := f.routers[m.plan.VPC]
	if err := link.Delete(r.ns, portName(name)); err != nil {
		return fmt.Errorf("unplug %s: %w", name, err)
	}
	r.tables = nil // its routes went with it
	delete(f.machines, name)
	return nil
}

// Plugged reports whether a machine has its link into its VPC.
func (f *Fabric) Plugged(name string) bool {
	m := f.machines[name]
	if m == nil || !m.wired {
		return false
	}
	_, err := link.Find(f.routers[m.plan.VPC].ns, portName(name))
	return err == nil
}
