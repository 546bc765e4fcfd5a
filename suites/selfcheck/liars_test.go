package selfcheck_test

import (
	"errors"
	"fmt"
	"reflect"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// A lab is the instrument; these are broken instruments, each in its own way.
// The scenario is the page's first worked example, in the mode in which a drop
// has to be proven.
var _ = Describe("a lab that cannot be trusted is found out", func() {
	s := scenarios.Catalogue()[0]
	m := topology.Routed

	It("one that says that everything is reached", func(ctx SpecContext) {
		honest := verdict.Observation{}
		l := fake{Lab: paperlab.New(), ask: func(_ topology.World, o verdict.Observation) verdict.Observation {
			if o.Verdict.Positive() {
				honest = o
				return o
			}
			return honest
		}}
		failsAt(run(ctx, s, m, l), record.Symptom, "symptom not seen")
	})
	It("one that does not know", func(ctx SpecContext) {
		l := fake{Lab: paperlab.New(), ask: func(_ topology.World, o verdict.Observation) verdict.Observation {
			o.Verdict = verdict.Inconclusive("the agent is gone")
			return o
		}}
		failsAt(run(ctx, s, m, l), record.Baseline, "baseline not healthy")
	})
	It("one that answers with the zero verdict", func(ctx SpecContext) {
		l := fake{Lab: paperlab.New(), ask: func(_ topology.World, o verdict.Observation) verdict.Observation {
			o.Verdict = verdict.Verdict{}
			return o
		}}
		failsAt(run(ctx, s, m, l), record.Baseline, "baseline not healthy")
	})
	It("one that knows the drop and has no counter for it", func(ctx SpecContext) {
		l := fake{Lab: paperlab.New(), ask: func(_ topology.World, o verdict.Observation) verdict.Observation {
			o.Evidence.Rules = nil
			return o
		}}
		failsAt(run(ctx, s, m, l), record.Cause, "right verdict, wrong cause")
	})
	It("one whose other rules dropped packets too", func(ctx SpecContext) {
		l := fake{Lab: paperlab.New(), ask: func(_ topology.World, o verdict.Observation) verdict.Observation {
			if !o.Verdict.Positive() {
				o.Evidence.Rules = append(o.Evidence.Rules, verdict.RuleCount{Hop: o.Verdict.Hop, Rule: "sg/other", Packets: 1})
			}
			return o
		}}
		failsAt(run(ctx, s, m, l), record.Cause, "right verdict, wrong cause")
	})
	It("one that names the wrong rule", func(ctx SpecContext) {
		l := fake{Lab: paperlab.New(), ask: func(_ topology.World, o verdict.Observation) verdict.Observation {
			if o.Verdict.Kind == verdict.KindDropped {
				o.Verdict.Rule = "sg/other"
			}
			return o
		}}
		failsAt(run(ctx, s, m, l), record.Symptom, "symptom not seen")
	})
	It("one whose server saw somebody else", func(ctx SpecContext) {
		l := fake{Lab: paperlab.New(), ask: func(_ topology.World, o verdict.Observation) verdict.Observation {
			if o.Verdict.Positive() {
				o.Verdict.SeenAs = "node-2"
			}
			return o
		}}
		failsAt(run(ctx, s, m, l), record.Baseline, "baseline not healthy")
	})
	It("one that does not undo", func(ctx SpecContext) {
		broken, err := change.Edit(s.World(m), s.Break.In(m))
		Expect(err).NotTo(HaveOccurred())
		cured, err := change.Edit(broken, s.Remedy.In(m))
		Expect(err).NotTo(HaveOccurred())
		failsAt(run(ctx, s, m, stuck(cured)), record.Undo, "not reproducible")
	})
	It("one that leaves something behind", func(ctx SpecContext) {
		l := fake{Lab: paperlab.New(), close: errors.New("namespace router-vpc-demo is still there")}
		failsAt(run(ctx, s, m, l), record.Close, "leak")
	})
	It("one that cannot host the world, which is no pass and no failure", func(ctx SpecContext) {
		l := fake{Lab: paperlab.New(), adopt: func(topology.World) (adoption, error) {
			return genuine, fmt.Errorf("no vxlan: %w", lab.ErrCannotHost)
		}}
		r := run(ctx, s, m, l)
		Expect(r.Outcome).To(Equal(record.NotRun))
		Expect(r.Reason).To(ContainSubstring("no vxlan"))
	})
	It("one that breaks down at any of its adoptions", func(ctx SpecContext) {
		for n := 1; ; n++ {
			count := 0
			l := fake{Lab: paperlab.New(), adopt: func(topology.World) (adoption, error) {
				if count++; count == n {
					return genuine, errors.New("the kernel said no")
				}
				return genuine, nil
			}}
			r := run(ctx, s, m, l)
			if count < n { // it has fewer adoptions than that
				Expect(r.Outcome).To(Equal(record.Success), r.Reason)
				Expect(n).To(BeNumerically(">", 4), "a scenario has at least healthy, broken, cured, broken again")
				return
			}
			Expect(r.Outcome).To(Equal(record.Failure), "adoption %d failed and nobody noticed", n)
			Expect(r.Reason).To(ContainSubstring("the kernel said no"))
		}
	})
	It("an oracle that predicts something else", func(ctx SpecContext) {
		r := wrongOracle().RunAndClose(ctx, s, m, paperlab.New())
		failsAt(r, record.Baseline, "paper and wire disagree")
	})
})

// stuck is a lab that stays in a world for ever once it has come to it from
// another one. (A remedy that takes the fault back leads to the healthy world.)
func stuck(in topology.World) lab.Lab {
	elsewhere, there := false, false
	return fake{Lab: paperlab.New(), adopt: func(w topology.World) (adoption, error) {
		if there {
			return pretended, nil
		}
		arrived := reflect.DeepEqual(w, in)
		there, elsewhere = elsewhere && arrived, !arrived
		return genuine, nil
	}}
}

// wrongOracle is a runner whose oracle takes every drop for granted.
func wrongOracle() runner.Runner {
	return runner.Runner{Oracle: pessimist{}, Timing: config.PaperTiming()}
}

type pessimist struct{}

func (pessimist) Survives(topology.World, topology.World, topology.Flow) bool { return true }

func (pessimist) Predict(topology.World, topology.Flow) verdict.Observation {
	return verdict.Observation{Verdict: verdict.Dropped("vpc-demo", "sg/other")}
}
