package fabric

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Produce implements lab.Producer through the agent of the flow's client.
func (f *Fabric) Produce(ctx context.Context, w topology.World, flow topology.Flow, agent probe.Agent, lasting time.Duration) (func(context.Context) (managed.Tally, error), error) {
	q, err := resolve(&w, w.Target(flow), f.chosen)
	if err != nil {
		return nil, err
	}
	producer, ok := agent.(probe.Producer)
	if !ok || flow.Use == "" {
		return nil, fmt.Errorf("produce %s: the agent of %s cannot, or no service is used", flow, q.from.Name)
	}
	question := f.question(q)
	question.Interval, question.Lasting = f.timing.ProducePace, lasting
	p, err := producer.Produce(ctx, question)
	if err != nil {
		return nil, fmt.Errorf("produce %s: %w", flow, err)
	}
	return func(ctx context.Context) (managed.Tally, error) {
		t, err := p.Tally(ctx)
		if err = errors.Join(err, p.Close()); err != nil {
			return t, fmt.Errorf("produce %s: %w", flow, err)
		}
		return t, nil
	}, nil
}
