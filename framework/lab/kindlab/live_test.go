//go:build kind

package kindlab_test

import (
	"context"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/kindlab"
	"github.com/vpcgate/vpcgate/framework/provision"
	"github.com/vpcgate/vpcgate/framework/provision/agentimage"
	"github.com/vpcgate/vpcgate/framework/provision/engine"
	"github.com/vpcgate/vpcgate/framework/provision/nodeimage"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TestLive creates real clusters in both modes at once and takes them from one
// world to the other and back. It needs an engine and the node image, which it
// makes ready, and minutes; so it runs only when asked for: -tags kind.
func TestLive(t *testing.T) {
	ready := prepare(t)
	run := config.NewRunID(time.Now())
	began := time.Now()
	var mu sync.Mutex
	tell := func(line string) {
		mu.Lock()
		defer mu.Unlock()
		t.Logf("%5.1fs %s", time.Since(began).Seconds(), line)
	}
	for _, mode := range topology.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			l, err := kindlab.Open(t.Context(), kindlab.Options{
				Run: run, Mode: mode, Keep: config.TakeDown, World: worlds.OneVPC(mode),
				NodeImage: ready.Node.Ref, AgentImage: ready.Agent.Ref, AgentArchive: ready.Agent.Archive, Agent: ready.Agent.Binary,
				Patches:     kindlab.Patches{Kubeadm: ready.Patches.Kubeadm, Containerd: ready.Patches.Containerd},
				ArtifactDir: t.ArtifactDir(), Timing: config.DefaultTiming(), Progress: tell,
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := l.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			for _, world := range []topology.World{worlds.OneVPC(mode), worlds.PeeredVPCs(mode), worlds.OneVPC(mode)} {
				liveWorld(t, l, world, tell)
			}
			for _, line := range l.Enter() {
				t.Log(line)
			}
		})
	}
}

// prepare makes engine and images ready. KIND_TEST_NODE_IMAGE names a node image
// to use as it is, while another one is being built.
func prepare(t *testing.T) provision.Ready {
	t.Helper()
	report := func(s provision.Step) { t.Log(s) }
	image := os.Getenv("KIND_TEST_NODE_IMAGE")
	if image == "" {
		ready, err := provision.Prepare(t.Context(), provision.Options{}, report)
		if err != nil {
			t.Fatal(err)
		}
		return ready
	}
	host, err := engine.Ensure(t.Context(), engine.Options{Progress: report})
	if err != nil {
		t.Fatal(err)
	}
	agent, err := agentimage.Ensure(t.Context(), agentimage.Options{Progress: report})
	if err != nil {
		t.Fatal(err)
	}
	return provision.Ready{Engine: host, Node: nodeimage.Image{Ref: image}, Agent: agent, Patches: engine.KindPatches(host.Facts)}
}

// liveWorld adopts a world twice and asks every pod about every other end.
func liveWorld(t *testing.T, l *kindlab.Lab, w topology.World, tell func(string)) {
	t.Helper()
	for range 2 {
		began := time.Now()
		if err := l.Adopt(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		tell("adopted " + w.Name + " in " + time.Since(began).Round(time.Millisecond).String())
	}
	real := l.World()
	for _, from := range real.Clusters[0].Pods {
		for _, to := range real.Endpoints() {
			if to.Name == from.Name {
				continue
			}
			f := topology.Ping(from.Name, to.Name)
			seen, err := l.Ask(t.Context(), f)
			if err != nil {
				t.Error(err)
				continue
			}
			t.Logf("%s: %s (%.0f ms)", f, seen.Verdict, seen.Milliseconds)
			if seen.Verdict.Kind == verdict.KindInconclusive {
				t.Errorf("%s: %s", f, seen.Verdict)
			}
			if err := l.Alive(t.Context(), f); err != nil {
				t.Error(err)
			}
		}
	}
}
