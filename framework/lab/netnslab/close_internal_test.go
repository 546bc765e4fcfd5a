package netnslab

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestClose_leaves_no_descriptor_and_no_goroutine(t *testing.T) {
	live := func() {
		l := opened(t)
		for _, w := range healthyWorlds() {
			adopted(t, l, w)
		}
		for _, f := range []topology.Flow{
			topology.OverTCP("pod-a", "ecs-n", labtest.WebPort), topology.Ping("pod-a", "pod-b"),
			topology.OverUDP("ecs-n", "pod-b", labtest.NamePort), topology.OverTCP("pod-a", "ecs-n", labtest.IdlePort),
		} {
			if _, err := l.Ask(t.Context(), f); err != nil {
				t.Error(err)
			}
		}
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
		if len(l.spaces) > 0 {
			t.Errorf("%d namespaces are left", len(l.spaces))
		}
	}
	live() // the first use of the runtime's poller opens descriptors that stay
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	for range 3 {
		live()
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	err := poll.Until(ctx, time.Millisecond, func(context.Context) (bool, string, error) {
		f, g := openFiles(t), runtime.NumGoroutine()
		return f <= files && g <= goroutines, fmt.Sprintf("%d files and %d goroutines, were %d and %d", f, g, files, goroutines), nil
	})
	if err != nil {
		t.Error(err)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// A kept lab outlives its close: somebody else can enter each namespace by the
// path that Enter names, until it is unpinned.
func TestClose_of_a_kept_lab_leaves_it_to_be_entered(t *testing.T) {
	keep := t.TempDir()
	l, err := Open(t.Context(), Options{Run: "kept", Keep: keep, Timing: config.DefaultTiming()})
	if err != nil {
		t.Fatal(err)
	}
	w := labtest.Cluster(topology.Routed)
	adopted(t, l, w)
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	lines := l.Enter()
	if want := len(w.VPCs) + len(w.Endpoints()) - 1; len(lines) != want {
		t.Errorf("%d lines for %d namespaces:\n%s", len(lines), want, strings.Join(lines, "\n"))
	}
	for _, line := range lines {
		path, _, _ := strings.Cut(strings.TrimPrefix(line, "nsenter --net="), " ")
		if filepath.Dir(path) != keep {
			t.Fatalf("%q does not lead below %s", line, keep)
		}
		if err := entered(path); err != nil {
			t.Error(err)
		}
		if err := netns.Unpin(path); err != nil {
			t.Error(err)
		}
	}
	if left, err := os.ReadDir(keep); err != nil || len(left) > 0 {
		t.Errorf("after unpinning %v are left, %v", left, err)
	}
}

func entered(path string) error {
	ns, err := netns.FromPath(path)
	if err != nil {
		return err
	}
	defer func() { _ = ns.Close() }()
	links, err := link.List(ns)
	if err == nil && len(links) < 2 {
		err = fmt.Errorf("%s has only %v", path, links)
	}
	return err
}

// A lab that is kept and rebuilt pins the new namespaces in the place of the
// old; one that fails unpins everything.
func TestAdopt_of_a_kept_lab_pins_again(t *testing.T) {
	keep := t.TempDir()
	l, err := Open(t.Context(), Options{Run: "kept", Keep: keep, Timing: config.DefaultTiming()})
	if err != nil {
		t.Fatal(err)
	}
	adopted(t, l, labtest.Cluster(topology.Routed))
	adopted(t, l, labtest.Chain())
	if pins, err := os.ReadDir(keep); err != nil || len(pins) != 7 {
		t.Errorf("pinned are %v, %v; want 3 routers and 4 hosts", pins, err)
	}
	if err := l.Adopt(after(context.Background(), 0), labtest.Cluster(topology.Tunnel)); err == nil {
		t.Error("adopting with an ended context succeeded")
	}
	if left, err := os.ReadDir(keep); err != nil || len(left) > 0 {
		t.Errorf("after a failure %v are left, %v", left, err)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Error(err)
	}
}
