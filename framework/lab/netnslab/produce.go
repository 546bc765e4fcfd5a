package netnslab

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
	agent, ok := l.agents[f.From]
	if !ok {
		return nil, fmt.Errorf("produce %s: the world has no host, node or pod %q", f, f.From)
	}
	return l.fabric.Produce(ctx, l.world, f, agent, lasting)
}
