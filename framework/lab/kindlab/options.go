package kindlab

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Options say which lab to open. Every field is needed unless it says otherwise.
type Options struct {
	// Run is the run's id; it is in the name of everything that is made.
	Run string
	// Mode is the cluster's mode.
	Mode topology.Mode
	// Keep decides whether the lab outlives its Close, and whether one that
	// did is used again.
	Keep config.KeepPolicy
	// World is the world that the cluster is born into, and on which it is
	// checked to be ready. It must be healthy and of the mode. Later worlds may
	// differ in all that Adopt can change.
	World topology.World
	// NodeImage is an image that the engine has.
	NodeImage string
	// AgentImage is the name of the image whose archive is at AgentArchive and
	// whose entry point is the agent.
	AgentImage, AgentArchive string
	// Agent is the path of the agent's program, statically linked. A kept lab
	// needs it as long as it stands.
	Agent string
	// EngineImage makes ready what the container engines of hosts run from and
	// returns the image's name. It is called once, for the first world with one.
	// Nil means that this lab cannot host such worlds.
	EngineImage func(ctx context.Context) (string, error)
	// ServiceImage makes ready what the real server of a use runs from and returns
	// the image's name. It is called once for each use, for the first world with an
	// instance. Nil means that this lab cannot host such worlds.
	ServiceImage func(ctx context.Context, u topology.Use) (string, error)
	// Patches are what this host needs in a cluster's configuration; optional.
	Patches Patches
	// ArtifactDir gets the kind configuration, the log of the creation, and, when
	// something fails, the nodes' logs.
	ArtifactDir string
	// State is the folder for sockets and kubeconfigs; empty means DefaultState.
	State string
	// Timing holds every duration.
	Timing config.Timing
	// Progress is told what has been done and how long after the beginning;
	// it must be safe for concurrent use where labs are opened at once. Nil
	// tells nobody.
	Progress func(line string)
}

// check reports everything that is wrong with the options.
func (o *Options) check() error {
	var problems []error
	for _, field := range []struct{ name, value string }{
		{"Run", o.Run},
		{"NodeImage", o.NodeImage},
		{"AgentImage", o.AgentImage},
		{"AgentArchive", o.AgentArchive},
		{"Agent", o.Agent},
		{"ArtifactDir", o.ArtifactDir},
	} {
		if field.value == "" {
			problems = append(problems, fmt.Errorf("%s is empty", field.name))
		}
	}
	if _, err := hostable(o.World, o.Mode, nil); err != nil {
		problems = append(problems, err)
	}
	if o.State == "" {
		o.State = DefaultState
	}
	for _, path := range []*string{&o.Agent, &o.AgentArchive, &o.ArtifactDir, &o.State} {
		absolute, err := filepath.Abs(*path)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		*path = absolute
	}
	return errors.Join(problems...)
}

// tell reports one line of progress.
func (o *Options) tell(began time.Time, format string, args ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf("kind %s: %s (%.1fs)", o.Mode, fmt.Sprintf(format, args...), time.Since(began).Seconds()))
	}
}

// hostable returns the world's cluster when a lab of the mode can host it. A
// running cluster, when given, is what it must be able to be hosted by. The
// error matches lab.ErrCannotHost and names everything that stands in the way.
func hostable(w topology.World, mode topology.Mode, running *topology.Cluster) (topology.Cluster, error) {
	if len(w.Clusters) != 1 {
		return topology.Cluster{}, cannotHost(w, fmt.Errorf("it has %d clusters, this lab has one", len(w.Clusters)))
	}
	c := w.Clusters[0]
	var problems []error
	if c.Mode != mode {
		problems = append(problems, fmt.Errorf("cluster %s is of mode %s, this lab of mode %s", c.Name, c.Mode, mode))
	}
	if len(c.Nodes) == 0 || len(c.ContainerCIDRs) == 0 {
		problems = append(problems, fmt.Errorf("cluster %s has %d nodes and %d container CIDRs", c.Name, len(c.Nodes), len(c.ContainerCIDRs)))
	}
	if running != nil {
		problems = append(problems, unchangeable(c, *running)...)
	}
	if len(problems) > 0 {
		texts := make([]string, len(problems))
		for i, p := range problems {
			texts[i] = p.Error()
		}
		return topology.Cluster{}, cannotHost(w, errors.New(strings.Join(texts, "; ")))
	}
	return c, nil
}

// unchangeable lists what differs and takes a new cluster.
func unchangeable(c, running topology.Cluster) []error {
	var problems []error
	if c.ServiceCIDR != running.ServiceCIDR {
		problems = append(problems, fmt.Errorf("its Service CIDR is %s, the running cluster's %s", c.ServiceCIDR, running.ServiceCIDR))
	}
	if len(c.Nodes) != len(running.Nodes) {
		return append(problems, fmt.Errorf("it has %d nodes, the running cluster %d", len(c.Nodes), len(running.Nodes)))
	}
	for i, n := range c.Nodes {
		was := running.Nodes[i]
		if n.Name != was.Name || n.NIC.Address != was.NIC.Address {
			problems = append(problems, fmt.Errorf("its node %d is %s at %s, the running cluster's %s at %s",
				i+1, n.Name, n.NIC.Address, was.Name, was.NIC.Address))
		}
	}
	return problems
}

func cannotHost(w topology.World, why error) error {
	return fmt.Errorf("host world %s: %w: %w", w.Name, lab.ErrCannotHost, why)
}
