package teeth

import "github.com/vpcgate/vpcgate/framework/topology"

// inert changes the world and nothing that any flow of it depends on: a change
// that is applied all right and has no effect.
type inert struct{}

// Apply implements change.Change.
func (inert) Apply(w *topology.World) error {
	w.SecurityGroups = append(w.SecurityGroups, topology.SecurityGroup{Name: "sg-of-nobody"})
	return nil
}

// String implements change.Change.
func (inert) String() string { return "add a security group that nobody is in" }

// nothing changes nothing.
type nothing struct{}

// Apply implements change.Change.
func (nothing) Apply(*topology.World) error { return nil }

// String implements change.Change.
func (nothing) String() string { return "change nothing" }
