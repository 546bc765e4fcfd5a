package teeth

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// The beginnings of the runner's reasons.
const (
	changeError  = "change error"
	notHealthy   = "baseline not healthy"
	notSeen      = "symptom not seen"
	wrongCause   = "right verdict, wrong cause"
	byADecoy     = "cured by a decoy"
	notReporting = "the next layer does not report"
	notCured     = "not cured"
	collateral   = "collateral damage"
	notBack      = "not reproducible"
	touched      = "a refused world touched the one that stood"
)

// Of makes the teeth of a scenario in one of its modes.
func Of(s scenario.Scenario, m topology.Mode) []Tooth {
	g := generator{scenario: s, mode: m}
	g.agreement()
	g.undo()
	switch {
	case len(s.Refused.In(m)) > 0:
		g.planning()
	case s.Shows(m):
		g.changes()
		g.instrument()
		g.answers()
		g.production()
	default:
		// A documented non-event has nothing to lose but its answers.
		g.answers()
	}
	return g.teeth
}

// generator collects the teeth of one scenario in one mode.
type generator struct {
	scenario scenario.Scenario
	mode     topology.Mode
	teeth    []Tooth
}

// add adds a tooth that breaks the scenario as edit does.
func (g *generator) add(name string, reach Reach, must Failure, edit func(*scenario.Scenario)) {
	t := g.tooth(name, reach, must)
	edit(&t.broken)
	g.teeth = append(g.teeth, t)
}

// tooth is one whose scenario is still whole.
func (g *generator) tooth(name string, reach Reach, must Failure) Tooth {
	t := Tooth{Scenario: g.scenario.ID, Mode: g.mode, Name: name, Reach: reach, Must: must, broken: g.scenario}
	t.broken.Produces = false // a production lasts longer than everything else
	if slices.Contains([]record.Phase{record.Stage, record.Remedy, record.Undo}, must.Phase) {
		// Decoys come before and take as long as all the rest.
		t.broken.Decoys = scenario.PerMode[[]change.Change]{}
	}
	return t
}

// bend adds a tooth that bends the lab at its port.
func (g *generator) bend(name string, must Failure, bend func(b *bent, c *clock)) {
	t := g.tooth(name, OnPaper, must)
	t.bend = bend
	g.teeth = append(g.teeth, t)
}

// changes are teeth of the scenario's own edits.
func (g *generator) changes() {
	s, m := g.scenario, g.mode
	g.add("the fault changes nothing", OnPaper, Failure{Phase: record.Break, Reason: changeError}, func(b *scenario.Scenario) {
		b.Break = scenario.Both[change.Change](nothing{})
	})
	g.add("the fault has no effect", OnWire, Failure{Phase: record.Symptom, Reason: notSeen}, func(b *scenario.Scenario) {
		b.Break = scenario.Both[change.Change](inert{})
	})
	g.add("the remedy changes nothing", OnPaper, Failure{Phase: record.Remedy, Reason: changeError}, func(b *scenario.Scenario) {
		b.Remedy = scenario.Both[change.Change](nothing{})
	})
	g.add("the remedy has no effect", OnWire, Failure{Phase: record.Remedy, Reason: notCured}, func(b *scenario.Scenario) {
		b.Remedy = scenario.Both[change.Change](inert{})
	})
	for i, d := range s.Decoys.In(m) {
		g.add(fmt.Sprintf("decoy %d is taken for the remedy: %s", i+1, d), OnWire, Failure{Phase: record.Remedy, Reason: notCured}, func(b *scenario.Scenario) {
			b.Stages, b.Decoys, b.Remedy = nil, scenario.PerMode[[]change.Change]{}, scenario.Both(d)
		})
	}
	g.add("a decoy cures", OnPaper, Failure{Phase: record.Decoy, Reason: byADecoy}, func(b *scenario.Scenario) {
		b.Decoys = scenario.Both([]change.Change{s.WholeRemedy(m)})
	})
	g.stages()
}

// stages are teeth of the partial remedies. Where the fix of one has no effect, its
// own layer goes on reporting.
func (g *generator) stages() {
	for i, stage := range g.scenario.Stages {
		if stage.Fix.In(g.mode) == nil {
			continue
		}
		g.add(fmt.Sprintf("the fix of stage %d has no effect", i+1), OnWire, Failure{Phase: record.Stage, Reason: notReporting}, func(b *scenario.Scenario) {
			b.Stages = slices.Clone(b.Stages)
			b.Stages[i].Fix = scenario.Both[change.Change](inert{})
		})
	}
	for i := range g.scenario.StagesIn(g.mode) {
		g.bend(fmt.Sprintf("no counter is read in stage %d", i+1), Failure{Phase: record.Stage, Reason: wrongCause}, func(b *bent, c *clock) {
			b.ask = func(_ int, o *verdict.Observation) {
				if c.now == (Moment{Phase: record.Stage, Number: i + 1}) {
					o.Evidence.Rules, o.Evidence.Received = nil, 0
				}
			}
		})
	}
}

