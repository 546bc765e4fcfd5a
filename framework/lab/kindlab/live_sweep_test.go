//go:build kind

package kindlab

import (
	"context"
	"errors"
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

// TestLiveSweep_paused_and_killed sweeps what a run left that died while its machines stood still or were gone.
func TestLiveSweep_paused_and_killed(t *testing.T) {
	image := os.Getenv("KIND_TEST_NODE_IMAGE")
	if image == "" {
		t.Skip("KIND_TEST_NODE_IMAGE names no image")
	}
	var e engine
	state := t.TempDir()
	id := identity{run: "r", mode: topology.Tunnel, image: image, state: state}
	id.cluster = clusterName(topology.Tunnel, "happen-"+digest(state))
	for _, command := range []string{"pause", "kill"} {
		c, err := e.start(t.Context(), forwarderSpec(id, roleGateway, command))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = e.remove(context.Background(), c.Name) })
		if _, err := e.run(t.Context(), command, c.Name); err != nil {
			t.Fatal(err)
		}
	}
	removed, err := Sweep(t.Context(), SweepOptions{State: state})
	if err != nil || !slices.Equal(removed, []string{id.cluster}) {
		t.Errorf("removed %v, want %s: %v", removed, id.cluster, err)
	}
	if left, err := e.list(t.Context(), "label="+labelCluster+"="+id.cluster); err != nil || len(left) > 0 {
		t.Errorf("left %v: %v", left, err)
	}
}

// TestLiveOwn refuses to touch a container that is somebody else's.
func TestLiveOwn(t *testing.T) {
	image := os.Getenv("KIND_TEST_NODE_IMAGE")
	if image == "" {
		t.Skip("KIND_TEST_NODE_IMAGE names no image")
	}
	state := t.TempDir()
	id := identity{run: "other", mode: topology.Tunnel, image: image, state: state}
	id.cluster = clusterName(topology.Tunnel, "own-"+digest(state))
	l := &Lab{name: clusterName(topology.Tunnel, "mine"), id: identity{run: "mine", cluster: clusterName(topology.Tunnel, "mine"), state: state}}
	c, err := l.engine.start(t.Context(), forwarderSpec(id, rolePeer, "host"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.engine.remove(context.Background(), c.Name) })
	m := aMachine{name: "host", container: c.Name}
	for name, f := range map[string]fault{"lost": &loss{lab: l, machine: m}, "paused": &pause{lab: l, machine: m}} {
		if err := f.begin(t.Context()); !errors.Is(err, ErrNotOurs) {
			t.Errorf("%s: got %v, want %v", name, err, ErrNotOurs)
		}
	}
	if c, found, err := l.engine.find(t.Context(), c.Name); err != nil || !found || !c.Running || c.Paused {
		t.Errorf("it was touched: %+v, %v", c, err)
	}
}
