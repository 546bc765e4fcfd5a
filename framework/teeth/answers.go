package teeth

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// maxFlows is up to how many flows of a scenario each has teeth of its own; of more,
// the first and the last have.
const maxFlows = 6

// asking is a phase in which flows are asked, and how it fails when one of them
// does not answer as it must. A phase that asks the main flow alone says so.
type asking struct {
	at       Moment
	reason   string
	mainOnly bool
}

// answers are teeth of every answer: in each phase in which flows are asked, each of
// them, each case of Also and each control alike, must be able to fail the phase.
// The main flow must hold what it answered, too, and answer in every particular.
func (g *generator) answers() {
	flows, controls := g.flows(), g.controls()
	for _, p := range g.asking() {
		for i, f := range flows {
			if p.mainOnly && i > 0 {
				break
			}
			g.answersOtherwise(p.at, f, p.reason)
		}
		for _, f := range controls {
			g.answersOtherwise(p.at, f, collateral)
		}
		if len(flows) > 0 {
			g.particulars(p, flows[0])
		}
	}
}

func (g *generator) answersOtherwise(at Moment, f topology.Flow, reason string) {
	g.bend(fmt.Sprintf("%s answers otherwise in phase %s", f, at), Failure{Phase: at.Phase, Reason: reason}, func(b *bent, c *clock) {
		b.ask = func(_ int, o *verdict.Observation) {
			if c.now == at && o.Flow == f {
				o.Verdict = other(o.Verdict)
			}
		}
	})
}

// particulars are teeth of what a verdict consists of: one of the right kind that
// names something else is wrong, one that is right once and then no more is, and
// one that is none is.
func (g *generator) particulars(p asking, f topology.Flow) {
	for _, edit := range []struct {
		name string
		only func(verdict.Verdict) bool
		to   func(*verdict.Verdict)
	}{
		{"knows nothing", nil, func(v *verdict.Verdict) { *v = verdict.Inconclusive("nothing is known") }},
		{"has no verdict", nil, func(v *verdict.Verdict) { *v = verdict.Verdict{} }},
		{"names another hop", func(v verdict.Verdict) bool { return v.Hop != "" }, func(v *verdict.Verdict) { v.Hop += "-2" }},
		{"names another rule", func(v verdict.Verdict) bool { return v.Rule != "" }, func(v *verdict.Verdict) { v.Rule += "-2" }},
		{"names another client", func(v verdict.Verdict) bool { return v.SeenAs != "" }, func(v *verdict.Verdict) { v.SeenAs += "-2" }},
		{"names another arrival", func(v verdict.Verdict) bool { return v.ArrivedAt != "" }, func(v *verdict.Verdict) { v.ArrivedAt += "-2" }},
		{"names another server", func(v verdict.Verdict) bool { return v.By != "" }, func(v *verdict.Verdict) { v.By += "-2" }},
		{"names another code", func(v verdict.Verdict) bool { return v.Code != "" }, func(v *verdict.Verdict) { v.Code += "-2" }},
	} {
		if edit.only != nil && !edit.only(g.wanted(p.at)) {
			continue
		}
		g.bend(fmt.Sprintf("%s %s in phase %s", f, edit.name, p.at), Failure{Phase: p.at.Phase, Reason: p.reason}, func(b *bent, c *clock) {
			b.ask = func(_ int, o *verdict.Observation) {
				if c.now == p.at && o.Flow == f {
					edit.to(&o.Verdict)
				}
			}
		})
	}
	t := g.tooth(fmt.Sprintf("%s answers rightly once in phase %s, and then no more", f, p.at), OnPaper, Failure{Phase: p.at.Phase, Reason: p.reason})
	t.bend = func(b *bent, c *clock) {
		b.ask = func(number int, o *verdict.Observation) {
			if c.now == p.at && o.Flow == f && number > 1 {
				o.Verdict = other(o.Verdict)
			}
		}
	}
	g.teeth = append(g.teeth, t)
}

// wanted is what the main flow must answer at a moment.
func (g *generator) wanted(at Moment) verdict.Verdict {
	e := g.scenario.Expectations(g.mode)[0]
	planned := len(g.scenario.Refused.In(g.mode)) > 0
	switch at.Phase {
	case record.Stage:
		return g.scenario.StagesIn(g.mode)[at.Number-1].Then.In(g.mode)
	case record.Remedy:
		return e.Cured
	case record.Symptom, record.Decoy, record.Undo:
		if planned {
			return e.Healthy
		}
		return e.Symptom
	default:
		return e.Healthy
	}
}

// asking lists the phases of a run in which flows are asked.
func (g *generator) asking() []asking {
	all := []asking{{at: At(record.Baseline), reason: notHealthy}}
	symptom, decoy, undone := notSeen, byADecoy, notBack
	if len(g.scenario.Refused.In(g.mode)) > 0 {
		symptom, decoy, undone = touched, touched, touched
	}
	all = append(all, asking{at: At(record.Symptom), reason: symptom})
	for i := range g.scenario.Decoys.In(g.mode) {
		all = append(all, asking{at: Moment{record.Decoy, i + 1}, reason: decoy})
	}
	for i := range g.scenario.StagesIn(g.mode) {
		all = append(all, asking{at: Moment{record.Stage, i + 1}, reason: notReporting, mainOnly: true})
	}
	return append(all, asking{at: At(record.Remedy), reason: notCured}, asking{at: At(record.Undo), reason: undone})
}

// flows are those with expectations of their own.
func (g *generator) flows() []topology.Flow {
	var all []topology.Flow
	for _, e := range g.scenario.Expectations(g.mode) {
		all = append(all, e.Flow)
	}
	return some(all)
}

func (g *generator) controls() []topology.Flow {
	var all []topology.Flow
	for _, c := range g.scenario.Controls {
		all = append(all, c.Flow)
	}
	return some(all)
}

func some(flows []topology.Flow) []topology.Flow {
	if n := len(flows); n > maxFlows {
		return []topology.Flow{flows[0], flows[n-1]}
	}
	return flows
}
