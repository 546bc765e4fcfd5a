package netnslab_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func open(t testing.TB) *netnslab.Lab {
	t.Helper()
	l, err := netnslab.Open(t.Context(), netnslab.Options{Run: "test", Timing: config.DefaultTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return l
}

// Every pair of endpoints, over every protocol and on an open and a closed port,
// gets the verdict that the oracle predicts: the healthy worlds' whole matrix.
func TestAsk_agrees_with_the_oracle_on_every_pair(t *testing.T) {
	for _, make := range []func(topology.Mode) topology.World{worlds.OneVPC, worlds.PeeredVPCs} {
		for _, m := range topology.Modes() {
			w := make(m)
			t.Run(w.Name+"/"+string(m), func(t *testing.T) {
				l := open(t)
				if err := l.Adopt(t.Context(), w); err != nil {
					t.Fatal(err)
				}
				for _, f := range everyFlow(w) {
					want := paperlab.New().Predict(l.World(), f)
					got, err := l.Ask(t.Context(), f)
					if err != nil {
						t.Fatal(err)
					}
					if !want.Verdict.SatisfiedBy(got.Verdict) {
						t.Errorf("%s: predicted %s, saw %s (%+v)", f, want.Verdict, got.Verdict, got.Evidence)
					}
				}
			})
		}
	}
}

func everyFlow(w topology.World) []topology.Flow {
	var all []topology.Flow
	ends := w.Endpoints()
	for _, from := range ends {
		for _, to := range ends {
			if from.Machine == to.Machine {
				continue
			}
			all = append(all, topology.Ping(from.Name, to.Name), topology.OverTCP(from.Name, to.Name, 9))
			for _, l := range to.Listeners {
				all = append(all, topology.Flow{From: from.Name, To: to.Name, Protocol: l.Protocol, Port: l.Port})
			}
		}
	}
	return all
}
