package runner

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// plan takes a planning scenario through its phases. The broken world is one
// that the platform refuses: no lab may adopt it, the refusal has to name every
// conflicting pair with its rule, and the world before it has to stand as if
// nothing had been asked for. Each decoy is another plan that is refused as well.
// What the platform refuses before there is a plan leaves the world as it is.
func (r *run) plan(ctx context.Context, healthy topology.World, rules []topology.RuleID) error {
	fault := r.scenario.Break.In(r.mode)
	r.phase(record.Break, fault)
	broken, refusal, err := change.Request(healthy, fault)
	if err != nil {
		return r.failure(record.BadScenario, "change error", err)
	}
	r.phase(record.Symptom, nil)
	if err := r.refuse(ctx, broken, refusal, rules, "symptom not seen"); err != nil {
		return err
	}
	for _, d := range r.scenario.Decoys.In(r.mode) {
		r.phase(record.Decoy, d)
		world, refusal, err := change.Request(broken, d)
		if err != nil {
			return r.failure(record.BadScenario, "change error", err)
		}
		if err := r.refuse(ctx, world, refusal, nil, "cured by a decoy"); err != nil {
			return err
		}
	}
	if _, err := r.remedy(ctx, broken); err != nil {
		return err
	}
	r.phase(record.Undo, nil)
	return r.refuse(ctx, broken, refusal, rules, "not reproducible: the symptom is not back")
}

// refuse demands that the lab refuses the world, unless the change that leads to
// it was refused already, for exactly the given rules (any rule when none is
// given), and that the adopted world still answers as before.
func (r *run) refuse(ctx context.Context, w topology.World, refusal error, rules []topology.RuleID, otherwise string) error {
	err := refusal
	if err == nil {
		err = r.lab.Adopt(ctx, w)
	}
	r.standing = map[topology.Flow]bool{}
	if err == nil {
		return r.failure(record.Expectation, otherwise, errors.New("the world was not refused"))
	}
	got := topology.Violations(err)
	switch {
	case len(got) == 0:
		return r.failure(record.BrokenLab, "lab error", err)
	case len(rules) > 0 && !slices.Equal(got, rules):
		return r.failure(record.WrongCause, "right verdict, wrong cause", fmt.Errorf("want a refusal for %v, got %v: %w", rules, got, err))
	}
	r.current.Refusal = err.Error()
	if r.current.Phase == record.Undo {
		return r.expect(ctx, asCured, "a refused world touched the one that stood")
	}
	return r.expect(ctx, asHealthy, "a refused world touched the one that stood")
}
