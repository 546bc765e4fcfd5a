package runner

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Runner takes scenarios through their phases. It holds no state between runs
// and is safe for concurrent use with a lab each.
type Runner struct {
	// Oracle predicts each verdict.
	Oracle lab.Oracle
	Timing config.Timing
	// Diagnose says what is diagnosed blind in the broken world; nothing by default.
	Diagnose Scope
	// OnPhase, if set, is called as each phase begins.
	OnPhase func(record.Phase)
	// Bundle, if set, opens the folder that what explains a failure is collected
	// into, before anything is undone.
	Bundle func(record.Result) *record.Bundle
}

// Run takes one scenario in one mode through all phases but the last on a lab.
// It never fails itself: what went wrong is in the result, with the phase. A
// success leaves the lab with the scenario's healthy world, a failure with the
// world in which it failed, to be looked at.
func (r Runner) Run(ctx context.Context, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
	started := time.Now()
	run := &run{runner: r, scenario: s, mode: m, lab: l, standing: map[topology.Flow]bool{}, result: record.Result{
		Scenario: s.ID, Title: s.Title, Family: s.Family(), Origin: s.Origin, Tier: s.Tier, Claim: s.Claim, Disputed: s.Disputed,
		Mode: m, Lab: l.Name(), Started: started, Outcome: record.Success,
	}}
	if f, serves := l.(lab.Forgetter); serves {
		f.Forget() // what a scenario before this one left open is not this one's
	}
	if err := run.phases(ctx); err != nil {
		run.fail(err)
	}
	run.result.Seconds = time.Since(started).Seconds()
	run.bundle(ctx)
	return run.result
}

// RunAndClose is Run and then the last phase: the lab is closed, and something
// left behind is a failure.
func (r Runner) RunAndClose(ctx context.Context, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
	started := time.Now()
	result := r.Run(ctx, s, m, l)
	if r.OnPhase != nil {
		r.OnPhase(record.Close)
	}
	closing := time.Now()
	// What was made must go even when the run was interrupted.
	err := l.Close(context.WithoutCancel(ctx))
	p := record.PhaseRecord{Phase: record.Close, Seconds: time.Since(closing).Seconds()}
	if err != nil {
		p.Error = err.Error()
		if result.Outcome != record.Failure {
			result.Outcome, result.Failed, result.Class = record.Failure, record.Close, record.Leak
			result.Reason = "leak: " + err.Error()
		}
	}
	result.Phases = append(result.Phases, p)
	result.Seconds = time.Since(started).Seconds()
	return result
}

// failure is a phase's failure; its text is the short reason of the result.
type failure struct {
	phase record.Phase
	class record.Class
	text  string
	cause error
}

func (f *failure) Error() string {
	if f.cause == nil {
		return f.text
	}
	return fmt.Sprintf("%s: %v", f.text, f.cause)
}

func (f *failure) Unwrap() error { return f.cause }

// run is one scenario on its way.
type run struct {
	runner   Runner
	scenario scenario.Scenario
	mode     topology.Mode
	lab      lab.Lab
	result   record.Result
	// current is the phase under way, a pointer into result.Phases' last entry.
	current *record.PhaseRecord
	began   time.Time
	// standing are the Live flows whose connection the hops know.
	standing map[topology.Flow]bool
	// wanted is the world that was to be adopted last.
	wanted topology.World
}

func (r *run) fail(err error) {
	r.endPhase()
	r.result.Outcome, r.result.Reason = record.Failure, err.Error()
	if f := (*failure)(nil); errors.As(err, &f) {
		r.result.Failed, r.result.Class = f.phase, f.class
	}
	if errors.Is(err, lab.ErrCannotHost) {
		r.result.Outcome, r.result.Failed, r.result.Class = record.NotRun, "", ""
	}
	if n := len(r.result.Phases); n > 0 {
		r.result.Phases[n-1].Error = err.Error()
	}
}

func (r *run) phase(p record.Phase, c change.Change) {
	r.endPhase()
	if r.runner.OnPhase != nil {
		r.runner.OnPhase(p)
	}
	rec := record.PhaseRecord{Phase: p}
	if c != nil {
		rec.Change = c.String()
	}
	r.result.Phases = append(r.result.Phases, rec)
	r.current, r.began = &r.result.Phases[len(r.result.Phases)-1], time.Now()
}

func (r *run) endPhase() {
	if r.current != nil {
		r.current.Seconds = time.Since(r.began).Seconds()
		r.current = nil
	}
}

func (r *run) failure(class record.Class, text string, cause error) error {
	return &failure{phase: r.current.Phase, class: class, text: text, cause: cause}
}

