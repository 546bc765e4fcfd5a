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
	"github.com/vpcgate/vpcgate/framework/provision/hostimage"
	"github.com/vpcgate/vpcgate/framework/provision/nodeimage"
	"github.com/vpcgate/vpcgate/framework/provision/serviceimage"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TestLive creates real clusters in both modes at once and takes them from one
// world to the other and back. It needs an engine and the node image, which it
// makes ready, and minutes; so it runs only when asked for: -tags kind.
func TestLive(t *testing.T) {
	ready := prepare(t)
	run, state, tell := config.NewRunID(time.Now()), ownState(t), teller(t)
	for _, mode := range topology.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			l := open(t, ready, run, state, mode, config.TakeDown, tell)
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

// TestLiveKeep makes a lab that outlives its Close, takes it over, and sweeps it.
func TestLiveKeep(t *testing.T) {
	ready := prepare(t)
	tell, state := teller(t), ownState(t)
	t.Cleanup(func() {
		_, _ = kindlab.Sweep(context.Background(), kindlab.SweepOptions{State: state, Kept: kindlab.RemoveKept})
	})
	for range 2 {
		l := open(t, ready, config.NewRunID(time.Now()), state, topology.Tunnel, config.KeepLabs, tell)
		liveWorld(t, l, worlds.OneVPC(topology.Tunnel), tell)
		liveWorld(t, l, worlds.PeeredVPCs(topology.Tunnel), tell)
		if err := l.Close(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if removed, err := kindlab.Sweep(t.Context(), kindlab.SweepOptions{State: state}); err != nil || len(removed) > 0 {
		t.Errorf("a sweep that spares kept labs removed %v: %v", removed, err)
	}
	removed, err := kindlab.Sweep(t.Context(), kindlab.SweepOptions{State: state, Kept: kindlab.RemoveKept})
	if err != nil || len(removed) != 1 {
		t.Errorf("a sweep of kept labs removed %v: %v", removed, err)
	}
}

func open(t *testing.T, ready provision.Ready, run, state string, mode topology.Mode, keep config.KeepPolicy, tell func(string)) *kindlab.Lab {
	t.Helper()
	return openWorld(t, ready, run, state, worlds.OneVPC(mode), keep, tell)
}

// openWorld opens a lab that is born into a world.
func openWorld(t *testing.T, ready provision.Ready, run, state string, w topology.World, keep config.KeepPolicy, tell func(string)) *kindlab.Lab {
	t.Helper()
	l, err := kindlab.Open(t.Context(), kindlab.Options{
		Run: run, State: state, Mode: w.Clusters[0].Mode, Keep: keep, World: w,
		NodeImage: ready.Node.Ref, AgentImage: ready.Agent.Ref, AgentArchive: ready.Agent.Archive, Agent: ready.Agent.Binary,
		Patches: kindlab.Patches{Kubeadm: ready.Patches.Kubeadm, Containerd: ready.Patches.Containerd},
		EngineImage: func(ctx context.Context) (string, error) {
			image, err := hostimage.Ensure(ctx, hostimage.Options{Base: ready.Node.Ref, Progress: func(s provision.Step) { tell(s.String()) }})
			return image.Ref, err
		},
		ServiceImage: func(ctx context.Context, u topology.Use) (string, error) {
			server := map[topology.Use]serviceimage.Service{
				topology.UseRedis: serviceimage.Redis, topology.UseMySQL: serviceimage.MariaDB, topology.UseAMQP: serviceimage.RabbitMQ,
			}[u]
			image, err := serviceimage.Ensure(ctx, server, serviceimage.Options{Progress: func(s provision.Step) { tell(s.String()) }})
			return image.Ref, err
		},
		ArtifactDir: t.ArtifactDir(), Timing: config.DefaultTiming(), Progress: tell,
	})
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// ownState is a state folder of this test alone: what it sweeps is its own, and
// the labs of others on this machine, kept ones too, are out of its reach.
func ownState(t *testing.T) string {
	t.Helper()
	// Short, for the control sockets' paths; t.TempDir is too long.
	dir, err := os.MkdirTemp("/run", "vpcgate-test-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

// teller returns a function that logs lines with the time since now.
func teller(t *testing.T) func(string) {
	began := time.Now()
	var mu sync.Mutex
	return func(line string) {
		mu.Lock()
		defer mu.Unlock()
		t.Logf("%5.1fs %s", time.Since(began).Seconds(), line)
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
