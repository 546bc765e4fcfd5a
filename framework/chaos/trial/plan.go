package trial

import (
	"fmt"
	"strings"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Placed reports whether a spec has a result in a mode on a lab: nil, or why not, for good.
func (t *Trials) Placed(s scenario.Scenario, m topology.Mode, l lab.Name) error {
	if s.OnlyIn != "" && s.OnlyIn != m {
		return fmt.Errorf("%s", s.OnlyBecause)
	}
	_, err := t.plan(s.ID, m, l)
	return err
}

// Worlds lists those that a lab adopts for a spec in a mode: the stage's, then what the schedule makes of it.
func (t *Trials) Worlds(s scenario.Scenario, m topology.Mode, l lab.Name) ([]topology.World, error) {
	schedule, err := t.plan(s.ID, m, l)
	if err != nil {
		return nil, err
	}
	stage, err := t.stage(schedule.Stage)
	if err != nil {
		return nil, err
	}
	steps, err := schedule.Plan(stage)
	if err != nil {
		return nil, err
	}
	worlds := []topology.World{stage.World}
	for _, p := range steps {
		worlds = append(worlds, p.World)
	}
	return worlds, nil
}

// plan is the schedule of a spec, which is worked out once.
func (t *Trials) plan(id string, m topology.Mode, l lab.Name) (chaos.Schedule, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	at := place{id, m, l}
	p, known := t.planned[at]
	if !known {
		p.schedule, p.err = t.work(id, m, l)
		t.planned[at] = p
	}
	return p.schedule, p.err
}

func (t *Trials) work(id string, m topology.Mode, l lab.Name) (chaos.Schedule, error) {
	if l == lab.Paper {
		return chaos.Schedule{}, fmt.Errorf("on paper nothing happens: %w", lab.ErrCannotHost)
	}
	if s, ok := t.kept[id]; ok {
		// It is kept at the pace of labs of namespaces.
		factor := float64(t.Pace(l).Enough()) / float64(config.DefaultChaos().Enough())
		return s.Stretched(max(factor, 1)), t.canHost(s, l)
	}
	kind := chaos.Kind(strings.TrimPrefix(id, prefix))
	s, ok := t.drawing(m, l).Exemplar(kind, cycles)
	if !ok {
		return s, fmt.Errorf("no stage of %s mode has a fault of the kind that shows on the %s lab: %w", m, l, lab.ErrCannotHost)
	}
	return s, nil
}

// canHost says why a lab cannot go through a schedule, or nil.
func (t *Trials) canHost(s chaos.Schedule, l lab.Name) error {
	stage, err := t.stage(s.Stage)
	if err != nil {
		return err
	}
	steps, err := s.Plan(stage)
	if err != nil {
		return err
	}
	if err := lab.CanHost(l, stage.World); err != nil {
		return err
	}
	for _, p := range steps {
		if err := lab.CanHost(l, p.World); err != nil {
			return err
		}
		for _, h := range p.Happens {
			if err := lab.CanHappen(l, p.World, h); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *Trials) stage(name string) (chaos.Stage, error) {
	for _, s := range t.Stages {
		if s.Name == name {
			return s, nil
		}
	}
	return chaos.Stage{}, fmt.Errorf("chaos: there is no stage %q", name)
}
