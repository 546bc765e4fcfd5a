package labs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/kindlab"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/provision"
	"github.com/vpcgate/vpcgate/framework/specs"
)

// keptNamespaces is where KEEP=1 pins the namespaces of the netns lab, a folder
// for each run and in it one for each spec. It is of the boot, as they are.
const keptNamespaces = "/run/vpcgate/netns"

// All returns the openers of all labs on this machine.
func All() specs.Labs {
	return specs.Labs{
		Oracle: paperlab.New(),
		Paper:  func() lab.Lab { return paperlab.New() },
		Netns:  openNetns,
		Kind:   openKind,
		Sweep:  SweepDead,
	}
}

func openNetns(ctx context.Context, s config.Settings, spec string) (lab.Lab, error) {
	options := netnslab.Options{Run: s.Run, Timing: s.Timing}
	if s.Keep == config.KeepLabs {
		if netns.InUserNamespace() {
			return nil, fmt.Errorf("open netns lab: %s=1 needs root: the namespaces of an ordinary user end with the run", config.EnvKeep)
		}
		options.Keep = filepath.Join(keptNamespaces, s.Run, spec)
		if err := os.MkdirAll(options.Keep, 0o755); err != nil {
			return nil, fmt.Errorf("open netns lab: make folder for kept namespaces: %w", err)
		}
	}
	return netnslab.Open(ctx, options)
}

// SweepDead removes what dead runs left in the labs of the settings. What a
// former run kept on purpose stays.
func SweepDead(ctx context.Context, s config.Settings, tell specs.Tell) error {
	if !s.Has(lab.Kind) {
		return nil // an unkept netns lab leaves nothing, however its run ended
	}
	return errors.Join(sweepKind(ctx, kindlab.SpareKept, tell), sweepBuilds(s.Cache, tell))
}

// SweepAll removes everything of vpcgate that no running process uses, kept
// labs included.
func SweepAll(ctx context.Context, s config.Settings, tell specs.Tell) error {
	return errors.Join(sweepNamespaces(tell), sweepKind(ctx, kindlab.RemoveKept, tell), sweepBuilds(s.Cache, tell))
}

// sweepBuilds removes what interrupted builds of images left in a cache.
func sweepBuilds(cache string, tell specs.Tell) error {
	removed, err := provision.SweepBuilds(cache)
	for _, path := range removed {
		tell("removed rest of a build " + path)
	}
	return err
}

// sweepNamespaces unpins every kept namespace. One that a process still uses
// lives on with it.
func sweepNamespaces(tell specs.Tell) error {
	pins, err := filepath.Glob(filepath.Join(keptNamespaces, "*", "*", "vpcgate-*"))
	if err != nil {
		return fmt.Errorf("sweep kept namespaces: %w", err)
	}
	var problems []error
	for _, pin := range pins {
		if err := netns.Unpin(pin); err != nil {
			problems = append(problems, err)
			continue
		}
		tell("removed namespace " + pin)
	}
	if len(problems) == 0 {
		problems = append(problems, os.RemoveAll(keptNamespaces))
	}
	if err := errors.Join(problems...); err != nil {
		return fmt.Errorf("sweep kept namespaces: %w", err)
	}
	return nil
}
