package trial

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// again is how often a schedule is repeated, ever more patiently, whose result is unknown or violated by silence alone.
const again = 2

// Run takes a lab through the schedule of a spec while traffic goes on, and judges it. Unknown is a failure: it was not proven.
func (t *Trials) Run(ctx context.Context, folder string, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
	r := record.NotRunBecause(s, m, l.Name(), "")
	r.Started = time.Now()
	defer func() { r.Seconds = time.Since(r.Started).Seconds() }()
	stormy, ok := l.(storm.Lab)
	if !ok {
		r.Reason = fmt.Sprintf("the %s lab cannot: %v", l.Name(), ErrNoTraffic)
		return r
	}
	schedule, err := t.plan(s.ID, m, l.Name())
	if err != nil {
		return broken(r, err)
	}
	o := storm.Options{Oracle: t.Oracle, Pace: t.Pace(l.Name()), Again: again, Drawing: t.drawing(m, l.Name())}
	e, err := o.Try(ctx, stormy, 0, schedule)
	var ill error
	if err != nil || e.Judgement.Result != chaos.Valid {
		ill = recovered(ctx, l) // the next one is to find it well
	}
	if stage, known := t.stage(schedule.Stage); known == nil {
		r.Sketch = topology.Sketch(stage.World)
	}
	switch {
	case err != nil && ill != nil:
		// A lab that is ill is no lab that cannot.
		return broken(r, fmt.Errorf("%s; %w", err.Error(), ill))
	case err != nil:
		return broken(r, err)
	}
	r = concluded(r, e)
	if ill != nil {
		// What was found stands, whatever became of the lab.
		r.Reason += "\nand the lab is not well again: " + ill.Error()
	}
	r.Seconds = time.Since(r.Started).Seconds()
	if err := leave(folder, r, e); err != nil {
		return broken(r, err)
	}
	return r
}

// recovers is a lab that can be made well after something went wrong on it, before it is used again.
type recovers interface {
	Recover(ctx context.Context) error
}

func recovered(ctx context.Context, l lab.Lab) error {
	if r, can := l.(recovers); can {
		return r.Recover(context.WithoutCancel(ctx))
	}
	return nil
}

// broken is the result of a spec that its lab did not take to its end.
func broken(r record.Result, err error) record.Result {
	r.Outcome, r.Failed, r.Class, r.Reason = record.Failure, record.Preflight, record.BrokenLab, "lab error: "+err.Error()
	if errors.Is(err, lab.ErrCannotHost) {
		r.Outcome, r.Failed, r.Class, r.Reason = record.NotRun, "", "", err.Error()
	}
	r.Seconds = time.Since(r.Started).Seconds()
	return r
}

// concluded is the result of an episode: a phase for the healthy world and one for each step, with when it showed.
func concluded(r record.Result, e storm.Episodic) record.Result {
	j := e.Judgement
	r.Phases = []record.PhaseRecord{{Phase: record.Baseline, Seconds: e.Schedule.Warm.Seconds()}}
	for i, f := range j.Effects {
		p := record.PhaseRecord{Phase: record.Break, Change: f.Step, Seconds: f.Took.Seconds()}
		shown := f.Effect
		if f.Heals {
			p.Phase, shown = record.Remedy, f.Recover
		}
		if i < len(e.Schedule.Steps) {
			p.Seconds += e.Schedule.Steps[i].Hold.Seconds()
		}
		if shown != nil {
			p.EffectSeconds = shown.Seconds()
		}
		r.Phases = append(r.Phases, p)
	}
	switch {
	case j.Result == chaos.Valid:
		r.Outcome, r.Reason = record.Success, ""
	case len(j.Violations) > 0:
		v := j.Violations[0]
		r.Outcome, r.Class, r.Reason = record.Failure, classOf(v.Invariant), v.String()
		if n := len(j.Violations) - 1; n > 0 {
			r.Reason += fmt.Sprintf("\nand %d more", n)
		}
		if len(j.Reasons) > 0 {
			r.Reason += "\n" + j.Reasons[0] // such as that a step was not proven
		}
		failedAt(&r, v.Step)
	default:
		r.Outcome, r.Class, r.Reason = record.Failure, record.Unknown, "unknown: "+j.Reasons[0]
		failedAt(&r, "")
	}
	return r
}

// failedAt marks the phase of a step, or of the first that was not proven; where there is none, the healthy world's.
func failedAt(r *record.Result, step string) {
	at := 0
	for i, p := range r.Phases {
		if p.Change != "" && (p.Change == step || strings.Contains(r.Reason, p.Change+" was not proven")) {
			at = i
			break
		}
	}
	r.Phases[at].Error = r.Reason
	r.Failed = r.Phases[at].Phase
}

// classOf is the kind of failure that a violation is.
func classOf(i chaos.Invariant) record.Class {
	switch i {
	case chaos.Recovers, chaos.TakesEffect:
		return record.Late
	case chaos.Acknowledged:
		return record.Lost
	case chaos.Control, chaos.BlastRadius:
		return record.Collateral
	default:
		return record.Expectation
	}
}
