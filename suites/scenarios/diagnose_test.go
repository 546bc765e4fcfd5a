package scenarios_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/triage"
	"github.com/vpcgate/vpcgate/framework/verdict"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// Every single fault of the catalogue, by every flow that it breaks, and every pair
// of faults that composes on one world is diagnosed by evidence alone: singles by
// their layer, pairs by the layer that the page looks at first, unless the packet
// ends before it comes there, and then by the other one.
func TestDiagnose_matrix(t *testing.T) {
	oracle := paperlab.New()
	faults, err := triage.Faults(scenarios.Catalogue(), oracle)
	if err != nil {
		t.Fatal(err)
	}
	r, err := triage.Examine(t.Context(), paperlab.New(), oracle, faults, triage.Pairs(oracle, faults))
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range r.Wrong() {
		t.Error(line)
	}
	for _, s := range r.Scores() {
		if s.Precision() != 1 || s.Recall() != 1 {
			t.Errorf("%s: precision %.2f, recall %.2f", s.Layer, s.Precision(), s.Recall())
		}
	}
	for _, d := range r.Doubles {
		if d.Met == triage.MetFirst && d.Before.Named != d.Layers[0] {
			t.Errorf("%s with %s: named %s before %s", d.First, d.Second, d.Before.Named, d.Layers[0])
		}
	}
	if len(r.Singles) < len(scenarios.Catalogue()) || len(r.Doubles) < len(r.Singles) {
		t.Errorf("only %d singles and %d pairs were diagnosed", len(r.Singles), len(r.Doubles))
	}
	t.Log("\n" + r.Table())
}

// The blind form: a fault of the catalogue is drawn, then a flow that fails for
// it, whoever asks whom; the walk is given that flow and nothing else.
func TestDiagnose_blind(t *testing.T) {
	const draws = 200
	named := 0
	for seed := range uint64(draws) {
		random := rand.New(rand.NewPCG(seed, 0))
		all := scenarios.Catalogue()
		s := all[random.IntN(len(all))]
		m := s.Modes()[random.IntN(len(s.Modes()))]
		if len(s.Refused.In(m)) > 0 {
			continue
		}
		healthy := healthyWorld(t, s, m)
		broken := edited(t, "broken world", healthy, s.Break.In(m))
		failing := failingFlows(healthy, broken)
		if len(failing) == 0 {
			continue
		}
		f := failing[random.IntN(len(failing))]
		named++
		t.Run(fmt.Sprintf("seed %d: %s %s", seed, s.ID, m), func(t *testing.T) {
			mustName(t, broken, f, triage.Layers(s.Break.In(m), broken))
		})
	}
	if named < draws/4 {
		t.Errorf("only %d of %d draws broke a flow", named, draws)
	}
}

func mustName(t *testing.T, w topology.World, f topology.Flow, want []diagnose.Layer) {
	t.Helper()
	l := paperlab.New()
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	d, err := diagnose.Walk(t.Context(), l, f)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(want, d.Layer) || d.Remedy == "" {
		t.Errorf("%s: named %q with remedy %q, injected %v\n%s", f, d.Layer, d.Remedy, want, d.Verdict)
	}
}

// failingFlows lists what is reached in the healthy world and not in the broken one.
func failingFlows(healthy, broken topology.World) []topology.Flow {
	oracle := paperlab.New()
	var all []topology.Flow
	for _, from := range healthy.Endpoints() {
		for _, to := range healthy.Destinations() {
			for _, f := range asks(from.Name, to) {
				if healthy.ValidateFlow(f) != nil || broken.ValidateFlow(f) != nil {
					continue
				}
				was, is := oracle.Predict(healthy, f).Verdict, oracle.Predict(broken, f).Verdict
				if was.Positive() && !is.Positive() && is.Kind != verdict.KindInconclusive {
					all = append(all, f)
				}
			}
		}
	}
	return all
}

func asks(from string, to topology.Endpoint) []topology.Flow {
	all := []topology.Flow{topology.Ping(from, to.Name)}
	for _, l := range to.Listeners {
		all = append(all, topology.Flow{From: from, To: to.Name, Protocol: l.Protocol, Port: l.Port})
	}
	for _, port := range to.Managed.Ports() {
		all = append(all, topology.Flow{From: from, To: to.Name, Protocol: topology.TCP, Port: port, Use: to.Managed.Kind.Use()})
	}
	return all
}
