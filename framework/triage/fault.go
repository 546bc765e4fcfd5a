package triage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Fault is the break of one scenario in one mode, or what is left of it after a
// stage.
type Fault struct {
	// Name is the scenario's id and the mode, with the stage where there is one:
	// "SG-001 routed", "TRI-003 routed, after stage 1".
	Name string
	Mode topology.Mode
	// Stage is after how many partial remedies; zero is the break itself.
	Stage int
	// Healthy is the world before the break, Broken after it and the stages.
	Healthy, Broken topology.World
	// Break is the scenario's, empty after a stage; Remedy is what cures it.
	Break, Remedy change.Change
	// Layers are those that the fault is in; naming any of them is right. Elsewhere
	// are those that its break may show in for flows of other scenarios.
	Layers, Elsewhere []diagnose.Layer
	// Flows are those of the scenario that fail for it, the main one first.
	Flows []topology.Flow
}

// errNoLayer is the error of a catalogue with a change that Layers does not know.
var errNoLayer = errors.New("no layer is known for it; add it to triage.Layers")

// Faults lists the faults of a catalogue, in its order, each in every mode in which
// it makes a flow fail. A plan that the platform refuses breaks nothing. A fault
// of several layers at once appears once for every stage of its remedy.
func Faults(catalogue []scenario.Scenario, oracle lab.Oracle) ([]Fault, error) {
	var all []Fault
	var problems []error
	for _, s := range catalogue {
		for _, m := range s.Modes() {
			of, err := FaultsOf(s, m, oracle)
			if err != nil {
				problems = append(problems, fmt.Errorf("faults of %s %s: %w", s.ID, m, err))
			}
			all = append(all, of...)
		}
	}
	return all, errors.Join(problems...)
}

// FaultsOf lists the faults of one scenario in a mode: that of its break, then what
// is left after each stage.
func FaultsOf(s scenario.Scenario, m topology.Mode, oracle lab.Oracle) ([]Fault, error) {
	if len(s.Refused.In(m)) > 0 {
		return nil, nil
	}
	healthy, err := s.HealthyWorld(m)
	if err != nil {
		return nil, err
	}
	broken, err := change.Edit(healthy, s.Break.In(m))
	if err != nil {
		return nil, err
	}
	stages := s.StagesIn(m)
	next := s.Remedy.In(m)
	if len(stages) > 0 {
		next = stages[0].Fix.In(m)
	}
	first := Fault{Name: s.ID + " " + string(m), Mode: m, Healthy: healthy, Broken: broken, Break: s.Break.In(m), Remedy: s.WholeRemedy(m)}
	for _, e := range s.Expectations(m) {
		if f, fails := failing(oracle, healthy, broken, e.Flow); fails {
			first.Flows = append(first.Flows, f)
		}
		if len(stages) > 0 {
			break // the stages are those of the main flow
		}
	}
	if len(first.Flows) == 0 {
		return nil, nil // a documented non-event
	}
	if first.Layers = narrowed(first.Break, next, broken); len(first.Layers) == 0 {
		return nil, fmt.Errorf("change %q: %w", first.Break, errNoLayer)
	}
	first.Elsewhere = Layers(first.Break, broken)
	all := []Fault{first}
	w := broken
	for i, stage := range stages {
		if w, err = change.Edit(w, stage.Fix.In(m)); err != nil {
			return all, err
		}
		next = s.Remedy.In(m)
		if i+1 < len(stages) {
			next = stages[i+1].Fix.In(m)
		}
		if f, fails := failing(oracle, healthy, w, s.Flow); fails {
			all = append(all, Fault{
				Name: fmt.Sprintf("%s, after stage %d", first.Name, i+1), Mode: m, Stage: i + 1, Healthy: healthy, Broken: w,
				Remedy: next, Layers: Layers(next, w), Flows: []topology.Flow{f},
			})
		}
	}
	return all, nil
}

// narrowed lists the layers of a fault. Where it has several, those that its cure
// is in as well are meant, if there are any: a pod that moved is cured in the one
// layer that still knows its old address.
func narrowed(fault, cure change.Change, w topology.World) []diagnose.Layer {
	layers, cured := Layers(fault, w), Layers(cure, w)
	both := slices.DeleteFunc(slices.Clone(layers), func(l diagnose.Layer) bool { return !slices.Contains(cured, l) })
	if len(both) > 0 {
		return both
	}
	return layers
}

// failing reports whether a flow that is reached in the healthy world fails in the
// broken one, by the oracle. It is asked as a new connection.
func failing(oracle lab.Oracle, healthy, broken topology.World, f topology.Flow) (topology.Flow, bool) {
	f.Live = false
	if healthy.ValidateFlow(f) != nil || broken.ValidateFlow(f) != nil {
		return f, false
	}
	was, is := oracle.Predict(healthy, f).Verdict, oracle.Predict(broken, f).Verdict
	return f, was.Positive() && !is.Positive() && is.Kind != verdict.KindInconclusive
}

// MainFlows lists the faults with one flow each.
func MainFlows(faults []Fault) []Fault {
	all := slices.Clone(faults)
	for i := range all {
		all[i].Flows = all[i].Flows[:1]
	}
	return all
}
