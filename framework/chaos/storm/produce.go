package storm

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// writing is a client that goes on writing, and how its end is awaited; nil when it could not begin.
type writing struct {
	chaos.Production
	wait func(context.Context) (managed.Tally, error)
}

// write has the schedule's clients begin to write, in the healthy world. One that cannot is judged, and no error.
func (e *episode) write(ctx context.Context, s chaos.Schedule) ([]writing, error) {
	if len(s.Writes) == 0 {
		return nil, nil
	}
	producer, able := e.lab.(lab.Producer)
	if !able {
		return nil, errors.New("the lab's clients cannot write on")
	}
	var all []writing
	for _, f := range s.Writes {
		w, err := e.begin(ctx, producer, f, s.Lasting())
		if err != nil {
			return all, err
		}
		all = append(all, w)
	}
	return all, nil
}

// begin tries until a client has written its first record, as its user would.
func (e *episode) begin(ctx context.Context, p lab.Producer, f topology.Flow, lasting time.Duration) (writing, error) {
	w := writing{Production: chaos.Production{Flow: f}}
	patient, cancel := context.WithTimeout(ctx, e.pace.Tally)
	defer cancel()
	err := poll.Until(patient, e.pace.UsePace, func(context.Context) (bool, string, error) {
		wait, err := p.Produce(ctx, f, lasting)
		if err != nil {
			return false, err.Error(), nil
		}
		w.wait, w.Begun = wait, true
		return true, "", nil
	})
	if err != nil {
		w.Failed = err.Error()
	}
	return w, context.Cause(ctx)
}

// tally waits until the clients have written their last, has them read back what was acknowledged, and enters it. When the episode
// has failed they only end.
func (e *episode) tally(ctx context.Context, all []writing, failed error) error {
	patient, cancel := context.WithTimeout(ctx, e.pace.Tally)
	defer cancel()
	if failed != nil {
		cancel()
	}
	for _, w := range all {
		if w.wait != nil {
			t, err := w.wait(patient)
			if w.Tally = t; err != nil {
				w.Failed = err.Error()
			}
		}
		e.history.Productions = append(e.history.Productions, w.Production)
	}
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("read back what was written: %w", err)
	}
	return nil
}
