package fuzz_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/fuzz"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// inRouters edits every rule of every router; one that it does not keep is gone.
func inRouters(keep func(r *nft.Rule) bool) *fabric.Mutant {
	return &fabric.Mutant{Plan: func(p *fabric.Plan) {
		for _, r := range p.Routers {
			for _, t := range r.Rules.Tables {
				for i := range t.Chains {
					c := &t.Chains[i]
					c.Rules = slices.DeleteFunc(slices.Clone(c.Rules), func(r nft.Rule) bool { return !keep(&r) })
				}
			}
		}
	}}
}

// Defects in a data plane, in what is made of its marks, and in an agent: each is found
// in worlds that nobody thought of, believed when it is seen again, and saved. It is not
// made small: that takes long on a lab, and is tested on paper.
func TestRun_finds_what_is_planted(t *testing.T) {
	for name, x := range map[string]*fabric.Mutant{
		"groups admit what no rule of theirs matches": inRouters(func(r *nft.Rule) bool {
			return !strings.HasPrefix(r.Name, "sg/") || !strings.HasSuffix(r.Name, "/default-deny")
		}),
		"drops are put down to another rule": {Plan: func(p *fabric.Plan) {
			for i := range p.Routers {
				f := slices.Clone(p.Routers[i].Fates)
				slices.Reverse(f)
				p.Routers[i].Fates = f
			}
		}},
		"refusals are taken for silence": {Answer: func(_ topology.Flow, a *probe.Answer) {
			if a.Outcome == probe.Refused {
				a.Outcome = probe.Timeout
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			open := func(timing config.Timing) fuzz.Opener {
				return func(ctx context.Context) (lab.Lab, error) {
					l, err := netnslab.OpenMutable(ctx, netnslab.Options{Run: "planted", Timing: timing})
					l.Mutate(x)
					return l, err
				}
			}
			o, told := options(t, open(config.DefaultTiming().Hasty()))
			o.Patient, o.ShrinkWithin = open(config.DefaultTiming()), 0
			sum, err := fuzz.Run(untilTold(t, &o, "difference, "), o)
			if err != nil || sum.Differences == 0 {
				t.Fatalf("%+v, %v", sum, err)
			}
			files, err := filepath.Glob(filepath.Join(o.Save, "*.yaml"))
			if err != nil || len(files) == 0 {
				t.Errorf("saved %v, %v; told %q", files, err, *told)
			}
		})
	}
}
