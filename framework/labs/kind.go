package labs

import (
	"context"
	"errors"
	"fmt"
	"os"

	"sigs.k8s.io/kind/pkg/cmd/kind/version"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/kindlab"
	"github.com/vpcgate/vpcgate/framework/provision"
	"github.com/vpcgate/vpcgate/framework/provision/engine"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// openKind makes ready what is missing on this machine and opens one cluster, born
// into the first of the worlds that it will have to adopt.
func openKind(ctx context.Context, s config.Settings, worlds []topology.World, m topology.Mode, tell specs.Tell) (specs.Cluster, error) {
	l, ready, _, err := openCluster(ctx, s, worlds, m, tell)
	if err != nil {
		return specs.Cluster{}, err
	}
	return specs.Cluster{Lab: l, Facts: factsOf(ready)}, nil
}

func openCluster(
	ctx context.Context, s config.Settings, worlds []topology.World, m topology.Mode, tell specs.Tell,
) (*kindlab.Lab, provision.Ready, *images, error) {
	ready, err := provide(ctx, s, tell)
	if err != nil {
		return nil, ready, nil, err
	}
	extra := newImages(ctx, s, ready.Node.Ref, tell)
	extra.begin(worlds)
	l, err := kindlab.Open(ctx, kindlab.Options{
		Run: s.Run, Mode: m, Keep: s.Keep, World: worlds[0],
		NodeImage: ready.Node.Ref, AgentImage: ready.Agent.Ref, AgentArchive: ready.Agent.Archive, Agent: ready.Agent.Binary,
		Patches:      kindlab.Patches{Kubeadm: ready.Patches.Kubeadm, Containerd: ready.Patches.Containerd},
		EngineImage:  func(context.Context) (string, error) { return extra.engine() },
		ServiceImage: extra.service,
		ArtifactDir:  s.ArtifactDir(), Timing: s.Timing, Progress: tell,
	})
	return l, ready, extra, err
}

// Provide makes ready all that any world needs on the kind lab. It returns what
// every one needs, and the names of the images that some need.
func Provide(ctx context.Context, s config.Settings, tell specs.Tell) (specs.Facts, []string, error) {
	ready, err := provide(ctx, s, tell)
	if err != nil {
		return specs.Facts{}, nil, err
	}
	extra, err := newImages(ctx, s, ready.Node.Ref, tell).all()
	return factsOf(ready), extra, err
}

func factsOf(ready provision.Ready) specs.Facts {
	return specs.Facts{
		Engine: "docker " + ready.Engine.Version, Kind: "v" + version.Version(), Kubernetes: ready.Node.K8sVersion,
		NodeImage: record.NodeImage{Ref: ready.Node.Ref, Digest: ready.Node.ID, Bytes: ready.Node.Size},
	}
}

// provide makes the engine and the images ready. Where this machine can have no
// engine that would do, the error matches lab.ErrCannotHost; everything else
// that goes wrong is a failure.
func provide(ctx context.Context, s config.Settings, tell specs.Tell) (provision.Ready, error) {
	if os.Geteuid() != 0 || netns.InUserNamespace() {
		return provision.Ready{}, fmt.Errorf("open kind lab: only root can wire containers into a VPC; "+
			"run as root, or leave the lab out with %s=paper,netns: %w", config.EnvLab, lab.ErrCannotHost)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, s.Timing.Provision,
		fmt.Errorf("making engine and images ready took over %s", s.Timing.Provision))
	defer cancel()
	ready, err := provision.Prepare(ctx, provision.Options{K8sVersion: s.KubernetesVersion, CacheDir: s.Cache},
		func(step provision.Step) { tell(step.String()) })
	if err == nil {
		return ready, nil
	}
	if unfit := (*engine.PrivilegedError)(nil); errors.Is(err, engine.ErrNotRunning) || errors.As(err, &unfit) {
		return ready, fmt.Errorf("open kind lab: %w: %w", lab.ErrCannotHost, err)
	}
	return ready, fmt.Errorf("open kind lab: %w", err)
}

// sweepKind removes clusters and containers that no running process uses.
// Without an engine there is nothing to remove.
func sweepKind(ctx context.Context, kept kindlab.KeptPolicy, tell specs.Tell) error {
	if _, err := engine.Ask(ctx); errors.Is(err, engine.ErrNotRunning) {
		return nil
	}
	removed, err := kindlab.Sweep(ctx, kindlab.SweepOptions{Kept: kept})
	for _, name := range removed {
		tell("removed cluster " + name)
	}
	return err
}