// instrument are teeth of what the scenario is measured with.
func (g *generator) instrument() {
	moved := g.moved()
	// The first flow is asked first, whoever else its client may be.
	g.fault(AgentDead, g.scenario.Flow, At(record.Symptom), Failure{Phase: record.Symptom, Reason: notSeen, Class: record.Unknown})
	lie, truth := AgentSaysYes, AgentSaysNo
	if moved.Symptom.Positive() {
		lie, truth = truth, lie
	}
	class := record.Unknown
	if moved.Symptom.Kind == verdict.KindAppDenied {
		class = "" // the application's own no travels like its yes; paper knows better
	}
	g.fault(lie, moved.Flow, At(record.Symptom), Failure{Phase: record.Symptom, Reason: notSeen, Class: class})
	if moved.Cured.Positive() != moved.Symptom.Positive() {
		g.fault(truth, moved.Flow, At(record.Remedy), Failure{Phase: record.Remedy, Reason: notCured, Class: record.Unknown})
	}
	if f, ok := g.served(); ok {
		g.fault(ServerDead, f, At(record.Cause), Failure{Phase: record.Cause, Reason: wrongCause})
	}
	if g.counted() {
		t := g.tooth(string(CountersUnread), OnWire, Failure{Phase: record.Cause, Reason: wrongCause})
		t.fault, t.flow, t.from = CountersUnread, moved.Flow, At(record.Symptom)
		t.inFact = Failure{Phase: record.Symptom, Reason: notSeen, Class: record.Unknown}
		g.teeth = append(g.teeth, t)
	}
	g.bend("another rule's counter moves as well", Failure{Phase: record.Cause, Reason: wrongCause}, func(b *bent, c *clock) {
		b.ask = func(_ int, o *verdict.Observation) {
			if c.now == At(record.Symptom) {
				o.Evidence.Rules = append(o.Evidence.Rules, verdict.RuleCount{Hop: o.Verdict.Hop, Rule: "sg/other", Packets: 1})
			}
		}
	})
}

func (g *generator) fault(f Fault, flow topology.Flow, from Moment, must Failure) {
	t := g.tooth(string(f), OnWire, must)
	t.fault, t.flow, t.from, t.inFact = f, flow, from, must
	if f == AgentSaysYes || f == AgentSaysNo {
		t.Name = fmt.Sprintf("%s in phase %s", f, from.Phase)
	}
	g.teeth = append(g.teeth, t)
}

// moved is the first expectation that the fault moves.
func (g *generator) moved() scenario.Expect {
	for _, e := range g.scenario.Expectations(g.mode) {
		if e.Symptom.Identity() != e.Healthy.Identity() {
			return e
		}
	}
	return scenario.Expect{}
}

// served finds a flow whose symptom a dead server contradicts: nothing listens is
// no statement about a server.
func (g *generator) served() (topology.Flow, bool) {
	for _, e := range g.scenario.Expectations(g.mode) {
		if e.Symptom.Kind != verdict.KindRefused && e.Flow.Protocol != topology.DNSQuery {
			return e.Flow, true
		}
	}
	return topology.Flow{}, false
}

// counted reports whether something of the symptom rests on a counter.
func (g *generator) counted() bool {
	return slices.ContainsFunc(g.scenario.Expectations(g.mode), func(e scenario.Expect) bool {
		return e.Symptom.Rule != "" || e.Symptom.Positive()
	})
}

// undo are teeth of the last phases: a lab that does not leave the cured world, and
// one that leaves something behind.
func (g *generator) undo() {
	g.bend("something is left behind", Failure{Phase: record.Close, Reason: "leak"}, func(b *bent, _ *clock) {
		b.close = errors.New("a namespace is still there")
	})
	if !g.scenario.Shows(g.mode) || len(g.scenario.Refused.In(g.mode)) > 0 {
		return // the world before the remedy answers like the one after it
	}
	t := g.tooth("the remedy is not taken back", OnWire, Failure{Phase: record.Undo, Reason: notBack})
	t.bend = stuck
	g.teeth = append(g.teeth, t)
}

