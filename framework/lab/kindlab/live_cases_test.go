//go:build kind

package kindlab_test

import (
	"context"
	"errors"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// TestLiveCases shows on real clusters what the documentation promises of them,
// and that the oracle predicts it. KIND_TEST_STATE and VPCGATE_MODE are as in
// TestLiveWorlds.
func TestLiveCases(t *testing.T) {
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
			l := openWorld(t, ready, config.NewRunID(time.Now()), state, labtest.Cluster(mode), keep, tell)
			t.Cleanup(func() {
				if err := l.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			for _, c := range slices.Concat(labtest.OnClusters(), labtest.Cases()) {
				if lab.CanHost(lab.Kind, c.World) != nil || c.World.Clusters[0].Mode != mode {
					continue
				}
				began := time.Now()
				if err := l.Adopt(t.Context(), c.World); errors.Is(err, lab.ErrCannotHost) {
					t.Logf("%s: %v", c.Name, err)
					continue
				} else if err != nil {
					t.Fatalf("%s: %v", c.Name, err)
				}
				adopted := time.Since(began).Round(time.Millisecond)
				got, err := l.Ask(t.Context(), c.Flow)
				if err != nil {
					t.Fatalf("%s: %v", c.Name, err)
				}
				t.Logf("%s: %s: %s (%s + %.0f ms)", c.Name, c.Flow, got.Verdict, adopted, got.Milliseconds)
				if predicted := paperlab.New().Predict(l.World(), c.Flow).Verdict; !predicted.SatisfiedBy(got.Verdict) {
					t.Errorf("%s: %s: predicted %s, saw %s (%+v)", c.Name, c.Flow, predicted, got.Verdict, got.Evidence)
				}
				if !c.Want.SatisfiedBy(got.Verdict) {
					t.Errorf("%s (%s): %s: want %s, saw %s", c.Name, c.Source, c.Flow, c.Want, got.Verdict)
				}
			}
		})
	}
}
