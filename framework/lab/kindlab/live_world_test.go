//go:build kind

package kindlab_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// step is a world, made from the healthy one, and what its flows must show.
type step struct {
	name  string
	world *topology.World // nil is the page's one VPC
	edits []change.Change
	asks  []ask
}

// ask is a flow and its verdict.
type ask struct {
	flow topology.Flow
	want verdict.Verdict
}

// TestLiveWorlds takes one cluster of each mode through the worlds of the tables
// in this folder, in order, and compares every verdict with the table's and the
// oracle's. VPCGATE_MODE chooses one mode. KIND_TEST_STATE names a state folder
// whose labs are kept and used again, for whoever works on the lab.
func TestLiveWorlds(t *testing.T) {
	ready, tell := prepare(t), teller(t)
	state, keep := os.Getenv("KIND_TEST_STATE"), config.KeepLabs
	if state == "" {
		state, keep = ownState(t), config.TakeDown
	}
	for _, mode := range topology.Modes() {
		if only := os.Getenv("VPCGATE_MODE"); only != "" && only != string(mode) {
			continue
		}
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			l := open(t, ready, config.NewRunID(time.Now()), state, mode, keep, tell)
			t.Cleanup(func() {
				if err := l.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			for _, s := range steps(mode) {
				t.Run(s.name, func(t *testing.T) {
					w := worlds.OneVPC(mode)
					if s.world != nil {
						w = *s.world
					}
					var err error
					for _, c := range s.edits {
						if w, err = change.Edit(w, c); err != nil {
							t.Fatal(err)
						}
					}
					began := time.Now()
					if err := l.Adopt(t.Context(), w); err != nil {
						t.Fatal(err)
					}
					t.Logf("adopted in %s", time.Since(began).Round(time.Millisecond))
					for _, a := range s.asks {
						seen, err := l.Ask(t.Context(), a.flow)
						if err != nil {
							t.Error(err)
							continue
						}
						t.Logf("%s: %s (%.0f ms)", a.flow, seen.Verdict, seen.Milliseconds)
						if !a.want.SatisfiedBy(seen.Verdict) {
							t.Errorf("%s: want %s, saw %s (%+v)", a.flow, a.want, seen.Verdict, seen.Evidence)
						}
						if predicted := paperlab.New().Predict(l.World(), a.flow).Verdict; !predicted.SatisfiedBy(seen.Verdict) {
							t.Errorf("%s: predicted %s, saw %s", a.flow, predicted, seen.Verdict)
						}
					}
				})
			}
		})
	}
}
