package selfcheck_test

import (
	"errors"
	"fmt"
	"slices"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// run takes a scenario through all phases with the real runner.
func run(ctx SpecContext, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
	return runner.Runner{Oracle: paperlab.New(), Timing: config.PaperTiming()}.RunAndClose(ctx, s, m, l)
}

// failsAt demands a failure in a phase, with a reason that begins as given.
func failsAt(r record.Result, phase record.Phase, reason string) {
	GinkgoHelper()
	Expect(r.Outcome).To(Equal(record.Failure), "%s passed although it must not", r.Name())
	Expect(r.Reason).To(HavePrefix(reason))
	Expect(r.Failed).To(Equal(phase), r.Reason)
}

// symptomatic reports whether the fault shows in the mode at all. A documented
// non-event has nothing to lose its teeth.
func symptomatic(s scenario.Scenario, m topology.Mode) bool {
	if !slices.Contains(s.Modes(), m) {
		return false
	}
	for _, e := range s.Expectations(m) {
		if e.Symptom.Identity() != e.Healthy.Identity() {
			return true
		}
	}
	return false
}

// refusedOnly reports whether every symptom is that nothing listens, for which
// a dead server is no contradiction.
func refusedOnly(s scenario.Scenario, m topology.Mode) bool {
	for _, e := range s.Expectations(m) {
		if e.Symptom.Kind != verdict.KindRefused {
			return false
		}
	}
	return true
}

var _ = Describe("each scenario can fail", func() {
	for _, s := range scenarios.Catalogue() {
		It(s.ID+" shows a symptom in at least one mode", func() {
			Expect(s.Planning() || symptomatic(s, topology.Tunnel) || symptomatic(s, topology.Routed)).To(BeTrue(), "no mode of %s shows anything", s.ID)
		})
		for _, m := range s.Modes() {
			switch {
			case len(s.Refused.In(m)) > 0:
				Describe(fmt.Sprintf("%s [%s]", s.ID, m), func() { planningTeeth(s, m) })
			case symptomatic(s, m):
				Describe(fmt.Sprintf("%s [%s]", s.ID, m), func() { teeth(s, m) })
			}
		}
	}
})

// teeth breaks one scenario in one mode in every way in which a scenario can be
// broken; each must be found out, in the phase that is there for it.
func teeth(s scenario.Scenario, m topology.Mode) {
	It("passes as it is", func(ctx SpecContext) {
		r := run(ctx, s, m, paperlab.New())
		Expect(r.Outcome).To(Equal(record.Success), r.Reason)
	})
	It("fails when the fault changes nothing", func(ctx SpecContext) {
		broken := s
		broken.Break = scenario.Both[change.Change](nothing{})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Break, "change error")
	})
	It("fails when the fault has no effect", func(ctx SpecContext) {
		broken := s
		broken.Break = scenario.Both[change.Change](inert{})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Symptom, "symptom not seen")
	})
	It("fails when the remedy changes nothing", func(ctx SpecContext) {
		broken := s
		broken.Remedy = scenario.Both[change.Change](nothing{})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Remedy, "change error")
	})
	It("fails when the remedy has no effect", func(ctx SpecContext) {
		broken := s
		broken.Remedy = scenario.Both[change.Change](inert{})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Remedy, "not cured")
	})
	for i, decoy := range s.Decoys.In(m) {
		It(fmt.Sprintf("fails when decoy %d is taken for the remedy: %s", i+1, decoy), func(ctx SpecContext) {
			broken := s
			broken.Stages, broken.Remedy = nil, scenario.Both(decoy)
			failsAt(run(ctx, broken, m, paperlab.New()), record.Remedy, "not cured")
		})
	}
	It("fails when a decoy cures", func(ctx SpecContext) {
		broken := s
		broken.Decoys = scenario.Both([]change.Change{s.WholeRemedy(m)})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Decoy, "cured by a decoy")
	})
	if !refusedOnly(s, m) {
		It("fails when the server is dead", func(ctx SpecContext) {
			dead := fake{Lab: paperlab.New(), alive: errors.New("nobody is home")}
			failsAt(run(ctx, s, m, dead), record.Cause, "right verdict, wrong cause")
		})
	}
	It("fails when a control moves with the fault", func(ctx SpecContext) {
		broken := s
		// The fault's own flow is no control: it moves when the fault is applied.
		for _, e := range s.Expectations(m) {
			if e.Symptom.Identity() != e.Healthy.Identity() {
				broken.Controls = []scenario.Control{{Flow: e.Flow, Verdict: scenario.Both(e.Healthy), Why: "it moves"}}
			}
		}
		failsAt(run(ctx, broken, m, paperlab.New()), record.Symptom, "collateral damage")
	})
	if s.Produces {
		It("fails when a record that was acknowledged is not there in the end", func(ctx SpecContext) {
			t := config.PaperTiming()
			t.Outage = t.PingInterval
			forgetful := forgetful{Lab: paperlab.New()}
			failsAt(runner.Runner{Oracle: paperlab.New(), Timing: t}.RunAndClose(ctx, s, m, forgetful), record.Outage, "acknowledged data is lost")
		})
	}
}

// planningTeeth breaks a planning scenario in every way: its refusal must be one,
// for the rules that it names, and its remedy must end it.
func planningTeeth(s scenario.Scenario, m topology.Mode) {
	It("passes as it is", func(ctx SpecContext) {
		r := run(ctx, s, m, paperlab.New())
		Expect(r.Outcome).To(Equal(record.Success), r.Reason)
	})
	It("fails when the plan is accepted", func(ctx SpecContext) {
		broken := s
		broken.Break = scenario.Both[change.Change](inert{})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Symptom, "symptom not seen")
	})
	It("fails when it is refused for another rule", func(ctx SpecContext) {
		broken := s
		broken.Refused = scenario.Both([]topology.RuleID{"another-rule"})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Symptom, "right verdict, wrong cause")
	})
	It("fails when the remedy is still refused", func(ctx SpecContext) {
		broken := s
		broken.Remedy = scenario.Both[change.Change](inert{})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Remedy, unremedied(s, m))
	})
	It("fails when a decoy is accepted", func(ctx SpecContext) {
		broken := s
		broken.Decoys = scenario.Both([]change.Change{s.Remedy.In(m)})
		failsAt(run(ctx, broken, m, paperlab.New()), record.Decoy, "cured by a decoy")
	})
}

// unremedied is what is said of a planning scenario whose remedy does nothing: the
// plan is still refused, or, where there was never one, the world is as it was.
func unremedied(s scenario.Scenario, m topology.Mode) string {
	GinkgoHelper()
	healthy, err := s.HealthyWorld(m)
	Expect(err).NotTo(HaveOccurred())
	_, refusal, err := change.Request(healthy, s.Break.In(m))
	Expect(err).NotTo(HaveOccurred())
	if refusal != nil {
		return "not cured"
	}
	return "lab error"
}
