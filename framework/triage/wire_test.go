package triage_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/triage"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// sampled is how many pairs of each two layers are asked of the wire; `vpcgate
// diagnose matrix` asks all of them.
const sampled = 1

// Every single fault, by its main flow, and a sample of the pairs are diagnosed on
// the wire as on paper.
func TestExamine_onNetns(t *testing.T) {
	oracle := paperlab.New()
	faults, err := triage.Faults(scenarios.Catalogue(), oracle)
	if err != nil {
		t.Fatal(err)
	}
	l, err := netnslab.Open(t.Context(), netnslab.Options{Run: "triage", Timing: config.DefaultTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	r, err := triage.Examine(t.Context(), l, oracle, triage.MainFlows(faults), triage.Sample(triage.Pairs(oracle, faults), sampled))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range r.Wrong() {
		t.Error(line)
	}
	if len(r.Singles) < 2*r.NotHosted || len(r.Doubles) == 0 {
		t.Errorf("%d singles and %d pairs were diagnosed, %d were not hosted", len(r.Singles), len(r.Doubles), r.NotHosted)
	}
	t.Log("\n" + r.Table())
}
