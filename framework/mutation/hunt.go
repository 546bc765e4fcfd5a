package mutation

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/teeth"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// hunt looks for one mutant after the other, with labs of its own.
type hunt struct {
	options Options
	// genuine is the netns lab on which it is proven that what failed passes
	// without the mutant; passes remembers what was.
	genuine *Netns
	passes  map[string]bool
}

// trial is one thing that may notice.
type trial struct {
	scenario scenario.Scenario
	mode     topology.Mode
}

func (t trial) String() string { return fmt.Sprintf("%s [%s]", t.scenario.ID, t.mode) }

// look tries what may notice a mutant until something does.
func (h *hunt) look(ctx context.Context, m Mutant) (Result, error) {
	r := Result{ID: m.ID, Layer: m.Layer, Says: m.Says, State: Survived}
	e := &effect{}
	var err error
	switch m.Layer {
	case DataPlane, Agent, Counters:
		err = h.onWire(ctx, m, e, &r)
	case Judge:
		err = h.judge(ctx, m, e, &r)
	case Runner:
		err = h.byTeeth(ctx, m, e, &r)
	default:
		err = h.onPaper(ctx, m, e, &r)
	}
	if r.State == Survived && !e.seen.Load() {
		r.State = Void
	}
	return r, err
}

// judge looks for a mutant of what labs make of what they saw: paper says in no time
// who may notice, and a netns lab then shows that he does, where it can.
func (h *hunt) judge(ctx context.Context, m Mutant, e *effect, r *Result) error {
	if err := h.onPaper(ctx, m, e, r); err != nil {
		return err
	}
	if r.State == Killed {
		m.only = &trial{mode: r.Mode, scenario: scenario.Scenario{ID: r.Scenario}}
	}
	return h.onWire(ctx, m, e, r)
}

// trials lists what may notice, most likely first: who did before, those that the
// mutant names, the rest.
func (h *hunt) trials(m Mutant, l lab.Name) []trial {
	var all []trial
	for _, s := range h.options.Scenarios {
		for _, mode := range s.Modes() {
			if m.only != nil && (m.only.scenario.ID != s.ID || m.only.mode != mode) {
				continue
			}
			if l != lab.Paper {
				s.Produces = false // a production lasts longer than everything else
			}
			if placed(s, mode, l) {
				all = append(all, trial{scenario: s, mode: mode})
			}
		}
	}
	before := h.before(m)
	rank := func(t trial) int {
		if t.scenario.ID == before.Scenario && t.mode == before.Mode {
			return -1
		}
		i := slices.IndexFunc(m.Try, func(begins string) bool { return strings.HasPrefix(t.scenario.ID, begins) })
		if i < 0 {
			return len(m.Try)
		}
		return i
	}
	slices.SortStableFunc(all, func(a, b trial) int { return rank(a) - rank(b) })
	return all
}

func (h *hunt) before(m Mutant) Result {
	i := slices.IndexFunc(h.options.Before.Mutants, func(r Result) bool { return r.ID == m.ID })
	if i < 0 {
		return Result{}
	}
	return h.options.Before.Mutants[i]
}

// placed reports whether a lab can host all worlds of a scenario.
func placed(s scenario.Scenario, m topology.Mode, l lab.Name) bool {
	worlds, err := s.Worlds(m)
	return err == nil && !slices.ContainsFunc(worlds, func(w topology.World) bool { return lab.CanHost(l, w) != nil })
}

// notices reports whether a failure is one that a check has found. A lab that could
// not do as it was told has found nothing.
func notices(r record.Result) bool {
	found := []record.Class{record.Expectation, record.Disagreement, record.Unknown, record.WrongCause, record.Collateral}
	return r.Outcome == record.Failure && slices.Contains(found, r.Class)
}

// kill notes who noticed.
func (r *Result) kill(t trial, on lab.Name, by record.Result) {
	r.State, r.Scenario, r.Mode, r.Lab = Killed, t.scenario.ID, t.mode, on
	r.Phase, r.Class, r.Reason = by.Failed, by.Class, by.Reason
}

// onWire looks on a netns lab of the mutant's own.
func (h *hunt) onWire(ctx context.Context, m Mutant, e *effect, r *Result) (err error) {
	l, err := OpenNetns(ctx, h.options.Timing)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close(context.WithoutCancel(ctx))) }()
	l.Mutate(m.fabric(l.World, e))
	for _, t := range h.trials(m, lab.Netns) {
		if m.Layer == DataPlane {
			if !h.rendered(m, t) {
				continue
			}
			e.note()
		}
		var used lab.Lab = l
		if m.observe != nil {
			used = &bentLab{Lab: l, observe: noting(e, m.observe)}
		}
		result := h.runner(t).Run(ctx, t.scenario, t.mode, used)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if !notices(result) {
			continue
		}
		if err := h.passesOnWire(ctx, t); err != nil {
			return err
		}
		r.kill(t, lab.Netns, result)
		return nil
	}
	return nil
}

