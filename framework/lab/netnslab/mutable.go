package netnslab

import (
	"context"
	"errors"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Mutable is a lab that can be made wrong in known ways, for the gate's tests of
// itself: it proves that somebody notices.
type Mutable struct{ *Lab }

// OpenMutable is Open for a lab that is genuine until it is told otherwise.
func OpenMutable(ctx context.Context, o Options) (Mutable, error) {
	l, err := Open(ctx, o)
	return Mutable{l}, err
}

// Mutate falsifies the lab's data plane from the next adoption on, and its
// counters and agents at once; nil makes it genuine again.
func (m Mutable) Mutate(x *fabric.Mutant) {
	m.mutant, m.changed = x, true
	if m.fabric != nil {
		m.fabric.Mutate(x)
	}
}

// KillAgent ends the agent of an endpoint and everything that it serves, as if its
// process had died.
func (m Mutable) KillAgent(endpoint string) error {
	a, ok := m.agents[endpoint]
	if !ok {
		return fmt.Errorf("kill agent of %s: there is none", endpoint)
	}
	return a.Close()
}

// KillServer ends the agent of whoever serves a flow.
func (m Mutable) KillServer(f topology.Flow) error {
	to, _, err := m.fabric.Server(m.world, f)
	if err != nil {
		return fmt.Errorf("kill server of %s: %w", f, err)
	}
	return m.KillAgent(to.Name)
}

// Revive gives every endpoint whose agent was killed a new one; it serves from the
// next adoption on.
func (m Mutable) Revive(ctx context.Context) {
	for name, a := range m.agents {
		if _, err := a.Health(ctx); errors.Is(err, probe.ErrClosed) {
			m.agents[name] = probe.NewLocal(name, probe.Within(m.spaces[m.spaceOf(name)].Do))
		}
	}
	m.changed = true
}

// spaceOf is the namespace of an endpoint: a pod on its node's network has none.
func (m Mutable) spaceOf(name string) string {
	if e, ok := m.world.Endpoint(name); ok && m.spaces[name] == nil {
		return e.Machine
	}
	return name
}
