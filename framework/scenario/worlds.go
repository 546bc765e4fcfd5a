package scenario

import (
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Worlds lists the worlds that a lab adopts for a scenario in a mode, the healthy
// one first: broken, with each decoy, after each stage, cured. A planning scenario's
// broken world is refused, so that no lab adopts it. It fails where a change cannot
// be applied.
func (s Scenario) Worlds(m topology.Mode) ([]topology.World, error) {
	healthy, err := s.HealthyWorld(m)
	if err != nil {
		return nil, err
	}
	broken, _, err := change.Request(healthy, s.Break.In(m))
	if err != nil {
		return nil, err
	}
	if len(s.Refused.In(m)) > 0 {
		cured, err := change.Edit(broken, s.WholeRemedy(m))
		return []topology.World{healthy, cured}, err
	}
	all := []topology.World{healthy, broken}
	edit := func(from topology.World, c change.Change) topology.World {
		w, failed := change.Edit(from, c)
		if failed != nil {
			err = failed
			return from
		}
		all = append(all, w)
		return w
	}
	for _, d := range s.Decoys.In(m) {
		edit(broken, d)
	}
	almost := broken
	for _, stage := range s.StagesIn(m) {
		almost = edit(almost, stage.Fix.In(m))
	}
	edit(almost, s.Remedy.In(m))
	return all, err
}
