//go:build kind

package kindlab

import (
	"context"
	"os"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// TestLiveSweep sweeps beside a container of another state folder, whose lock it
// cannot see, and beside one whose lock is held. Both must live. It needs the
// engine and the image that KIND_TEST_NODE_IMAGE names.
func TestLiveSweep(t *testing.T) {
	image := os.Getenv("KIND_TEST_NODE_IMAGE")
	if image == "" {
		t.Skip("KIND_TEST_NODE_IMAGE names no image")
	}
	var e engine
	mine, other := t.TempDir(), t.TempDir()
	names := map[string]string{}
	for what, state := range map[string]string{"dead": mine, "held": mine, "kept": mine, "foreign": other} {
		id := identity{run: "r", mode: topology.Tunnel, image: image, state: state, kept: what == "kept" || what == "foreign"}
		id.cluster = clusterName(topology.Tunnel, "sweep-"+what+"-"+digest(mine))
		names[what] = id.cluster
		if _, err := e.start(t.Context(), forwarderSpec(id, roleGateway, "vpc")); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.remove(context.Background(), containerName(id.cluster, "vpc")) })
	}
	held, err := newState(mine, names["held"]).lock()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = held.Close() })
	for _, c := range []struct {
		policy KeptPolicy
		want   []string
	}{
		{SpareKept, []string{names["dead"]}},
		{RemoveKept, []string{names["kept"]}},
	} {
		removed, err := Sweep(t.Context(), SweepOptions{State: mine, Kept: c.policy})
		if err != nil || !slices.Equal(removed, c.want) {
			t.Errorf("removed %v, want %v: %v", removed, c.want, err)
		}
	}
	for what, alive := range map[string]bool{"dead": false, "kept": false, "held": true, "foreign": true} {
		_, there, err := e.find(t.Context(), containerName(names[what], "vpc"))
		if err != nil || there != alive {
			t.Errorf("%s: there is %v, want %v: %v", what, there, alive, err)
		}
	}
}
