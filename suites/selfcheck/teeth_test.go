package selfcheck_test

import (
	"errors"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/teeth"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// onPaper is the real runner with the real oracle. Twice in a row is enough to find
// out who answers rightly only once.
func onPaper() runner.Runner {
	return runner.Runner{Oracle: paperlab.New(), Timing: config.TeethTiming()}
}

// run takes a scenario through all phases.
func run(ctx SpecContext, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
	return onPaper().RunAndClose(ctx, s, m, l)
}

// failsAt demands a failure in a phase, with a reason that begins as given.
func failsAt(r record.Result, phase record.Phase, reason string) {
	GinkgoHelper()
	Expect(r.Outcome).To(Equal(record.Failure), "%s passed although it must not", r.Name())
	Expect(r.Reason).To(HavePrefix(reason))
	Expect(r.Failed).To(Equal(phase), r.Reason)
}

var _ = Describe("on paper, each scenario can fail", func() {
	for _, s := range scenarios.Catalogue() {
		It(s.ID+" shows a symptom in at least one mode", func() {
			Expect(s.Shows(topology.Tunnel) || s.Shows(topology.Routed)).To(BeTrue(), "no mode of %s shows anything", s.ID)
		})
		for _, m := range s.Modes() {
			all := teeth.Of(s, m)
			It(fmt.Sprintf("%s [%s] passes as it is, and has %d teeth", s.ID, m, len(all)), func(ctx SpecContext) {
				r := run(ctx, s, m, paperlab.New())
				Expect(r.Outcome).To(Equal(record.Success), r.Reason)
				var missing []error
				for _, t := range all {
					_, err := t.Show(ctx, onPaper(), paperlab.New(), teeth.RunOnce)
					missing = append(missing, err)
				}
				Expect(errors.Join(missing...)).NotTo(HaveOccurred())
			})
		}
	}
})
