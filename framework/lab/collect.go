package lab

import (
	"context"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// Failing is a flow that did not answer as it should have, in the adopted world.
type Failing struct {
	Flow topology.Flow
	// Title says in one line which flow of what failed.
	Title string
	// Hops are the names of the hops of its way as far as they are known: predicted
	// or seen, both ways, the client's first.
	Hops []string
}

// Files take what was collected. A name may have slashes. They are safe for
// concurrent use.
type Files interface {
	Put(name string, content []byte) error
}

// Collector is a lab that can show what a flow met on its way.
type Collector interface {
	// Collect writes the state of every hop on the flow's way into files, then asks
	// the flow once more and writes what passed each hop. It goes on where a part of
	// it fails and returns all errors. It changes nothing but what asking changes.
	Collect(ctx context.Context, f Failing, into Files) error
}
