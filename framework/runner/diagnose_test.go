package runner_test

import (
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Once the cause is shown, the broken world is diagnosed blind; a layer that was not
// injected fails the phase.
func TestRun_diagnosesTheBrokenWorld(t *testing.T) {
	r := newRunner()
	r.Diagnose = runner.EveryFlow
	l := newFake()
	got := r.Run(t.Context(), small(), topology.Routed, l)
	if got.Outcome != record.Success || len(diagnosed(got)) == 0 {
		t.Errorf("got %s: %s, diagnosed %d flows", got.Outcome, got.Reason, len(diagnosed(got)))
	}
	// After the checks of symptom and cause the counters are silent.
	l = newFake()
	checks := 0
	l.bend = func(_ int, o *verdict.Observation) error {
		if o.Verdict.Positive() {
			return nil
		}
		if checks++; checks > quick().Repeat {
			o.Evidence.Rules = nil
		}
		return nil
	}
	got = r.Run(t.Context(), small(), topology.Routed, l)
	if got.Outcome != record.Failure || got.Failed != record.Cause || got.Class != record.WrongCause || !strings.Contains(got.Reason, "misdiagnosed") {
		t.Errorf("got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
}

func diagnosed(r record.Result) []string {
	var all []string
	for _, p := range r.Phases {
		for _, s := range p.Diagnosed {
			all = append(all, string(s.Named))
		}
	}
	return all
}
