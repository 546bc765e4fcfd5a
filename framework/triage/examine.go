package triage

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Single is the blind diagnosis of one flow that one fault breaks.
type Single struct {
	Fault    string           `json:"fault"`
	Flow     topology.Flow    `json:"flow"`
	Injected []diagnose.Layer `json:"injected"`
	Finding
}

// Finding is what a walk said of a flow.
type Finding struct {
	// Named is empty where no layer was named.
	Named  diagnose.Layer `json:"named"`
	Remedy string         `json:"remedy,omitempty"`
	// WrongTurn is the first step that led away from what was injected; empty where
	// the walk was right.
	WrongTurn string `json:"wrongTurn,omitempty"`
}

// Right reports whether the walk named what was injected.
func (f Finding) Right() bool { return f.WrongTurn == "" }

// Double is the blind diagnosis of a flow that two faults break, and then, with the
// named one cured, of what is left.
type Double struct {
	First  string        `json:"first"`
	Second string        `json:"second"`
	Flow   topology.Flow `json:"flow"`
	// Layers are the faults', in the page's order.
	Layers [2]diagnose.Layer `json:"layers"`
	// Met says whose layer the packet meets first.
	Met Order `json:"met"`
	// Before is the finding with both faults, After with the other one alone.
	Before Finding `json:"before"`
	After  Finding `json:"after"`
	// CuredBy says how the named fault was taken away: by its scenario's remedy, or,
	// where that does not lead out of this world, by undoing it.
	CuredBy string `json:"curedBy,omitempty"`
}

// Examine diagnoses every fault, all of its flows, and every pair in a lab. It fails
// when the lab does; a diagnosis that is wrong is in the report.
func Examine(ctx context.Context, l lab.Lab, oracle lab.Oracle, faults []Fault, pairs []Pair) (Report, error) {
	r := Report{Lab: l.Name()}
	for _, f := range faults {
		if err := adopt(ctx, l, f.Broken); errors.Is(err, lab.ErrCannotHost) {
			r.NotHosted++
			continue
		} else if err != nil {
			return r, fmt.Errorf("fault %s: %w", f.Name, err)
		}
		singles, err := f.Diagnose(ctx, l)
		if err != nil {
			return r, err
		}
		r.Singles = append(r.Singles, singles...)
	}
	for _, p := range pairs {
		d, err := double(ctx, l, oracle, p)
		if errors.Is(err, lab.ErrCannotHost) {
			r.NotHosted++
			continue
		}
		if err != nil {
			return r, fmt.Errorf("faults %s and %s: %w", p.First.Name, p.Second.Name, err)
		}
		r.Doubles = append(r.Doubles, d)
	}
	return r, nil
}

// Diagnose asks a lab that has adopted the broken world for a diagnosis of every flow
// of the fault.
func (f Fault) Diagnose(ctx context.Context, l lab.Lab) ([]Single, error) {
	all := make([]Single, 0, len(f.Flows))
	for _, flow := range f.Flows {
		found, err := find(ctx, l, flow, f.Layers)
		if err != nil {
			return all, fmt.Errorf("fault %s: %w", f.Name, err)
		}
		all = append(all, Single{Fault: f.Name, Flow: flow, Injected: f.Layers, Finding: found})
	}
	return all, nil
}

// adopt refuses what the lab says beforehand that it cannot host.
func adopt(ctx context.Context, l lab.Lab, w topology.World) error {
	if err := lab.CanHost(l.Name(), w); err != nil {
		return err
	}
	return l.Adopt(ctx, w)
}

// find asks for a diagnosis and holds it against the layers that are right.
func find(ctx context.Context, l lab.Lab, f topology.Flow, right []diagnose.Layer) (Finding, error) {
	d, err := diagnose.Walk(ctx, l, f)
	if err != nil {
		return Finding{}, err
	}
	found := Finding{Named: d.Layer, Remedy: d.Remedy}
	if !slices.Contains(right, d.Layer) || d.Remedy == "" {
		found.WrongTurn = wrongTurn(d, right)
	}
	return found, nil
}

// wrongTurn is the first step of a walk that leads away from the right layers: the
// one that passes over a right one, or the one that stops at another.
func wrongTurn(d diagnose.Diagnosis, right []diagnose.Layer) string {
	for i, s := range d.Steps {
		if s.Layer == "" {
			continue
		}
		if slices.Contains(right, s.Layer) || s.Layer == d.Layer {
			return fmt.Sprintf("step %d, %s: %s", i+1, s.Layer, s.Found)
		}
	}
	if n := len(d.Steps); n > 0 {
		return fmt.Sprintf("step %d: %s", n, d.Steps[n-1].Found)
	}
	return "it did not look anywhere"
}

// double diagnoses a pair: first with both faults, then without the named one.
func double(ctx context.Context, l lab.Lab, oracle lab.Oracle, p Pair) (Double, error) {
	first, second := p.First.Layers[0], p.Second.Layers[0]
	d := Double{First: p.First.Name, Second: p.Second.Name, Flow: p.Flow, Layers: [2]diagnose.Layer{first, second}, Met: p.Met}
	if err := adopt(ctx, l, p.Broken); err != nil {
		return d, err
	}
	right := []diagnose.Layer{first}
	if p.Met != MetFirst {
		// The packet never comes to the page's first: nothing there can record it.
		right = append(right, second)
	}
	var err error
	if d.Before, err = find(ctx, l, p.Flow, right); err != nil || !d.Before.Right() {
		return d, err
	}
	named, other, left := p.First, p.Second, p.OnlySecond
	if d.Before.Named == second {
		named, other, left = p.Second, p.First, p.OnlyFirst
	}
	left, d.CuredBy = cured(oracle, p, named, left)
	if err := adopt(ctx, l, left); err != nil {
		return d, err
	}
	d.After, err = find(ctx, l, p.Flow, other.Layers)
	return d, err
}

// cured takes the named fault away: by its remedy where that leads to a world in
// which the flow ends as it does with the other fault alone.
func cured(oracle lab.Oracle, p Pair, named Fault, undone topology.World) (topology.World, string) {
	const undoing = "undoing it"
	if named.Remedy == nil {
		return undone, undoing
	}
	w, err := change.Edit(p.Broken, named.Remedy)
	if err != nil || w.Validate() != nil || w.ValidateFlow(p.Flow) != nil {
		return undone, undoing
	}
	if !reflect.DeepEqual(oracle.Predict(w, p.Flow).Verdict, oracle.Predict(undone, p.Flow).Verdict) {
		return undone, undoing
	}
	return w, named.Remedy.String()
}
