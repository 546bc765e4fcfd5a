package kindlab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// SweepOptions say what a sweep removes.
type SweepOptions struct {
	// State is the folder of all labs; empty means DefaultState.
	State string
	// Kept says whether labs that were kept on purpose are removed as well.
	Kept KeptPolicy
}

// KeptPolicy says what a sweep does to labs that were kept on purpose.
type KeptPolicy int

const (
	// SpareKept leaves them alone.
	SpareKept KeptPolicy = iota
	// RemoveKept removes those that no process uses.
	RemoveKept
)

// Sweep removes the clusters, containers and folders of dead runs: those that
// carry our labels, have their lock in the state folder, and whose lock nobody
// holds. It returns the names of the clusters that it removed. What a living run
// uses is never touched, nor is anything of another state folder or without our
// labels.
func Sweep(ctx context.Context, o SweepOptions) ([]string, error) {
	if o.State == "" {
		o.State = DefaultState
	}
	var e engine
	root, err := filepath.Abs(o.State)
	if err != nil {
		return nil, fmt.Errorf("sweep kind labs: %w", err)
	}
	o.State = root
	found, err := e.list(ctx, "label="+labelState+"="+o.State)
	if err != nil {
		return nil, fmt.Errorf("sweep kind labs: %w", err)
	}
	kept := map[string]bool{}
	names, err := stateNames(o.State)
	if err != nil {
		return nil, fmt.Errorf("sweep kind labs: %w", err)
	}
	for _, c := range found {
		name := c.Labels[labelCluster]
		names = append(names, name)
		kept[name] = kept[name] || c.Labels[labelKept] != ""
	}
	slices.Sort(names)
	var removed []string
	var errs []error
	for _, name := range slices.Compact(names) {
		if kept[name] && o.Kept == SpareKept {
			continue
		}
		switch err := sweepOne(ctx, e, newState(o.State, name), name); {
		case errors.Is(err, ErrInUse):
		case err != nil:
			errs = append(errs, fmt.Errorf("sweep %s: %w", name, err))
		default:
			removed = append(removed, name)
		}
	}
	return removed, errors.Join(errs...)
}

func sweepOne(ctx context.Context, e engine, s stateDir, name string) error {
	held, err := s.lock()
	if err != nil {
		return err
	}
	// A lock may be of a run that refused the cluster since it is not ours. What
	// is ours has our containers: they are made before kind's and go after them.
	ours, err := e.list(ctx, "label="+labelCluster+"="+name)
	if err != nil {
		return errors.Join(err, held.Close())
	}
	foreign := !slices.ContainsFunc(ours, func(c container) bool { return c.Labels[labelState] == s.root() })
	if foreign {
		return errors.Join(s.remove(), held.Close())
	}
	return errors.Join(removeCluster(ctx, e, name), s.remove(), held.Close())
}

// stateNames lists the clusters that have a folder or a lock in the state
// folder.
func stateNames(root string) ([]string, error) {
	entries, err := os.ReadDir(root)
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		name := strings.TrimSuffix(filepath.Base(entry.Name()), ".lock")
		if strings.HasPrefix(name, namePrefix) {
			names = append(names, name)
		}
	}
	return names, nil
}
