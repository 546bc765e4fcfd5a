package change

import "github.com/vpcgate/vpcgate/framework/topology"

// EnableSourceCheck turns the source/destination check of a NIC on.
type EnableSourceCheck struct{ Machine string }

// Apply implements Change.
func (c EnableSourceCheck) Apply(w *topology.World) error {
	n, err := nic(w, c.Machine)
	if err != nil {
		return err
	}
	n.SourceCheckOff = false
	return nil
}

// String implements Change.
func (c EnableSourceCheck) String() string { return "turn the source check of " + c.Machine + " on" }

// DisableSourceCheck turns the source/destination check of a NIC off.
type DisableSourceCheck struct{ Machine string }

// Apply implements Change.
func (c DisableSourceCheck) Apply(w *topology.World) error {
	n, err := nic(w, c.Machine)
	if err != nil {
		return err
	}
	n.SourceCheckOff = true
	return nil
}

// String implements Change.
func (c DisableSourceCheck) String() string { return "turn the source check of " + c.Machine + " off" }