// agreement are teeth of the comparison with paper: another verdict, hop, rule or
// source address than was predicted is found out, whatever the scenario says.
func (g *generator) agreement() {
	main := g.scenario.Expectations(g.mode)[0]
	mislead := func(name string, at record.Phase, bend func(*verdict.Verdict)) {
		t := g.tooth(fmt.Sprintf("paper predicts another %s in phase %s", name, at), OnPaper,
			Failure{Phase: at, Reason: "paper and wire disagree", Class: record.Disagreement})
		t.mislead = func(c *clock, o *verdict.Observation) {
			if c.now == At(at) && o.Flow.From == main.Flow.From && o.Flow.To == main.Flow.To {
				bend(&o.Verdict)
			}
		}
		g.teeth = append(g.teeth, t)
	}
	mislead("verdict", record.Baseline, func(v *verdict.Verdict) { *v = other(*v) })
	if main.Healthy.Positive() {
		mislead("source address", record.Baseline, func(v *verdict.Verdict) { v.SeenAddress = v.SeenAddress.Next() })
	}
	if main.Symptom.Rule != "" {
		mislead("hop", record.Symptom, func(v *verdict.Verdict) { v.Hop += "-2" })
		mislead("rule", record.Symptom, func(v *verdict.Verdict) { v.Rule += "-2" })
	}
}

// stuck pretends the adoption of the undo phase.
func stuck(b *bent, c *clock) {
	b.adopt = func(topology.World) (adoption, error) {
		if c.now == At(record.Undo) {
			return pretended, nil
		}
		return genuine, nil
	}
}

// production is the tooth of what a service acknowledges: a record that is lost is
// missed. There is nothing to lose on paper but what is said to be.
func (g *generator) production() {
	if !g.scenario.Produces {
		return
	}
	t := g.tooth("a record that was acknowledged is lost", OnPaper, Failure{Phase: record.Outage, Reason: "acknowledged data is lost", Class: record.Lost})
	t.broken.Produces, t.forgets = true, true
	g.teeth = append(g.teeth, t)
}

// planning breaks a planning scenario in every way: its refusal must be one, for
// the rules that it names, the world before it must stand, and its remedy must end
// it.
func (g *generator) planning() {
	s, m := g.scenario, g.mode
	g.add("the plan is accepted", OnPaper, Failure{Phase: record.Symptom, Reason: notSeen}, func(b *scenario.Scenario) {
		b.Break = scenario.Both[change.Change](inert{})
	})
	g.add("it is refused for another rule", OnPaper, Failure{Phase: record.Symptom, Reason: wrongCause}, func(b *scenario.Scenario) {
		b.Refused = scenario.Both([]topology.RuleID{"another-rule"})
	})
	remedyFails := Failure{Phase: record.Remedy, Reason: "lab error"}
	if g.refusedBeforeItIsPlanned() {
		remedyFails.Reason = notCured
	}
	g.add("the remedy has no effect", OnPaper, remedyFails, func(b *scenario.Scenario) {
		b.Remedy = scenario.Both[change.Change](inert{})
	})
	g.add("a decoy is accepted", OnPaper, Failure{Phase: record.Decoy, Reason: byADecoy}, func(b *scenario.Scenario) {
		b.Decoys = scenario.Both([]change.Change{s.Remedy.In(m)})
	})
	g.bend("the refused world is touched all the same", Failure{Phase: record.Symptom, Reason: touched}, func(b *bent, c *clock) {
		b.ask = func(_ int, o *verdict.Observation) {
			if c.now == At(record.Symptom) {
				o.Verdict = other(o.Verdict)
			}
		}
	})
	if !g.refusedBeforeItIsPlanned() {
		for _, p := range []record.Phase{record.Symptom, record.Undo} {
			reason := map[record.Phase]string{record.Symptom: notSeen, record.Undo: notBack}[p]
			g.bend(fmt.Sprintf("the lab accepts any world in phase %s", p), Failure{Phase: p, Reason: reason}, func(b *bent, c *clock) {
				b.adopt = func(topology.World) (adoption, error) {
					if c.now == At(p) {
						return pretended, nil
					}
					return genuine, nil
				}
			})
		}
	}
	g.answers()
}

// refusedBeforeItIsPlanned reports whether the platform refuses the change itself,
// so that no lab ever sees the plan.
func (g *generator) refusedBeforeItIsPlanned() bool {
	healthy, err := g.scenario.HealthyWorld(g.mode)
	if err != nil {
		return false // the scenario's own run says so
	}
	after, refusal, err := change.Request(healthy, g.scenario.Break.In(g.mode))
	return err == nil && refusal != nil && reflect.DeepEqual(after, healthy)
}
