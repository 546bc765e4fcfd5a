package record

import (
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/triage"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Outcome is how a scenario in one mode on one lab, or a whole run, ended.
type Outcome string

const (
	// Success: everything held.
	Success Outcome = "success"
	// Failure: a phase failed.
	Failure Outcome = "failure"
	// NotRun: it was not judged, and Reason says why. Never a pass.
	NotRun Outcome = "not-run"
	// Partial, of a run only: nothing failed and something core did not run.
	Partial Outcome = "partial"
)

// Phase is one of the steps that a scenario goes through.
type Phase string

// The phases, in order.
const (
	Preflight Phase = "preflight"
	Adopt     Phase = "adopt"
	Baseline  Phase = "baseline"
	Break     Phase = "break"
	Symptom   Phase = "symptom"
	Cause     Phase = "cause"
	Decoy     Phase = "decoy"
	Stage     Phase = "stage"
	Remedy    Phase = "remedy"
	Outage    Phase = "outage"
	Undo      Phase = "undo"
	Close     Phase = "close"
)

// Result is one scenario in one mode on one lab.
type Result struct {
	Scenario string          `json:"scenario"`
	Title    string          `json:"title"`
	Family   scenario.Family `json:"family"`
	Origin   scenario.Origin `json:"origin"`
	Tier     scenario.Tier   `json:"tier"`
	Claim    string          `json:"claim"`
	// Disputed says which reading of a documentation that contradicts itself
	// was judged.
	Disputed string        `json:"disputed,omitempty"`
	Mode     topology.Mode `json:"mode"`
	Lab      lab.Name      `json:"lab"`
	Outcome  Outcome       `json:"result"`
	// Failed is the phase that failed, and Reason in one line why it failed or
	// did not run; it is empty for a success.
	Failed Phase `json:"failed,omitempty"`
	// Class is what kind of failure it is; it is empty for what did not fail.
	Class   Class         `json:"class,omitempty"`
	Reason  string        `json:"reason"`
	Started time.Time     `json:"started"`
	Seconds float64       `json:"seconds"`
	Phases  []PhaseRecord `json:"phases,omitempty"`
	// Sketch is the drawing of the healthy world.
	Sketch string `json:"sketch,omitempty"`
	// Bundle lists what was collected when it failed, each file by its path in the
	// run's folder.
	Bundle []string `json:"bundle,omitempty"`
}

// PhaseRecord is what one phase did and saw.
type PhaseRecord struct {
	Phase Phase `json:"phase"`
	// Change is the edit that the phase applied, in one line.
	Change string `json:"change,omitempty"`
	// Refusal is what the platform said to a plan that it refused, all problems
	// in one text.
	Refusal string  `json:"refusal,omitempty"`
	Seconds float64 `json:"seconds"`
	// EffectSeconds is how long it took from the change until the wanted
	// verdict was first seen.
	EffectSeconds float64 `json:"effectSeconds,omitempty"`
	Checks        []Check `json:"checks,omitempty"`
	// Diagnosed is what diagnose named in the world of this phase, told of nothing.
	Diagnosed []triage.Single `json:"diagnosed,omitempty"`
	// Tally is what became of what a client wrote on and on in this phase.
	Tally *managed.Tally `json:"tally,omitempty"`
	Error string         `json:"error,omitempty"`
}

// Check is one asked flow of a phase against what was wanted.
type Check struct {
	// Role is "flow" or "control".
	Role        string              `json:"role"`
	Want        verdict.Verdict     `json:"want"`
	Observation verdict.Observation `json:"observation"`
	// Predicted is what the oracle said of the same world.
	Predicted verdict.Verdict `json:"predicted,omitzero"`
	// PredictedPath is the oracle's, where it and the lab disagree; the
	// observation's is then what the wire has shown.
	PredictedPath verdict.Path `json:"predictedPath,omitzero"`
	OK            bool         `json:"ok"`
}