// rendered reports whether any world of a scenario is rendered falsely.
func (h *hunt) rendered(m Mutant, t trial) bool {
	worlds, err := t.scenario.Worlds(t.mode)
	return err == nil && slices.ContainsFunc(worlds, m.renders)
}

// runner is the genuine one, in a hurry.
func (h *hunt) runner(t trial) runner.Runner {
	return runner.Runner{Oracle: paperlab.New(), Timing: teeth.Quick(t.scenario, t.mode, h.options.Timing)}
}

// passesOnWire proves that a scenario passes without any mutant.
func (h *hunt) passesOnWire(ctx context.Context, t trial) error {
	if h.passes[t.String()] {
		return nil
	}
	if h.genuine == nil {
		// Whatever a mutant may miss in a hurry, the genuine gate gets its time.
		l, err := OpenNetns(ctx, config.DefaultTiming())
		if err != nil {
			return err
		}
		h.genuine = &l
	}
	r := runner.Runner{Oracle: paperlab.New(), Timing: config.DefaultTiming()}.Run(ctx, t.scenario, t.mode, h.genuine)
	if r.Outcome != record.Success {
		return fmt.Errorf("%s does not pass on netns without any mutant: %s", t, r.Reason)
	}
	h.passes[t.String()] = true
	return nil
}

func (h *hunt) close(ctx context.Context) error {
	if h.genuine == nil {
		return nil
	}
	return h.genuine.Close(ctx)
}

// onPaper looks on paper: the catalogue's literals say what the oracle must, and
// validation refuses what it must.
func (h *hunt) onPaper(ctx context.Context, m Mutant, e *effect, r *Result) error {
	for _, t := range h.trials(m, lab.Paper) {
		oracle := falseOracle{genuine: paperlab.New(), mutant: m, effect: e}
		var l lab.Lab = paperlab.NewOf(oracle)
		switch {
		case m.refuse != nil:
			l = &bentLab{Lab: l, refused: refusing(e, m.refuse)}
		case m.observe != nil:
			l = &bentLab{Lab: l, observe: noting(e, m.observe)}
		}
		hurried := h.runner(t)
		hurried.Oracle = oracle
		result := hurried.Run(ctx, t.scenario, t.mode, l)
		if !notices(result) {
			continue
		}
		if genuine := h.runner(t).Run(ctx, t.scenario, t.mode, paperlab.New()); genuine.Outcome != record.Success {
			return fmt.Errorf("%s does not pass on paper without any mutant: %s", t, genuine.Reason)
		}
		r.kill(t, lab.Paper, result)
		return nil
	}
	return nil
}

// byTeeth looks for a mutant of the runner: a scenario fails that passes without
// it, or a tooth no longer bites that does without it.
func (h *hunt) byTeeth(ctx context.Context, m Mutant, e *effect, r *Result) error {
	falsified := m.run(teeth.RunOnce, e.note)
	before := h.before(m)
	for _, onlyPhase := range []bool{true, false} {
		for _, t := range h.trials(m, lab.Paper) {
			if result := falsified(ctx, h.runner(t), t.scenario, t.mode, paperlab.New()); notices(result) {
				r.kill(t, lab.Paper, result)
				return nil
			}
			all := teeth.Of(t.scenario, t.mode)
			slices.SortStableFunc(all, func(a, b teeth.Tooth) int { return later(a, before) - later(b, before) })
			for _, tooth := range all {
				if (tooth.Must.Phase == m.Phase) != onlyPhase {
					continue
				}
				if _, err := tooth.Show(ctx, h.runner(t), paperlab.New(), falsified); err == nil {
					continue
				}
				if _, err := tooth.Show(ctx, h.runner(t), paperlab.New(), teeth.RunOnce); err != nil {
					return fmt.Errorf("a tooth does not bite without any mutant: %w", err)
				}
				r.kill(t, lab.Paper, record.Result{Failed: tooth.Must.Phase, Class: tooth.Must.Class})
				r.Tooth = tooth.Name
				return nil
			}
		}
	}
	return nil
}

// later ranks the tooth that noticed before first.
func later(t teeth.Tooth, before Result) int {
	if t.Name == before.Tooth {
		return 0
	}
	return 1
}
