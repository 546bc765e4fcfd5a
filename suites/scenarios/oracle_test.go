package scenarios_test

import (
	"fmt"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// paper asks the oracle about one scenario in one mode.
type paper struct {
	t        *testing.T
	oracle   lab.Oracle
	scenario scenario.Scenario
	mode     topology.Mode
}

// What the literals say by hand, the oracle derives from the world: the two have
// to agree in every phase, controls included.
func TestCatalogue_agreesWithTheOracle(t *testing.T) {
	eachMode(t, func(t *testing.T, s scenario.Scenario, m topology.Mode) {
		p := paper{t: t, oracle: paperlab.New(), scenario: s, mode: m}
		healthy := healthyWorld(t, s, m)
		if len(s.Refused.In(m)) > 0 {
			p.planning(healthy)
			return
		}
		broken := p.edit(healthy, s.Break.In(m))
		symptom := func(e scenario.Expect) verdict.Verdict { return e.Symptom }
		p.check("healthy", healthy, func(e scenario.Expect) verdict.Verdict { return e.Healthy })
		p.check("symptom", broken, symptom)
		for i, decoy := range s.Decoys.In(m) {
			p.check(fmt.Sprintf("decoy %d", i), p.edit(broken, decoy), symptom)
		}
		p.stages(broken)
		p.check("cured", p.edit(broken, s.WholeRemedy(m)), func(e scenario.Expect) verdict.Verdict { return e.Cured })
	})
}

// stages checks that after each partial remedy the next layer reports.
func (p paper) stages(w topology.World) {
	p.t.Helper()
	for i, stage := range p.scenario.StagesIn(p.mode) {
		phase := fmt.Sprintf("stage %d", i+1)
		w = p.edit(w, stage.Fix.In(p.mode))
		p.flow(phase, w, p.scenario.Flow, stage.Then.In(p.mode))
		for _, c := range p.scenario.Controls {
			p.flow(phase+", control", w, c.Flow, c.Verdict.In(p.mode))
		}
	}
}

// planning checks a scenario whose broken world is refused and so never asked.
func (p paper) planning(healthy topology.World) {
	p.t.Helper()
	p.check("healthy", healthy, func(e scenario.Expect) verdict.Verdict { return e.Healthy })
	broken, _ := requested(p.t, healthy, p.scenario.Break.In(p.mode))
	p.check("cured", p.edit(broken, p.scenario.Remedy.In(p.mode)), func(e scenario.Expect) verdict.Verdict { return e.Cured })
}

func (p paper) edit(w topology.World, c change.Change) topology.World {
	p.t.Helper()
	return edited(p.t, c.String(), w, c)
}

func (p paper) check(phase string, w topology.World, want func(scenario.Expect) verdict.Verdict) {
	p.t.Helper()
	for _, e := range p.scenario.Expectations(p.mode) {
		p.flow(phase, w, e.Flow, want(e))
	}
	for _, c := range p.scenario.Controls {
		p.flow(phase+", control", w, c.Flow, c.Verdict.In(p.mode))
	}
}

func (p paper) flow(phase string, w topology.World, f topology.Flow, want verdict.Verdict) {
	p.t.Helper()
	if got := p.oracle.Predict(w, p.known(w, f)).Verdict; !want.SatisfiedBy(got) {
		p.t.Errorf("%s: %s\nwant %s\ngot  %s", phase, f, want, got)
	}
}

// known is the flow as the hops see it: one that is Live stands as long as no
// change since the healthy world has cut it.
func (p paper) known(w topology.World, f topology.Flow) topology.Flow {
	f.Live = f.Live && p.oracle.Survives(healthyWorld(p.t, p.scenario, p.mode), w, f)
	return f
}
