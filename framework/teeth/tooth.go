package teeth

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Failure is how a run must end.
type Failure struct {
	Phase record.Phase
	// Reason is how the reason begins; Class is any when it is empty.
	Reason string
	Class  record.Class
}

// Tooth is a scenario, in one mode, that is broken in one way, or whose instrument
// is: it must fail.
type Tooth struct {
	Scenario string
	Mode     topology.Mode
	// Name says what is wrong, as a clause: "the fault has no effect".
	Name string
	Must Failure
	// Reach says on which labs it is worth showing: what a lab's own data plane
	// has no part in is shown on paper alone.
	Reach Reach

	broken scenario.Scenario
	// fault is of the instrument, for the flow, from the moment on. Where it is
	// brought about for real, the run may end otherwise.
	fault  Fault
	flow   topology.Flow
	from   Moment
	inFact Failure
	// bend plays what is wrong with the lab at its port.
	bend func(b *bent, c *clock)
	// forgets has the lab pass for a wire lab whose servers lose a record.
	forgets bool
	// mislead bends what paper predicts.
	mislead func(c *clock, o *verdict.Observation)
}

// Reach is how far a tooth is worth showing.
type Reach string

const (
	// OnPaper: the runner alone is on trial.
	OnPaper Reach = "paper"
	// OnWire: the lab's own verdicts and evidence are on trial as well.
	OnWire Reach = "wire"
)

// String names the tooth as a spec or a table does.
func (t Tooth) String() string { return fmt.Sprintf("%s [%s] %s", t.Scenario, t.Mode, t.Name) }

// Run runs a scenario through its phases on a lab and closes the lab or not.
type Run func(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result

// RunOnce runs a scenario and closes its lab; RunOn leaves the lab open.
func RunOnce(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
	return r.RunAndClose(ctx, s, m, l)
}

// RunOn runs a scenario on a lab that stays open.
func RunOn(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
	return r.Run(ctx, s, m, l)
}

// Show runs what is broken, in a hurry. The error says how it was not found out: it
// passed, or failed elsewhere than it must.
func (t Tooth) Show(ctx context.Context, r runner.Runner, l lab.Lab, run Run) (record.Result, error) {
	r.Timing = Quick(t.broken, t.Mode, r.Timing)
	return t.ShowSlowly(ctx, r, l, run)
}

// ShowSlowly is Show on a lab where a change takes its time to act.
func (t Tooth) ShowSlowly(ctx context.Context, r runner.Runner, l lab.Lab, run Run) (record.Result, error) {
	c := &clock{}
	b := &bent{Lab: l}
	must, breaker, trouble := t.Must, Breaker(nil), error(nil)
	if own, can := l.(Breaker); can && t.fault != NoFault {
		must, breaker = t.inFact, own
	} else {
		t.fault.play(b, t.flow, func() bool { return c.reached(t.from) })
	}
	if t.bend != nil {
		t.bend(b, c)
	}
	if t.mislead != nil {
		r.Oracle = misled{Oracle: r.Oracle, bend: func(o *verdict.Observation) { t.mislead(c, o) }}
	}
	told := r.OnPhase
	r.OnPhase = func(p record.Phase) {
		c.enter(p)
		if told != nil {
			told(p)
		}
	}
	if breaker != nil {
		t.breakOnce(ctx, b, c, breaker, &trouble)
	}
	var used lab.Lab = b
	if t.forgets {
		used, r.Timing.Outage = forgetful{b}, r.Timing.PingInterval
	}
	result := run(ctx, r, t.broken, t.Mode, used)
	if breaker != nil {
		trouble = errors.Join(trouble, breaker.Mend(ctx))
	}
	if trouble != nil {
		return result, fmt.Errorf("%s: %w", t, trouble)
	}
	return result, must.check(t, result)
}

// Quick is the timing for a run that has to fail. Rules and routes act at once, and
// what is not there then is not there; but a connection that stands shows what a
// change did to it at the second question only.
func Quick(s scenario.Scenario, m topology.Mode, t config.Timing) config.Timing {
	live := slices.ContainsFunc(s.Controls, func(c scenario.Control) bool { return c.Flow.Live })
	for _, e := range s.Expectations(m) {
		live = live || e.Flow.Live
	}
	if !live {
		t.Settle = 0
	}
	return t
}

// breakOnce brings the fault about as soon as its moment has come: before the next
// question that is asked, or before the server is asked whether it lives.
func (t Tooth) breakOnce(ctx context.Context, b *bent, c *clock, breaker Breaker, trouble *error) {
	done := false
	b.before = func() {
		if done || !c.reached(t.from) {
			return
		}
		done = true
		if err := breaker.Break(ctx, t.fault, t.flow); err != nil {
			*trouble = fmt.Errorf("bring about that %s: %w", t.fault, err)
		}
	}
}

func (f Failure) check(t Tooth, r record.Result) error {
	switch {
	case r.Outcome != record.Failure:
		return fmt.Errorf("%s: it is %s and must fail in phase %s: %s", t, r.Outcome, f.Phase, f.Reason)
	case r.Failed != f.Phase, !strings.HasPrefix(r.Reason, f.Reason), f.Class != "" && r.Class != f.Class:
		return fmt.Errorf("%s: it failed in phase %s as %s and must fail in phase %s as %s (%s): %s",
			t, r.Failed, r.Class, f.Phase, orAny(f.Class), f.Reason, r.Reason)
	default:
		return nil
	}
}

func orAny(c record.Class) string {
	if c == "" {
		return "anything"
	}
	return string(c)
}

// other is a verdict that is not the given one.
func other(v verdict.Verdict) verdict.Verdict {
	if v.Kind == verdict.KindRefused {
		return verdict.Misdelivered("somebody")
	}
	return verdict.Refused()
}
