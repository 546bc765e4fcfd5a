package netnslab_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func BenchmarkBuildAndClose(b *testing.B) {
	for b.Loop() {
		l, err := netnslab.Open(b.Context(), netnslab.Options{Run: "bench", Timing: config.DefaultTiming()})
		if err != nil {
			b.Fatal(err)
		}
		if err := l.Adopt(b.Context(), worlds.OneVPC(topology.Routed)); err != nil {
			b.Fatal(err)
		}
		if err := l.Close(b.Context()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAdopt_oneRuleAndBack(b *testing.B) {
	l := open(b)
	healthy := worlds.OneVPC(topology.Routed)
	broken, err := change.Edit(healthy, change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		for _, w := range []topology.World{healthy, broken} {
			if err := l.Adopt(b.Context(), w); err != nil {
				b.Fatal(err)
			}
		}
	}
}

func BenchmarkAsk(b *testing.B) {
	l := open(b)
	if err := l.Adopt(b.Context(), worlds.OneVPC(topology.Routed)); err != nil {
		b.Fatal(err)
	}
	flows := map[string]topology.Flow{
		"reached": topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		"dropped": topology.OverTCP("pod-a", "ecs-52", worlds.WebPort),
	}
	for name, f := range flows {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := l.Ask(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkScenario is one whole scenario with a lab of its own, as the catalogue
// runs it.
func BenchmarkScenario(b *testing.B) {
	r := runner.Runner{Oracle: paperlab.New(), Timing: config.DefaultTiming()}
	for _, m := range topology.Modes() {
		b.Run(string(m), func(b *testing.B) {
			for b.Loop() {
				l, err := netnslab.Open(b.Context(), netnslab.Options{Run: "bench", Timing: config.DefaultTiming()})
				if err != nil {
					b.Fatal(err)
				}
				if got := r.RunAndClose(b.Context(), scenarios.Catalogue()[0], m, l); got.Outcome != record.Success {
					b.Fatalf("%s: %s", got.Outcome, got.Reason)
				}
			}
		})
	}
}
