package mutation

import (
	"reflect"
	"sync/atomic"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/teeth"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Layer is what a mutant falsifies.
type Layer string

const (
	// DataPlane is what the fabric renders of a world.
	DataPlane Layer = "data plane"
	// Agent is what the agents at clients say.
	Agent Layer = "agent"
	// Counters is what is read of the data plane's counters.
	Counters Layer = "counters"
	// Judge is what a lab makes of answers and counters.
	Judge Layer = "judge"
	// Runner is what the phases demand.
	Runner Layer = "runner"
	// Oracle is what paper predicts.
	Oracle Layer = "oracle"
	// Planner is what validation refuses.
	Planner Layer = "planner"
)

// Mutant is one way in which the gate is wrong. One of its functions is set, which
// says what is falsified and so how it is looked for.
type Mutant struct {
	ID    string
	Layer Layer
	// Says is what is wrong, as a sentence without a full stop.
	Says string
	// Try are beginnings of the ids of scenarios that exercise it: they are tried
	// first. Phase, of a Runner mutant, is the phase whose teeth are.
	Try   []string
	Phase record.Phase

	// only, if set, is the one trial that may notice.
	only *trial
	// world edits the world that is rendered, or that the oracle is asked about.
	world func(*topology.World)
	plan  func(*fabric.Plan)
	rules rulesEdit
	// answer, counter and observe falsify what is said and read.
	answer  func(topology.World, topology.Flow, *probe.Answer)
	counter func(hop, counter string, packets uint64) uint64
	observe func(topology.World, *verdict.Observation)
	// survives and predict falsify the oracle.
	survives func(genuine bool) bool
	predict  func(topology.World, *verdict.Observation)
	// refuse falsifies what validation finds wrong with a world.
	refuse func([]topology.Problem) []topology.Problem
	// run falsifies the runner; touched is called where that had an effect.
	run func(genuine teeth.Run, touched func()) teeth.Run
}

// Catalogue lists every mutant.
func Catalogue() []Mutant {
	var all []Mutant
	for _, some := range [][]Mutant{groups(), routes(), links(), machines(), managedServices(), agents(), counters(), judges(), runners(), oracles(), planners()} {
		all = append(all, some...)
	}
	return all
}

// effect notes whether a mutant has made any difference.
type effect struct{ seen atomic.Bool }

func (e *effect) note() { e.seen.Store(true) }

// renders reports whether anything of a world is rendered falsely. It is pure.
func (m Mutant) renders(w topology.World) bool {
	x := m.fabric(func() topology.World { return w }, &effect{})
	return x.Renders(w)
}

// fabric is the mutant of a fabric.
func (m Mutant) fabric(adopted func() topology.World, e *effect) *fabric.Mutant {
	x := &fabric.Mutant{World: m.world, Plan: m.plan, Rules: m.rules}
	if m.counter != nil {
		x.Counter = func(hop, counter string, packets uint64) uint64 {
			now := m.counter(hop, counter, packets)
			if now != packets {
				e.note()
			}
			return now
		}
	}
	if m.answer != nil {
		x.Answer = func(f topology.Flow, a *probe.Answer) {
			before := *a
			if m.answer(adopted(), f, a); !reflect.DeepEqual(before, *a) {
				e.note()
			}
		}
	}
	return x
}

// falseOracle is an oracle as a mutant has it.
type falseOracle struct {
	genuine lab.Oracle
	mutant  Mutant
	effect  *effect
}

func (o falseOracle) edited(w topology.World) topology.World {
	if o.mutant.world != nil {
		w = w.Clone()
		o.mutant.world(&w)
	}
	return w
}

// Predict implements lab.Oracle.
func (o falseOracle) Predict(w topology.World, f topology.Flow) verdict.Observation {
	genuine := o.genuine.Predict(w, f)
	told := genuine
	if o.mutant.world != nil {
		told = o.genuine.Predict(o.edited(w), f)
	}
	if o.mutant.predict != nil {
		o.mutant.predict(w, &told)
	}
	if told.Verdict != genuine.Verdict {
		o.effect.note()
	}
	return told
}

// Survives implements lab.Oracle.
func (o falseOracle) Survives(before, after topology.World, f topology.Flow) bool {
	genuine := o.genuine.Survives(before, after, f)
	told := o.genuine.Survives(o.edited(before), o.edited(after), f)
	if o.mutant.survives != nil {
		told = o.mutant.survives(genuine)
	}
	if told != genuine {
		o.effect.note()
	}
	return told
}