// phases is the order of a scenario (ARCHITECTURE: the ten phases).
func (r *run) phases(ctx context.Context) error {
	r.phase(record.Preflight, nil)
	healthy, err := r.scenario.HealthyWorld(r.mode)
	if err != nil {
		return r.failure(record.BadScenario, "change error", err)
	}
	if err := healthy.Validate(); err != nil {
		return r.failure(record.BadScenario, "world is invalid", err)
	}
	r.result.Sketch = topology.Sketch(healthy)

	r.phase(record.Adopt, nil)
	if err := r.adopt(ctx, healthy); err != nil {
		return err
	}
	r.phase(record.Baseline, nil)
	if err := r.expect(ctx, asHealthy, "baseline not healthy"); err != nil {
		return err
	}
	if rules := r.scenario.Refused.In(r.mode); len(rules) > 0 {
		err = r.plan(ctx, healthy, rules)
	} else {
		err = r.breakAndCure(ctx, healthy)
	}
	if err != nil {
		return err
	}
	if err := r.adopt(ctx, healthy); err != nil {
		return err
	}
	r.endPhase()
	return nil
}

// breakAndCure takes the healthy world through fault, decoys, remedy and undo.
func (r *run) breakAndCure(ctx context.Context, healthy topology.World) error {
	broken, err := r.breakIt(ctx, healthy)
	if err != nil {
		return err
	}
	if err := r.decoys(ctx, broken); err != nil {
		return err
	}
	almost, err := r.stages(ctx, broken)
	if err != nil {
		return err
	}
	cured, err := r.remedy(ctx, almost)
	if err != nil {
		return err
	}
	if err := r.outage(ctx, broken, cured); err != nil {
		return err
	}
	r.phase(record.Undo, nil)
	if err := r.adopt(ctx, broken); err != nil {
		return err
	}
	return r.expect(ctx, asSymptom, "not reproducible: the symptom is not back")
}

func (r *run) breakIt(ctx context.Context, healthy topology.World) (topology.World, error) {
	fault := r.scenario.Break.In(r.mode)
	r.phase(record.Break, fault)
	broken, err := change.Edit(healthy, fault)
	if err != nil {
		return broken, r.failure(record.BadScenario, "change error", err)
	}
	if err := r.adopt(ctx, broken); err != nil {
		return broken, err
	}
	r.phase(record.Symptom, nil)
	if err := r.expect(ctx, asSymptom, "symptom not seen"); err != nil {
		return broken, err
	}
	checks := r.current.Checks
	r.phase(record.Cause, nil)
	if err := r.cause(ctx, checks); err != nil {
		return broken, err
	}
	return broken, r.diagnose(ctx, 0)
}

func (r *run) decoys(ctx context.Context, broken topology.World) error {
	for _, d := range r.scenario.Decoys.In(r.mode) {
		r.phase(record.Decoy, d)
		world, err := change.Edit(broken, d)
		if err != nil {
			return r.failure(record.BadScenario, "change error", err)
		}
		if err := r.adopt(ctx, world); err != nil {
			return err
		}
		if err := r.expect(ctx, asSymptom, "cured by a decoy"); err != nil {
			return err
		}
		if err := r.adopt(ctx, broken); err != nil {
			return err
		}
	}
	return nil
}

// stages applies the partial remedies, each to the world that the one before it
// left: the main flow has to answer as the stage says, for the cause that the
// answer names. It returns the world that only the remedy is missing from.
func (r *run) stages(ctx context.Context, w topology.World) (topology.World, error) {
	for i, s := range r.scenario.StagesIn(r.mode) {
		fix := s.Fix.In(r.mode)
		r.phase(record.Stage, fix)
		var err error
		if w, err = change.Edit(w, fix); err != nil {
			return w, r.failure(record.BadScenario, "change error", err)
		}
		if err := r.adopt(ctx, w); err != nil {
			return w, err
		}
		changed := time.Now()
		if err := r.become(ctx, "flow", r.scenario.Flow, s.Then.In(r.mode), "the next layer does not report", changed); err != nil {
			return w, err
		}
		if err := r.controls(ctx, changed); err != nil {
			return w, err
		}
		if err := r.cause(ctx, r.current.Checks); err != nil {
			return w, err
		}
		if err := r.diagnose(ctx, i+1); err != nil {
			return w, err
		}
	}
	return w, nil
}

// remedy cures the world and returns the cured one.
func (r *run) remedy(ctx context.Context, broken topology.World) (topology.World, error) {
	cure := r.scenario.Remedy.In(r.mode)
	r.phase(record.Remedy, cure)
	cured, err := change.Edit(broken, cure)
	if err != nil {
		return cured, r.failure(record.BadScenario, "change error", err)
	}
	if err := r.adopt(ctx, cured); err != nil {
		return cured, err
	}
	return cured, r.expect(ctx, asCured, "not cured")
}

func (r *run) adopt(ctx context.Context, w topology.World) error {
	before := r.lab.World()
	r.wanted = w
	if err := r.lab.Adopt(ctx, w); err != nil {
		return r.failure(record.BrokenLab, "lab error", err)
	}
	after := r.lab.World()
	for f := range r.standing {
		if !r.runner.Oracle.Survives(before, after, f) {
			delete(r.standing, f)
		}
	}
	return nil
}
