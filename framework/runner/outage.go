package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// awaiting waits for a production's end and says what became of what it wrote; see
// lab.Producer.
type awaiting func(ctx context.Context) (managed.Tally, error)

// outage has the client of the scenario's flow write on while the fault comes and
// goes once more, and demands everything that the service acknowledged. The world
// before it and after it is the cured one. On paper there is nothing to lose.
func (r *run) outage(ctx context.Context, broken, cured topology.World) error {
	if !r.scenario.Produces || r.lab.Name() == lab.Paper {
		return nil
	}
	r.phase(record.Outage, r.scenario.Break.In(r.mode))
	producer, able := r.lab.(lab.Producer)
	if !able {
		return r.failure(record.BrokenLab, "lab error", errors.New("its clients cannot write on"))
	}
	wait, err := producer.Produce(ctx, r.scenario.Flow, r.runner.Timing.Production)
	if err != nil {
		return r.failure(record.BrokenLab, "lab error", err)
	}
	if err := r.interrupt(ctx, broken, cured); err != nil {
		ended, end := context.WithCancel(ctx)
		end()
		_, _ = wait(ended) // the production ends; what came of it does not matter any more
		return err
	}
	return r.tally(ctx, wait)
}

// interrupt makes the fault last for an outage. The client's own flow is not asked
// meanwhile, since nobody could tell its packets from those of what it writes; the
// scenario's further flows show that the fault is there.
func (r *run) interrupt(ctx context.Context, broken, cured topology.World) error {
	if err := r.adopt(ctx, broken); err != nil {
		return err
	}
	began, t := time.Now(), r.runner.Timing
	for _, e := range r.scenario.Expectations(r.mode)[1:] {
		if err := r.become(ctx, "flow", e.Flow, e.Symptom, "symptom not seen", began); err != nil {
			return err
		}
	}
	err := poll.Until(ctx, t.SettlePoll, func(context.Context) (bool, string, error) {
		return time.Since(began) >= t.Outage, fmt.Sprintf("the outage lasts %s", t.Outage), nil
	})
	if err != nil {
		return r.failure(record.Ended, "ended early", context.Cause(ctx))
	}
	return r.adopt(ctx, cured)
}

// tally waits until the client has written its last and counts what is there.
func (r *run) tally(ctx context.Context, wait awaiting) error {
	tally, err := wait(ctx)
	r.current.Tally = &tally
	switch {
	case err != nil && ctx.Err() != nil:
		return r.failure(record.Ended, "ended early", context.Cause(ctx))
	case err != nil:
		return r.failure(record.BrokenLab, "lab error", err)
	case !tally.Whole():
		return r.failure(record.Lost, "acknowledged data is lost", errors.New(tally.String()))
	}
	e := r.scenario.Expectations(r.mode)[0]
	return r.become(ctx, "flow", e.Flow, e.Cured, "not cured", time.Now())
}
