package scenario

import (
	"fmt"
	"net/url"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/internal/form"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// WholeKind is the kind of the YAML form that holds all of a scenario, in each of its
// modes, as a run's folder has it.
const WholeKind = "CatalogueScenario"

// FileName is the name of the file that holds a scenario.
func FileName(id string) string { return url.PathEscape(id) + ".yaml" }

// whole is a scenario with nothing left out.
type whole struct {
	APIVersion  string                            `yaml:"apiVersion"`
	Kind        string                            `yaml:"kind"`
	ID          string                            `yaml:"id"`
	Title       string                            `yaml:"title"`
	Origin      Origin                            `yaml:"origin,omitempty"`
	Tier        Tier                              `yaml:"tier,omitempty"`
	Claim       string                            `yaml:"claim,omitempty"`
	Disputed    string                            `yaml:"disputed,omitempty"`
	Disruptive  bool                              `yaml:"disruptive,omitempty"`
	OnlyIn      topology.Mode                     `yaml:"onlyIn,omitempty"`
	OnlyBecause string                            `yaml:"onlyBecause,omitempty"`
	Flow        topology.Flow                     `yaml:"flow"`
	Healthy     *modesForm[verdict.Form]          `yaml:"healthy,omitempty"`
	Symptom     *modesForm[verdict.Form]          `yaml:"symptom,omitempty"`
	Cured       *modesForm[verdict.Form]          `yaml:"cured,omitempty"`
	Also        []wholeCase                       `yaml:"also,omitempty"`
	Given       *modesForm[change.Form]           `yaml:"given,omitempty"`
	Break       *modesForm[change.Form]           `yaml:"break,omitempty"`
	Refused     *modesForm[[]topology.RuleID]     `yaml:"refused,omitempty"`
	Decoys      *modesForm[[]change.Form]         `yaml:"decoys,omitempty"`
	Stages      []wholeStage                      `yaml:"stages,omitempty"`
	Remedy      *modesForm[change.Form]           `yaml:"remedy,omitempty"`
	Produces    bool                              `yaml:"produces,omitempty"`
	Controls    []wholeControl                    `yaml:"controls,omitempty"`
	Worlds      map[topology.Mode]*topology.World `yaml:"worlds"`
}

type wholeCase struct {
	Flow    topology.Flow            `yaml:"flow"`
	Healthy *modesForm[verdict.Form] `yaml:"healthy,omitempty"`
	Symptom *modesForm[verdict.Form] `yaml:"symptom,omitempty"`
	Cured   *modesForm[verdict.Form] `yaml:"cured,omitempty"`
}

type wholeStage struct {
	Fix  *modesForm[change.Form]  `yaml:"fix,omitempty"`
	Then *modesForm[verdict.Form] `yaml:"then,omitempty"`
}

type wholeControl struct {
	Flow    topology.Flow            `yaml:"flow"`
	Verdict *modesForm[verdict.Form] `yaml:"verdict,omitempty"`
	Why     string                   `yaml:"why,omitempty"`
}

// MarshalYAML writes a scenario in the form that ParseWhole reads, with its world in
// each mode in which the case can arise.
func MarshalYAML(s Scenario) ([]byte, error) {
	d := whole{
		APIVersion: form.APIVersion, Kind: WholeKind,
		ID: s.ID, Title: s.Title, Origin: s.Origin, Tier: s.Tier, Claim: s.Claim, Disputed: s.Disputed,
		Disruptive: s.Disruptive, OnlyIn: s.OnlyIn, OnlyBecause: s.OnlyBecause, Flow: s.Flow, Produces: s.Produces,
		Healthy: modesOf(s.Healthy, verdictForm), Symptom: modesOf(s.Symptom, verdictForm), Cured: modesOf(s.Cured, verdictForm),
		Given: modesOf(s.Given, changeForm), Break: modesOf(s.Break, changeForm), Remedy: modesOf(s.Remedy, changeForm),
		Refused: modesOf(s.Refused, listForm[topology.RuleID]), Decoys: modesOf(s.Decoys, changesForm),
		Worlds: map[topology.Mode]*topology.World{},
	}
	for _, m := range s.Modes() {
		w := s.World(m)
		d.Worlds[m] = &w
	}
	for _, c := range s.Also {
		d.Also = append(d.Also, wholeCase{
			Flow: c.Flow, Healthy: modesOf(c.Healthy, verdictForm), Symptom: modesOf(c.Symptom, verdictForm), Cured: modesOf(c.Cured, verdictForm),
		})
	}
	for _, stage := range s.Stages {
		d.Stages = append(d.Stages, wholeStage{Fix: modesOf(stage.Fix, changeForm), Then: modesOf(stage.Then, verdictForm)})
	}
	for _, c := range s.Controls {
		d.Controls = append(d.Controls, wholeControl{Flow: c.Flow, Verdict: modesOf(c.Verdict, verdictForm), Why: c.Why})
	}
	text, err := form.Encode(d)
	if err != nil {
		return nil, fmt.Errorf("write scenario %s: %w", s.ID, err)
	}
	return text, nil
}

// ParseWhole reads a scenario with nothing left out. Unknown and repeated fields are
// errors that name their line. It is then checked, all problems at once: every world
// that a lab will adopt can be made and is valid, and every flow can be asked.
func ParseWhole(text []byte) (Scenario, error) {
	if err := form.Open(text, WholeKind, nil); err != nil {
		return Scenario{}, fmt.Errorf("parse scenario: %w", err)
	}
	var d whole
	if err := form.Decode(text, &d); err != nil {
		return Scenario{}, fmt.Errorf("parse scenario: %w", err)
	}
	s := d.scenario()
	if err := d.check(s); err != nil {
		return Scenario{}, fmt.Errorf("scenario %s: %w", d.ID, err)
	}
	return s, nil
}

func (d whole) scenario() Scenario {
	s := Scenario{
		ID: d.ID, Title: d.Title, Origin: d.Origin, Tier: d.Tier, Claim: d.Claim, Disputed: d.Disputed,
		Disruptive: d.Disruptive, OnlyIn: d.OnlyIn, OnlyBecause: d.OnlyBecause, Flow: d.Flow, Produces: d.Produces,
		Healthy: perMode(d.Healthy, verdictOf), Symptom: perMode(d.Symptom, verdictOf), Cured: perMode(d.Cured, verdictOf),
		Given: perMode(d.Given, changeOf), Break: perMode(d.Break, changeOf), Remedy: perMode(d.Remedy, changeOf),
		Refused: perMode(d.Refused, listOf[topology.RuleID]), Decoys: perMode(d.Decoys, changesOf),
		World: func(m topology.Mode) topology.World {
			if w := d.Worlds[m]; w != nil {
				return w.Clone()
			}
			return topology.World{}
		},
	}
	for _, c := range d.Also {
		s.Also = append(s.Also, Case{
			Flow: c.Flow, Healthy: perMode(c.Healthy, verdictOf), Symptom: perMode(c.Symptom, verdictOf), Cured: perMode(c.Cured, verdictOf),
		})
	}
	for _, stage := range d.Stages {
		s.Stages = append(s.Stages, Stage{Fix: perMode(stage.Fix, changeOf), Then: perMode(stage.Then, verdictOf)})
	}
	for _, c := range d.Controls {
		s.Controls = append(s.Controls, Control{Flow: c.Flow, Verdict: perMode(c.Verdict, verdictOf), Why: c.Why})
	}
	return s
}
