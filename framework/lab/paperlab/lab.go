package paperlab

import (
	"context"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Lab is the oracle and, as a lab.Lab, a world in memory.
type Lab struct{ world topology.World }

var (
	_ lab.Lab    = (*Lab)(nil)
	_ lab.Oracle = (*Lab)(nil)
)

// New returns a paper lab that has adopted nothing yet.
func New() *Lab { return &Lab{} }

// Name implements lab.Lab.
func (l *Lab) Name() lab.Name { return lab.Paper }

// Adopt implements lab.Lab. It refuses an invalid world.
func (l *Lab) Adopt(_ context.Context, w topology.World) error {
	if err := w.Validate(); err != nil {
		return fmt.Errorf("adopt world %s: %w", w.Name, err)
	}
	l.world = w.Clone()
	return nil
}

// World implements lab.Lab.
func (l *Lab) World() topology.World { return l.world }

// Ask implements lab.Lab.
func (l *Lab) Ask(_ context.Context, f topology.Flow) (verdict.Observation, error) {
	return l.Predict(l.world, f), nil
}

// Alive implements lab.Lab.
func (l *Lab) Alive(_ context.Context, f topology.Flow) error {
	to, ok := l.world.Endpoint(f.To)
	if !ok {
		return fmt.Errorf("server %s: the world has no such host, node or pod", f.To)
	}
	if !to.Listens(f.Protocol, f.Port) {
		return fmt.Errorf("server %s: nothing listens on %s/%d", f.To, f.Protocol, f.Port)
	}
	return nil
}

// Close implements lab.Lab.
func (l *Lab) Close(context.Context) error { return nil }
