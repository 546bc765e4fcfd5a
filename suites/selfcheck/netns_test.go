package selfcheck_test

import (
	"errors"
	"fmt"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/mutation"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/teeth"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// perTurn is how many of a scenario's teeth a run shows on netns; the next day's
// run goes on with the next ones. VPCGATE_TEETH=all shows all.
const perTurn = 2

// warm is the netns lab that this process uses for one tooth after the other: the
// faults that it is given are mended each time, and worlds change by difference.
var warm *mutation.Netns

func warmLab(ctx SpecContext) mutation.Netns {
	GinkgoHelper()
	if warm == nil {
		l, err := mutation.OpenNetns(ctx, config.TeethTiming())
		if errors.Is(err, lab.ErrCannotHost) {
			Skip(err.Error())
		}
		Expect(err).NotTo(HaveOccurred())
		warm = &l
	}
	return *warm
}

var _ = AfterSuite(func(ctx SpecContext) {
	if warm != nil {
		Expect(warm.Close(ctx)).To(Succeed())
	}
})

// turn picks the teeth of one scenario in one mode that this run shows.
func turn(all []teeth.Tooth) []teeth.Tooth {
	if settings.Teeth == config.AllTurns {
		return all
	}
	return teeth.Turn(all, int(settings.Teeth), perTurn)
}

var _ = Describe("on netns, each scenario can fail", func() {
	for _, s := range scenarios.Catalogue() {
		for _, m := range s.Modes() {
			all := teeth.Wired(teeth.Of(s, m))
			if len(all) == 0 || specs.Placed(s, m, lab.Netns) != nil {
				continue
			}
			It(fmt.Sprintf("%s [%s] has %d teeth on the wire", s.ID, m, len(all)), func(ctx SpecContext) {
				r := runner.Runner{Oracle: paperlab.New(), Timing: config.TeethTiming()}
				var missing []error
				for _, t := range turn(all) {
					_, err := t.Show(ctx, r, warmLab(ctx), teeth.RunOn)
					missing = append(missing, err)
				}
				Expect(errors.Join(missing...)).NotTo(HaveOccurred())
			})
		}
	}
})
