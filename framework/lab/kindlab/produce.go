package kindlab

import (
	"context"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

var _ lab.Producer = (*Lab)(nil)

// Produce implements lab.Producer.
func (l *Lab) Produce(ctx context.Context, f topology.Flow, lasting time.Duration) (func(context.Context) (managed.Tally, error), error) {
	agent, err := l.agents.get(f.From)
	if err != nil {
		return nil, fmt.Errorf("produce %s: %w", f, err)
	}
	return l.fabric.Produce(ctx, l.world, f, agent, lasting)
}
