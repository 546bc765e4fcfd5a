package runner

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// answer picks what a flow should answer in a phase.
type answer func(scenario.Expect) verdict.Verdict

func asHealthy(e scenario.Expect) verdict.Verdict { return e.Healthy }
func asSymptom(e scenario.Expect) verdict.Verdict { return e.Symptom }
func asCured(e scenario.Expect) verdict.Verdict   { return e.Cured }

// expect asks every flow of the scenario until it answers as wanted, then
// several times in a row; then every control, which must answer as always.
func (r *run) expect(ctx context.Context, want answer, otherwise string) error {
	changed := time.Now()
	for _, e := range r.scenario.Expectations(r.mode) {
		if err := r.become(ctx, "flow", e.Flow, want(e), otherwise, changed); err != nil {
			return err
		}
	}
	return r.controls(ctx, changed)
}

// controls asks every control, which must answer as always.
func (r *run) controls(ctx context.Context, changed time.Time) error {
	for _, c := range r.scenario.Controls {
		if err := r.become(ctx, "control", c.Flow, c.Verdict.In(r.mode), "collateral damage: a control moved", changed); err != nil {
			return err
		}
	}
	return nil
}

// become asks one flow until the verdict is first seen, within Settle, and then
// Repeat times in a row. The last question's check is recorded.
func (r *run) become(ctx context.Context, role string, f topology.Flow, want verdict.Verdict, otherwise string, changed time.Time) error {
	t := r.runner.Timing
	if r.lab.Name() == lab.Paper {
		// On paper a verdict is there at once or never.
		t.Settle = 0
	}
	var check record.Check
	var apart *record.Check // the first right answer that paper did not predict
	var labErr error
	settle, cancel := context.WithTimeoutCause(ctx, max(t.Settle, time.Nanosecond), fmt.Errorf("the settle window of %s ended", t.Settle))
	defer cancel()
	ask := func() bool {
		check, labErr = r.check(ctx, role, f, want)
		if labErr == nil && check.OK && apart == nil && !check.Predicted.Agrees(check.Observation.Verdict) {
			unpredicted := check
			apart = &unpredicted
		}
		return labErr == nil && check.OK
	}
	// A connection that the change has spared answers at once, or it was cut: a
	// second question would make a new one.
	stood := f.Live && r.standing[f] && want.Positive()
	held := ask()
	atOnce := held
	if !held && labErr == nil && t.Settle > 0 && !stood {
		err := poll.Until(settle, t.SettlePoll, func(context.Context) (bool, string, error) {
			held = ask()
			return held, check.Observation.Verdict.String(), labErr
		})
		held = err == nil
	}
	effect := time.Since(changed).Seconds()
	for i := 1; held && i < t.Repeat; i++ {
		held = ask()
	}
	if labErr != nil {
		return r.failure(record.BrokenLab, "lab error", labErr)
	}
	if !held && ctx.Err() != nil {
		// Not seen in the time that was left says nothing about the scenario.
		return r.failure(record.Ended, "ended early", context.Cause(ctx))
	}
	if held && apart != nil {
		check = *apart // of a connection that stands, the next question knows more
	}
	r.current.Checks = append(r.current.Checks, check)
	if !held {
		return r.failure(classOf(check), otherwise, mismatch(check))
	}
	if !atOnce || r.current.EffectSeconds == 0 {
		// What was right when it was first asked, after other flows had been
		// asked, says nothing of when it became so.
		r.current.EffectSeconds = max(r.current.EffectSeconds, effect)
	}
	return r.agree(check)
}

func (r *run) check(ctx context.Context, role string, f topology.Flow, want verdict.Verdict) (record.Check, error) {
	o, err := r.lab.Ask(ctx, f)
	if err != nil {
		return record.Check{}, err
	}
	predicted := r.runner.Oracle.Predict(r.lab.World(), r.known(f))
	if f.Live {
		// One that did not answer is known to nobody for sure; the next question
		// finds out.
		delete(r.standing, f)
		if o.Verdict.Positive() {
			r.standing[f] = true
		}
	}
	check := record.Check{
		Role: role, Want: want, Predicted: predicted.Verdict,
		OK: want.SatisfiedBy(o.Verdict),
	}
	switch {
	case !predicted.Verdict.Agrees(o.Verdict):
		check.PredictedPath = predicted.Path
		if len(o.Path.Forth) == 0 {
			o.Path = o.Evidence.Seen()
		}
	case len(o.Path.Forth) == 0:
		o.Path = predicted.Path
	}
	check.Observation = o
	return check, nil
}

// known is the flow as the hops see it: one that is Live without a connection
// that they know is a new one.
func (r *run) known(f topology.Flow) topology.Flow {
	f.Live = f.Live && r.standing[f]
	return f
}

// agree holds the observed verdict and source address against the oracle's. A
// disagreement is a failure of its own class, even where the scenario is content.
func (r *run) agree(c record.Check) error {
	if c.Predicted.Agrees(c.Observation.Verdict) {
		return nil
	}
	r.current.Checks[len(r.current.Checks)-1].OK = false
	return r.failure(record.Disagreement, "paper and wire disagree",
		fmt.Errorf("%s: predicted %s, saw %s", c.Observation.Flow, c.Predicted, c.Observation.Verdict))
}

// classOf says what a check that did not answer as wanted means.
func classOf(c record.Check) record.Class {
	got := c.Observation.Verdict
	switch {
	case !got.SatisfiedBy(got):
		return record.Unknown
	case !c.Predicted.Agrees(got):
		return record.Disagreement
	case c.Role == "control":
		return record.Collateral
	default:
		return record.Expectation
	}
}

func mismatch(c record.Check) error {
	return fmt.Errorf("%s: want %s, got %s", c.Observation.Flow, c.Want, c.Observation.Verdict)
}

// cause demands that the symptom's evidence names what the verdict names: the
// rule's counter moved, no other rule's did, and the server lives.
func (r *run) cause(ctx context.Context, symptoms []record.Check) error {
	for _, c := range symptoms {
		v, e := c.Observation.Verdict, c.Observation.Evidence
		if err := attributed(v, e); err != nil {
			return r.failure(record.WrongCause, "right verdict, wrong cause", fmt.Errorf("%s: %w", c.Observation.Flow, err))
		}
		if v.Kind == verdict.KindRefused {
			continue
		}
		if err := r.lab.Alive(ctx, c.Observation.Flow); err != nil {
			return r.failure(record.WrongCause, "right verdict, wrong cause", fmt.Errorf("%s: the server does not live: %w", c.Observation.Flow, err))
		}
	}
	return nil
}

// attributed holds a verdict against the counters that moved.
func attributed(v verdict.Verdict, e verdict.Evidence) error {
	var others []string
	var named uint64
	hop, rule := v.Cause()
	for _, c := range e.Rules {
		if c.Hop == hop && c.Rule == rule && rule != "" {
			named += c.Packets
			continue
		}
		others = append(others, fmt.Sprintf("%s at %s +%d", c.Rule, c.Hop, c.Packets))
	}
	switch {
	case len(others) > 0:
		return fmt.Errorf("other rules dropped packets meanwhile: %s", strings.Join(others, ", "))
	case rule == "" && slices.Contains([]verdict.Kind{verdict.KindDropped, verdict.KindReplyLost, verdict.KindStalled}, v.Kind):
		return fmt.Errorf("no rule is named for %s", v)
	case rule != "" && named == 0:
		return fmt.Errorf("the counter of %s at %s did not move", rule, hop)
	case v.Kind == verdict.KindReached && e.Received == 0:
		return fmt.Errorf("no answer was received")
	default:
		return nil
	}
}
