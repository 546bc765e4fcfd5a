package scenario

import (
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PerMode is one value for each mode, side by side.
type PerMode[T any] struct {
	Tunnel T
	Routed T
}

// Both is the same value in both modes.
func Both[T any](v T) PerMode[T] { return PerMode[T]{Tunnel: v, Routed: v} }

// In returns the mode's value.
func (p PerMode[T]) In(m topology.Mode) T {
	if m == topology.Tunnel {
		return p.Tunnel
	}
	return p.Routed
}

// Origin says where a scenario comes from.
type Origin string

const (
	// Seed is a scenario that the page "Configuring Intra-VPC Access" states itself.
	Seed Origin = "seed"
	// Documented is a scenario that another page of the documentation states.
	Documented Origin = "doc"
	// Derived is a combination or variation of documented ones.
	Derived Origin = "derived"
	// UserOwn is a scenario that a user wrote.
	UserOwn Origin = "user"
)

// Tier says what it means when a scenario did not run.
type Tier string

const (
	// Core must run on every lab asked for, or the run is only partial.
	Core Tier = "core"
	// Extended may be reported as not run.
	Extended Tier = "extended"
)

// Scenario is one documented case.
type Scenario struct {
	// ID is the family's prefix and a row number of the catalogue, "SG-001".
	ID string
	// Title is a fact in the present tense, without "and".
	Title  string
	Origin Origin
	Tier   Tier
	// Claim is the id of the sentence of the documentation that this proves.
	Claim string
	// Disputed, where the documentation contradicts itself, says which reading
	// the lab implements.
	Disputed string
	// Disruptive marks a scenario that restarts or moves what other flows use:
	// a drained node, a restarted engine, containers with new addresses.
	Disruptive bool
	// OnlyIn, when set, is the one mode in which the case can arise, and
	// OnlyBecause why it cannot in the other.
	OnlyIn      topology.Mode
	OnlyBecause string
	// World makes the world in a mode, Given what of it is different before the
	// fault: the two together are the healthy world. Given may be nil.
	World func(topology.Mode) topology.World
	Given PerMode[change.Change]
	// Refused makes it a planning scenario: the broken world is one that the
	// platform refuses, for exactly these rules, one entry per pair that violates
	// one, in the order of validation. The world before it then stands, and answers as healthy;
	// each decoy is refused as well.
	Refused PerMode[[]topology.RuleID]
	// Flow is the question; Symptom what the broken world answers, Cured what
	// the remedied one does. The healthy world answers like the cured one
	// unless Healthy says otherwise. In an exposure, the symptom is an answer
	// that should not be given, and the cure is a drop.
	Flow    topology.Flow
	Healthy PerMode[verdict.Verdict]
	Symptom PerMode[verdict.Verdict]
	Cured   PerMode[verdict.Verdict]
	// Also are further flows of the same fault, each with its own answers.
	Also []Case
	// Break is the fault; Remedy cures it; each decoy, a plausible change, must not.
	Break  PerMode[change.Change]
	Remedy PerMode[change.Change]
	Decoys PerMode[[]change.Change]
	// Stages are the partial remedies of a fault in several layers, applied to
	// the broken world one after the other before the remedy, which is the last.
	Stages []Stage
	// Produces has the client of Flow write on while the fault comes and goes once
	// more: everything that the service acknowledged has to be there in the end. The
	// flows of Also show meanwhile that the fault is there.
	Produces bool
	// Controls keep their verdict through every phase.
	Controls []Control
}

// Modes lists the modes in which the case can arise.
func (s Scenario) Modes() []topology.Mode {
	if s.OnlyIn != "" {
		return []topology.Mode{s.OnlyIn}
	}
	return topology.Modes()
}

// HealthyWorld returns the world before the fault. It fails when Given cannot be
// applied.
func (s Scenario) HealthyWorld(m topology.Mode) (topology.World, error) {
	w := s.World(m)
	if given := s.Given.In(m); given != nil {
		return change.Edit(w, given)
	}
	return w, nil
}

// Planning reports whether the broken world is one that the platform refuses.
func (s Scenario) Planning() bool { return len(s.Refused.Tunnel)+len(s.Refused.Routed) > 0 }

// Shows reports whether the fault shows in a mode at all: the plan is refused, or
// some flow answers otherwise than before. A documented non-event shows nothing.
func (s Scenario) Shows(m topology.Mode) bool {
	return slices.Contains(s.Modes(), m) && (len(s.Refused.In(m)) > 0 || slices.ContainsFunc(s.Expectations(m), func(e Expect) bool {
		return e.Symptom.Identity() != e.Healthy.Identity()
	}))
}

// Case is a flow and its answers in each phase; a zero Healthy means Cured.
type Case struct {
	Flow    topology.Flow
	Healthy PerMode[verdict.Verdict]
	Symptom PerMode[verdict.Verdict]
	Cured   PerMode[verdict.Verdict]
}

// Stage is a partial remedy and what the main flow answers after it: the next
// layer reports. A mode in which a stage has no fix does without it.
type Stage struct {
	Fix  PerMode[change.Change]
	Then PerMode[verdict.Verdict]
}

// StagesIn lists the stages that the mode has.
func (s Scenario) StagesIn(m topology.Mode) []Stage {
	var all []Stage
	for _, stage := range s.Stages {
		if stage.Fix.In(m) != nil {
			all = append(all, stage)
		}
	}
	return all
}

// WholeRemedy is what leads from the broken world to the cured one: the fixes of
// all stages, then the remedy.
func (s Scenario) WholeRemedy(m topology.Mode) change.Change {
	stages := s.StagesIn(m)
	if len(stages) == 0 {
		return s.Remedy.In(m)
	}
	var all []change.Change
	for _, stage := range stages {
		all = append(all, stage.Fix.In(m))
	}
	return change.All(append(all, s.Remedy.In(m))...)
}

// Control is a flow that keeps its verdict through every phase.
type Control struct {
	Flow    topology.Flow
	Verdict PerMode[verdict.Verdict]
	// Why says what the control makes meaningful.
	Why string
}

// Expect is what the three worlds of a scenario answer to a flow in one mode.
type Expect struct {
	Flow                    topology.Flow
	Healthy, Symptom, Cured verdict.Verdict
}

// Expectations lists the scenario's flows with their answers in a mode, the
// main one first.
func (s Scenario) Expectations(m topology.Mode) []Expect {
	cases := append([]Case{{Flow: s.Flow, Healthy: s.Healthy, Symptom: s.Symptom, Cured: s.Cured}}, s.Also...)
	all := make([]Expect, len(cases))
	for i, c := range cases {
		all[i] = Expect{Flow: c.Flow, Healthy: c.Healthy.In(m), Symptom: c.Symptom.In(m), Cured: c.Cured.In(m)}
		if all[i].Healthy.Kind == "" {
			all[i].Healthy = all[i].Cured
		}
	}
	return all
}

// Family is a chapter of the catalogue.
type Family string

// The families and their id prefixes.
const (
	SecurityGroup Family = "security-group"
	Peering       Family = "peering"
	Service       Family = "managed-service"
	Engine        Family = "engine"
	Planning      Family = "planning"
	Node          Family = "node"
	Hybrid        Family = "hybrid"
	Triage        Family = "triage"
	// Chaos is what no scenario of the catalogue is of: faults that come and go under live traffic.
	Chaos Family = "chaos"
)

var prefixes = map[string]Family{
	"SG": SecurityGroup, "PEER": Peering, "SVC": Service, "ENG": Engine,
	"PLAN": Planning, "NODE": Node, "HYB": Hybrid, "TRI": Triage, "CHA": Chaos,
}

// Family derives the family from the id's prefix; it is empty for an unknown one.
func (s Scenario) Family() Family {
	prefix, _, _ := strings.Cut(s.ID, "-")
	return prefixes[prefix]
}
