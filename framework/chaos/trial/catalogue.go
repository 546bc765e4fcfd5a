package trial

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// cycles is how often a fault comes and goes in one spec: often enough to see a distribution, and short enough for a gate.
const cycles = 3

// prefix begins the ids of the specs, kept those of schedules that are kept.
const (
	prefix = "CHA-"
	kept   = prefix + "kept-"
)

// ErrNoTraffic is matched by the reason of a lab that cannot send traffic while its world changes.
var ErrNoTraffic = errors.New("its agents send no traffic while its world changes")

// Options are what the specs are made of.
type Options struct {
	// Stages are the healthy worlds, named by their world and mode, such as "one-vpc/routed".
	Stages []chaos.Stage
	Oracle lab.Oracle
	// Kept is the folder of the schedules that are kept; none without one.
	Kept string
	// Pace is that of a lab.
	Pace func(lab.Name) config.Chaos
}

// Trials are the specs of chaos. They are safe for concurrent use.
type Trials struct {
	Options
	catalogue []scenario.Scenario
	// kept are the schedules that are kept, by the ids of their specs.
	kept    map[string]chaos.Schedule
	mu      sync.Mutex
	planned map[place]planned
}

// place is where a spec has a schedule.
type place struct {
	id   string
	mode topology.Mode
	lab  lab.Name
}

// planned is the schedule of a spec, or why it has none.
type planned struct {
	schedule chaos.Schedule
	err      error
}

// New makes the specs' catalogue.
func New(o Options) (*Trials, error) {
	t := &Trials{Options: o, kept: map[string]chaos.Schedule{}, planned: map[place]planned{}}
	for _, k := range t.kinds() {
		t.add(scenario.Scenario{ID: prefix + string(k), Title: strings.ReplaceAll(string(k), "-", " ") + ": comes, holds, goes, and the traffic shows it", Disruptive: true})
	}
	paths, err := filepath.Glob(filepath.Join(o.Kept, "*.yaml"))
	if o.Kept == "" || err != nil {
		return t, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("chaos: no schedule is kept in %s", o.Kept)
	}
	for _, path := range paths {
		if err := t.keep(path); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Catalogue lists the specs as scenarios.
func (t *Trials) Catalogue() []scenario.Scenario { return slices.Clone(t.catalogue) }

// kinds lists those that some lab can show.
func (t *Trials) kinds() []chaos.Kind {
	var all []chaos.Kind
	for _, l := range lab.Names() {
		for _, k := range t.drawing("", l).Kinds() {
			if !slices.Contains(all, k) {
				all = append(all, k)
			}
		}
	}
	return all
}

// add completes a spec's scenario.
func (t *Trials) add(s scenario.Scenario) {
	s.Origin, s.Tier = scenario.Derived, scenario.Core
	if s.World == nil {
		s.World = func(m topology.Mode) topology.World { return t.drawing(m, "").Stages[0].World }
	}
	t.catalogue = append(t.catalogue, s)
}

// keep makes a spec of a schedule that is kept.
func (t *Trials) keep(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("chaos: %w", err)
	}
	s, found, err := chaos.ParseYAML(text)
	if err != nil {
		return fmt.Errorf("chaos: %s: %w", path, err)
	}
	at := slices.IndexFunc(t.Stages, func(st chaos.Stage) bool { return st.Name == s.Stage })
	if at < 0 {
		return fmt.Errorf("chaos: %s: there is no stage %q", path, s.Stage)
	}
	stage := t.Stages[at]
	if err := s.Validate(stage); err != nil {
		return fmt.Errorf("chaos: %s: %w", path, err)
	}
	name := strings.TrimSuffix(filepath.Base(path), ".yaml")
	title := strings.ReplaceAll(name, "-", " ")
	if len(found) > 0 {
		title += ", which was found before"
	}
	id := kept + name
	t.kept[id] = s
	t.add(scenario.Scenario{
		ID: id, Title: title, Disruptive: true, OnlyIn: modeOf(stage), OnlyBecause: "it was found in the other mode",
		World: func(topology.Mode) topology.World { return stage.World },
	})
	return nil
}

func modeOf(s chaos.Stage) topology.Mode {
	return topology.Mode(s.Name[strings.LastIndex(s.Name, "/")+1:])
}

// drawing is what a lab can show in a mode; an empty mode is every one.
func (t *Trials) drawing(m topology.Mode, l lab.Name) chaos.Drawing {
	pace := t.Pace(l)
	d := chaos.Drawing{Oracle: t.Oracle, Shortest: pace.EnoughLive(), Longest: pace.EnoughLive() + pace.Spread}.On(l)
	for _, s := range t.Stages {
		if m == "" || modeOf(s) == m {
			d.Stages = append(d.Stages, s)
		}
	}
	return d
}
