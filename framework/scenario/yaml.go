package scenario

import (
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/internal/form"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// FormKind is the kind of a scenario's YAML form.
const FormKind = "Scenario"

// document is a scenario of a user's own: one world, which has its mode.
type document struct {
	APIVersion string         `yaml:"apiVersion"`
	Kind       string         `yaml:"kind"`
	ID         string         `yaml:"id"`
	Title      string         `yaml:"title"`
	World      topology.World `yaml:"world"`
	Flow       topology.Flow  `yaml:"flow"`
	Break      change.Form    `yaml:"break"`
	Symptom    verdict.Form   `yaml:"symptom"`
	Decoys     []change.Form  `yaml:"decoys,omitempty"`
	Remedy     change.Form    `yaml:"remedy"`
	Cured      verdict.Form   `yaml:"cured"`
	Controls   []documentFlow `yaml:"controls,omitempty"`
}

type documentFlow struct {
	Flow    topology.Flow `yaml:"flow"`
	Verdict verdict.Form  `yaml:"verdict"`
	Why     string        `yaml:"why,omitempty"`
}

// ParseYAML reads a scenario of a user's own and returns it with the one mode
// that it runs in: that of its world's first cluster. Unknown and repeated
// fields are errors that name their line. The whole scenario is then checked, all
// problems at once: the healthy, broken and remedied worlds are valid, every edit
// changes something, every flow can be asked, and the symptom is not the cure.
func ParseYAML(text []byte) (Scenario, topology.Mode, error) {
	if err := form.Open(text, FormKind, nil); err != nil {
		return Scenario{}, "", fmt.Errorf("parse scenario: %w", err)
	}
	var d document
	if err := form.Decode(text, &d); err != nil {
		return Scenario{}, "", fmt.Errorf("parse scenario: %w", err)
	}
	if err := d.check(); err != nil {
		return Scenario{}, "", fmt.Errorf("scenario %s: %w", d.ID, err)
	}
	return d.scenario(), d.mode(), nil
}

// mode is the first cluster's; a world without one runs once, as routed.
func (d document) mode() topology.Mode {
	if len(d.World.Clusters) > 0 {
		return d.World.Clusters[0].Mode
	}
	return topology.Routed
}

func (d document) scenario() Scenario {
	s := Scenario{
		ID: d.ID, Title: d.Title, Origin: UserOwn, Tier: Core, OnlyIn: d.mode(),
		OnlyBecause: "the file's world is of one mode",
		World:       func(topology.Mode) topology.World { return d.World.Clone() },
		Flow:        d.Flow, Symptom: Both(d.Symptom.Verdict), Cured: Both(d.Cured.Verdict),
		Break: Both(d.Break.Change), Remedy: Both(d.Remedy.Change),
	}
	var decoys []change.Change
	for _, c := range d.Decoys {
		decoys = append(decoys, c.Change)
	}
	s.Decoys = Both(decoys)
	for _, c := range d.Controls {
		s.Controls = append(s.Controls, Control{Flow: c.Flow, Verdict: Both(c.Verdict.Verdict), Why: c.Why})
	}
	return s
}

func (d document) check() error {
	var problems []error
	add := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	if d.ID == "" {
		add("id: it is missing")
	}
	if d.Title == "" {
		add("title: it is missing")
	}
	for part, c := range map[string]change.Change{"break": d.Break.Change, "remedy": d.Remedy.Change} {
		if c == nil {
			add("%s: it is missing", part)
		}
	}
	for part, v := range map[string]verdict.Verdict{"symptom": d.Symptom.Verdict, "cured": d.Cured.Verdict} {
		if v.Kind == "" {
			add("%s: it is missing", part)
		}
	}
	if d.Symptom.Verdict != (verdict.Verdict{}) && d.Symptom.SatisfiedBy(d.Cured.Verdict) {
		add("symptom: it is the cure as well; nothing could be told apart")
	}
	if err := d.World.Validate(); err != nil {
		problems = append(problems, err)
	}
	if len(problems) == 0 {
		problems = append(problems, d.checkWorlds()...)
	}
	slices.SortStableFunc(problems, func(a, b error) int {
		switch x, y := a.Error(), b.Error(); {
		case x < y:
			return -1
		case x > y:
			return 1
		default:
			return 0
		}
	})
	return errors.Join(problems...)
}

// checkWorlds checks what the edits make of the world, and the flows in it.
func (d document) checkWorlds() []error {
	var problems []error
	note := func(err error) {
		if err != nil {
			problems = append(problems, err)
		}
	}
	flows := []topology.Flow{d.Flow}
	for _, c := range d.Controls {
		flows = append(flows, c.Flow)
	}
	for _, f := range flows {
		note(d.World.ValidateFlow(f))
	}
	broken, err := change.Edit(d.World, d.Break.Change)
	if err != nil {
		return append(problems, fmt.Errorf("break: %w", err))
	}
	note(broken.Validate())
	for part, c := range map[string][]change.Form{"remedy": {d.Remedy}, "decoys": d.Decoys} {
		for _, one := range c {
			w, err := change.Edit(broken, one.Change)
			if err != nil {
				problems = append(problems, fmt.Errorf("%s: %w", part, err))
				continue
			}
			note(w.Validate())
		}
	}
	return problems
}
