package runner

import (
	"context"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/triage"
)

// Scope says which flows of a broken world are diagnosed, once their cause is shown.
type Scope int

const (
	// NoFlow: nothing is diagnosed.
	NoFlow Scope = iota
	// MainFlow: the first flow that the fault breaks.
	MainFlow
	// EveryFlow: every flow of the scenario that the fault breaks.
	EveryFlow
)

// diagnose has the world that the lab has adopted diagnosed, which is the broken one
// or, after a stage, what is left of it. The walk is told nothing; a layer that was
// not injected is a failure.
func (r *run) diagnose(ctx context.Context, stage int) error {
	if r.runner.Diagnose == NoFlow {
		return nil
	}
	faults, err := triage.FaultsOf(r.scenario, r.mode, r.runner.Oracle)
	if err != nil {
		return r.failure(record.BadScenario, "change error", err)
	}
	if r.runner.Diagnose == MainFlow {
		faults = triage.MainFlows(faults)
	}
	for _, f := range faults {
		if f.Stage != stage {
			continue
		}
		singles, err := f.Diagnose(ctx, r.lab)
		r.current.Diagnosed = append(r.current.Diagnosed, singles...)
		if err != nil {
			return r.failure(record.BrokenLab, "lab error", err)
		}
		for _, s := range singles {
			if !s.Right() {
				return r.failure(record.WrongCause, "misdiagnosed", fmt.Errorf("%s: injected %v, named %q: %s", s.Flow, s.Injected, s.Named, s.WrongTurn))
			}
		}
	}
	return nil
}
