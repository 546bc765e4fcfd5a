package explain_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/explain"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/triage"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func faults(t *testing.T) []triage.Fault {
	t.Helper()
	all, err := triage.Faults(scenarios.Catalogue(), paperlab.New())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) == 0 {
		t.Fatal("the catalogue has no faults")
	}
	return all
}

func explained(t *testing.T, w topology.World, f topology.Flow) explain.Explanation {
	t.Helper()
	e, err := explain.Flow(t.Context(), paperlab.New(), w, f)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func layersOf(e explain.Explanation) []diagnose.Layer {
	var all []diagnose.Layer
	for _, b := range e.Blockers {
		all = append(all, b.Layer)
	}
	return all
}

func names(e explain.Explanation, of []diagnose.Layer) bool {
	named := layersOf(e)
	return slices.ContainsFunc(of, func(l diagnose.Layer) bool { return slices.Contains(named, l) })
}

// Of what nothing on paper takes away: addresses that two have, or that nobody can
// ever answer at. These ends are the last word, whatever is behind.
func isEnd(b explain.Blocker) bool {
	return b.Layer == diagnose.AddressPlan || b.Layer == diagnose.Address
}

func TestFlow_names_every_fault_of_the_catalogue_and_no_other(t *testing.T) {
	all := faults(t)
	for _, f := range all {
		t.Run(f.Name, func(t *testing.T) {
			for _, flow := range f.Flows {
				e := explained(t, f.Broken, flow)
				if !names(e, f.Layers) {
					t.Errorf("%s: named are %v, at fault is one of %v", flow, layersOf(e), f.Layers)
				}
				for _, b := range e.Blockers {
					if !slices.Contains(left(all, f), b.Layer) {
						t.Errorf("%s: named is %+v, at fault are %v", flow, b, left(all, f))
					}
				}
				open := e.Open != ""
				if last := e.Blockers[len(e.Blockers)-1]; open != (last.Assumed == "") || open && !isEnd(last) {
					t.Errorf("%s: %q after %+v", flow, e.Open, last)
				}
				if !open && !e.Mended.Positive() {
					t.Errorf("%s: with all blockers gone it is %s", flow, e.Mended)
				}
			}
		})
	}
}

// left are the layers of a fault and of the stages that come after it.
func left(all []triage.Fault, f triage.Fault) []diagnose.Layer {
	var layers []diagnose.Layer
	for _, other := range all {
		if nameOf(other) == nameOf(f) && other.Stage >= f.Stage {
			layers = append(layers, other.Layers...)
		}
	}
	return layers
}

// nameOf is the scenario and mode of a fault.
func nameOf(f triage.Fault) string {
	name, _, _ := strings.Cut(f.Name, ",")
	return name
}

// A fault in several layers has a stage for each: all of them are named at once.
func TestFlow_names_every_layer_of_a_fault_in_stages(t *testing.T) {
	layers := map[string][][]diagnose.Layer{}
	first := map[string]triage.Fault{}
	for _, f := range faults(t) {
		name := nameOf(f)
		layers[name] = append(layers[name], f.Layers)
		if f.Stage == 0 {
			first[name] = f
		}
	}
	staged := 0
	for name, stages := range layers {
		if len(stages) < 2 {
			continue
		}
		staged++
		e := explained(t, first[name].Broken, first[name].Flows[0])
		for i, stage := range stages {
			if !names(e, stage) {
				t.Errorf("%s: named are %v; stage %d is in %v", name, layersOf(e), i, stage)
			}
		}
	}
	if staged == 0 {
		t.Error("no fault of the catalogue has stages")
	}
}

// What a healthy world has in the way of a flow that is reached is nothing.
func TestFlow_names_nothing_where_nothing_is_at_fault(t *testing.T) {
	for _, f := range faults(t) {
		e := explained(t, f.Healthy, f.Flows[0])
		if e.Result != explain.Reached || len(e.Blockers) > 0 || e.Mended != nil || len(e.Way.Back) == 0 && f.Flows[0].Protocol != topology.DNSQuery {
			t.Errorf("%s: %+v", f.Name, e)
		}
	}
}

func TestFlow_names_both_faults_of_a_pair(t *testing.T) {
	pairs := triage.Pairs(paperlab.New(), faults(t))
	if len(pairs) == 0 {
		t.Fatal("no faults compose")
	}
	hidden, apart := 0, 0
	for _, p := range pairs {
		if curedByOne(p) {
			apart++
			continue
		}
		e := explained(t, p.Broken, p.Flow)
		first, second := names(e, p.First.Layers), names(e, elsewhere(p))
		switch {
		case first && second:
		case (first || second) && e.Open != "" && isEnd(e.Blockers[len(e.Blockers)-1]):
			hidden++
		default:
			t.Errorf("%s and %s, %s: named are %v, at fault are %v and %v\n%s | %s", p.First.Name, p.Second.Name, p.Flow, layersOf(e), p.First.Layers, elsewhere(p), p.First.Break, p.Second.Break)
		}
	}
	if hidden+apart > len(pairs)/10 {
		t.Errorf("of %d pairs, %d have a fault that cannot be seen and %d one that is not in the way", len(pairs), hidden, apart)
	}
}

// curedByOne reports whether the remedy of one fault is enough where both are, as for a
// pod that the other one moved out of its way.
func curedByOne(p triage.Pair) bool {
	for _, f := range []triage.Fault{p.First, p.Second} {
		w, err := change.Edit(p.Broken, f.Remedy)
		if err == nil && paperlab.New().Predict(w, p.Flow).Verdict.Positive() {
			return true
		}
	}
	return false
}

// elsewhere are the layers that the second fault of a pair may show in.
func elsewhere(p triage.Pair) []diagnose.Layer {
	return append(slices.Clone(p.Second.Layers), p.Second.Elsewhere...)
}
