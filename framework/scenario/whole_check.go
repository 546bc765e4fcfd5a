package scenario

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// check lists what makes a scenario that was read one that cannot be run.
func (d whole) check(s Scenario) error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if s.ID == "" {
		add("id: it is missing")
	}
	if s.Title == "" {
		add("title: it is missing")
	}
	if s.OnlyIn != "" && !slices.Contains(topology.Modes(), s.OnlyIn) {
		add("onlyIn: unknown mode %q; it is one of %v", s.OnlyIn, topology.Modes())
		return errors.Join(problems...)
	}
	for m := range d.Worlds {
		if !slices.Contains(s.Modes(), m) {
			add("worlds: %q is none of its modes %v", m, s.Modes())
		}
	}
	for _, m := range s.Modes() {
		if d.Worlds[m] == nil {
			add("worlds: that of mode %s is missing", m)
			continue
		}
		for _, err := range s.problems(m) {
			add("%s: %w", m, err)
		}
	}
	return errors.Join(problems...)
}

// problems lists what is wrong with a scenario in one mode.
func (s Scenario) problems(m topology.Mode) []error {
	if s.Break.In(m) == nil || s.Remedy.In(m) == nil {
		return []error{errors.New("break or remedy is missing")}
	}
	var all []error
	for _, e := range s.Expectations(m) {
		if e.Healthy == (verdict.Verdict{}) || e.Cured == (verdict.Verdict{}) || e.Symptom == (verdict.Verdict{}) && !s.Planning() {
			all = append(all, fmt.Errorf("%s: a verdict is missing", e.Flow))
		}
	}
	worlds, err := s.Worlds(m)
	if err != nil {
		return append(all, err)
	}
	for _, w := range worlds {
		if err := w.Validate(); err != nil {
			all = append(all, err)
		}
	}
	flows := []topology.Flow{s.Flow}
	for _, c := range s.Also {
		flows = append(flows, c.Flow)
	}
	for _, c := range s.Controls {
		flows = append(flows, c.Flow)
	}
	for _, f := range flows {
		if err := worlds[0].ValidateFlow(f); err != nil {
			all = append(all, err)
		}
	}
	return all
}
