package provision

import (
	"context"
	"errors"
	"sync"

	"github.com/vpcgate/vpcgate/framework/provision/agentimage"
	"github.com/vpcgate/vpcgate/framework/provision/engine"
	"github.com/vpcgate/vpcgate/framework/provision/nodeimage"
	"github.com/vpcgate/vpcgate/framework/provision/progress"
)

// Step is one report about one piece of the preparation.
type Step = progress.Step

// Progress is told about steps; see progress.Func. Prepare tells it one step at
// a time.
type Progress = progress.Func

// Options says what is wanted and where things are kept. The zero value wants
// kind's default Kubernetes version and the usual folders.
type Options struct {
	// K8sVersion is the Kubernetes version, as "v1.37.0"; empty means kind's
	// own default.
	K8sVersion string
	// CacheDir is where built components are kept; empty means place.Cache.
	CacheDir string
	// StateDir is where an engine of ours keeps its files; empty means
	// place.State.
	StateDir string
	// SourceDir is the root of vpcgate's source; empty means place.Source.
	SourceDir string
	// Offline leaves out the attempt to pull the node image.
	Offline bool
}

// Ready is everything that a kind lab needs.
type Ready struct {
	// Engine is the engine that runs.
	Engine engine.Engine
	// Node is the image of nodes, gateways and peers.
	Node nodeimage.Image
	// Agent is the probe agent.
	Agent agentimage.Agent
	// Patches are what clusters need on this host.
	Patches engine.Patches
}

// Prepare makes everything ready: the engine, then the node image, and beside
// them the agent. What is at hand already takes a second or two in all. It can
// be interrupted at any time and asked again.
func Prepare(ctx context.Context, o Options, report Progress) (Ready, error) {
	report = progress.Serial(report)
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var ready Ready
	var agent error
	var beside sync.WaitGroup
	beside.Go(func() {
		ready.Agent, agent = agentimage.Ensure(ctx, agentimage.Options{CacheDir: o.CacheDir, SourceDir: o.SourceDir, Progress: report})
		if agent != nil {
			cancel(agent) // the node image would be built for nothing
		}
	})
	err := ready.prepareNode(ctx, o, report)
	if err != nil {
		cancel(err)
	}
	beside.Wait()
	if err != nil && (agent == nil || !errors.Is(err, agent)) {
		return ready, err
	}
	return ready, agent // when both failed, the node image only because the agent had
}

// prepareNode makes the engine and then the node image ready.
func (r *Ready) prepareNode(ctx context.Context, o Options, report Progress) error {
	var err error
	r.Engine, err = engine.Ensure(ctx, engine.Options{StateDir: o.StateDir, SourceDir: o.SourceDir, Progress: report})
	if err != nil {
		return err
	}
	r.Patches = engine.KindPatches(r.Engine.Facts)
	r.Node, err = nodeimage.Ensure(ctx, nodeimage.Options{
		K8sVersion: o.K8sVersion, CacheDir: o.CacheDir, SourceDir: o.SourceDir, Offline: o.Offline, Progress: report,
	})
	return err
}
