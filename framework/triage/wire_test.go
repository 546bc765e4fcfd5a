package triage_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/triage"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// sampled is how many faults of each layer, and how many pairs of each two layers,
// are asked of the wire here. Every run of the catalogue diagnoses all faults, and
// `vpcgate diagnose matrix --lab netns` all pairs.
const sampled = 1

// A sample of faults and pairs is diagnosed on the wire as on paper.
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
	r, err := triage.Examine(t.Context(), l, oracle, ofEachLayer(l.Name(), triage.MainFlows(faults)), triage.Sample(triage.Pairs(oracle, faults), sampled))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range r.Wrong() {
		t.Error(line)
	}
	if len(r.Singles) < 9 || len(r.Doubles) < len(r.Singles) {
		t.Errorf("%d singles and %d pairs were diagnosed, %d were not hosted", len(r.Singles), len(r.Doubles), r.NotHosted)
	}
	t.Log("\n" + r.Table())
}

// ofEachLayer takes some faults of each layer that the lab can host.
func ofEachLayer(l lab.Name, faults []triage.Fault) []triage.Fault {
	taken := map[diagnose.Layer]int{}
	var all []triage.Fault
	for _, f := range faults {
		if lab.CanHost(l, f.Broken) == nil && taken[f.Layers[0]] < sampled {
			taken[f.Layers[0]]++
			all = append(all, f)
		}
	}
	return all
}
