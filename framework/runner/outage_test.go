package runner_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// writing is a fake whose clients write on.
type writing struct {
	*fake
	tally managed.Tally
	begin error
	end   error
	// broken is whether the fault was there while the client wrote, ended that its
	// production was waited for.
	broken, ended bool
}

func (w *writing) Produce(context.Context, topology.Flow, time.Duration) (func(context.Context) (managed.Tally, error), error) {
	if w.begin != nil {
		return nil, w.begin
	}
	before := w.adoptions
	return func(ctx context.Context) (managed.Tally, error) {
		w.broken, w.ended = w.adoptions == before+2 && w.hasRule("sg-n", "remedy"), true
		return w.tally, errors.Join(w.end, ctx.Err())
	}, nil
}

// producing is a scenario whose client writes on, beside another one that meets the
// same fault.
func producing() scenario.Scenario {
	s := small()
	s.Produces = true
	s.Also = []scenario.Case{{
		Flow: topology.OverTCP("pod-b", "ecs-n", labtest.WebPort), Symptom: s.Symptom,
		Cured: scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-2"), Routed: verdict.ReachedAs("pod-b")},
	}}
	return s
}

func TestRun_outage(t *testing.T) {
	whole := managed.Tally{Attempted: 5, Acknowledged: 4, Found: 4}
	for _, row := range []struct {
		name  string
		lab   writing
		bend  func(w *writing) func(int, *verdict.Observation) error
		class record.Class
		want  string
	}{
		{name: "everything is there", lab: writing{tally: whole}},
		{
			name: "one is missing", lab: writing{tally: managed.Tally{Attempted: 5, Acknowledged: 4, Found: 3, Missing: 1}},
			class: record.Lost, want: "acknowledged data is lost: 5 attempted, 4 acknowledged: 3 found, 1 missing, 0 altered",
		},
		{
			name: "one is altered", lab: writing{tally: managed.Tally{Attempted: 5, Acknowledged: 4, Found: 3, Altered: 1}},
			class: record.Lost, want: "acknowledged data is lost",
		},
		{name: "nothing was written", class: record.Lost, want: "acknowledged data is lost: 0 attempted"},
		{name: "it cannot begin", lab: writing{begin: errors.New("no client")}, class: record.BrokenLab, want: "lab error: no client"},
		{name: "it cannot be counted", lab: writing{end: errors.New("no answer")}, class: record.BrokenLab, want: "lab error: no answer"},
		{
			name: "the fault does not come", lab: writing{tally: whole},
			bend: func(w *writing) func(int, *verdict.Observation) error {
				return func(_ int, o *verdict.Observation) error {
					if w.adoptions == 6 && !o.Verdict.Positive() {
						o.Verdict = verdict.ReachedAs("pod-b")
					}
					return nil
				}
			},
			class: record.Disagreement, want: "",
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			l := row.lab
			if l.fake = newFake(); row.bend != nil {
				l.bend = row.bend(&l)
			}
			r := newRunner()
			r.Timing.Outage = time.Millisecond
			got := r.Run(t.Context(), producing(), topology.Routed, &l)
			if row.class == "" {
				if got.Outcome != record.Success || !l.broken {
					t.Errorf("got %s: %s, with the fault in between: %t", got.Outcome, got.Reason, l.broken)
				}
				return
			}
			if got.Class != row.class || got.Failed != record.Outage || !strings.HasPrefix(got.Reason, row.want) {
				t.Errorf("got %s in %s: %s", got.Class, got.Failed, got.Reason)
			}
			if !l.ended && l.begin == nil {
				t.Error("the production was not ended")
			}
		})
	}
}

// The tally is in the report, and on paper nobody writes.
func TestRun_outageIsRecorded(t *testing.T) {
	s, r := producing(), newRunner()
	r.Timing.Outage = time.Millisecond
	l := &writing{fake: newFake(), tally: managed.Tally{Attempted: 1, Acknowledged: 1, Found: 1}}
	isOutage := func(p record.PhaseRecord) bool { return p.Phase == record.Outage }
	got := r.Run(t.Context(), s, topology.Routed, l)
	if i := slices.IndexFunc(got.Phases, isOutage); i < 0 || got.Phases[i].Tally == nil || *got.Phases[i].Tally != l.tally {
		t.Errorf("phases are %+v", got.Phases)
	}
	if got := r.Run(t.Context(), s, topology.Routed, newFake()); got.Class != record.BrokenLab {
		t.Errorf("a lab that cannot write on: got %s: %s", got.Outcome, got.Reason)
	}
	on := r.Run(t.Context(), s, topology.Routed, l.Lab)
	if on.Outcome != record.Success || slices.ContainsFunc(on.Phases, isOutage) {
		t.Errorf("on paper: got %s: %s", on.Outcome, on.Reason)
	}
}
