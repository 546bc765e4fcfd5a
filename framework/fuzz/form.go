package fuzz

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/form"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// FormKind is the kind of a case's YAML form.
const FormKind = "Difference"

// document is a case as it is kept: in each of its worlds, in this order, the flows
// are asked that can be asked there.
type document struct {
	APIVersion string           `yaml:"apiVersion"`
	Kind       string           `yaml:"kind"`
	Found      []string         `yaml:"found"`
	Flows      []topology.Flow  `yaml:"flows"`
	Worlds     []topology.World `yaml:"worlds"`
}

// ParseYAML reads a case that was found, and what was found.
func ParseYAML(text []byte) (Case, string, error) {
	if err := form.Open(text, FormKind, nil); err != nil {
		return Case{}, "", fmt.Errorf("parse case: %w", err)
	}
	var d document
	if err := form.Decode(text, &d); err != nil {
		return Case{}, "", fmt.Errorf("parse case: %w", err)
	}
	var c Case
	for _, w := range d.Worlds {
		s := State{World: w}
		for _, f := range d.Flows {
			if w.ValidateFlow(f) == nil {
				s.Flows = append(s.Flows, f)
			}
		}
		c.States = append(c.States, s)
	}
	if len(c.States) == 0 {
		return Case{}, "", errors.New("parse case: there is no world")
	}
	for i, s := range c.States {
		if err := s.World.Validate(); err != nil {
			return Case{}, "", fmt.Errorf("parse case: worlds[%d]: %w", i, err)
		}
	}
	return c, strings.Join(d.Found, "\n"), nil
}

// MarshalYAML writes a case with the lines that say what was found in it.
func MarshalYAML(c Case, found ...string) ([]byte, error) {
	d := document{APIVersion: form.APIVersion, Kind: FormKind, Found: found}
	for _, s := range c.States {
		for _, f := range s.Flows {
			if !slices.Contains(d.Flows, f) {
				d.Flows = append(d.Flows, f)
			}
		}
		d.Worlds = append(d.Worlds, s.World)
	}
	text, err := form.Encode(d)
	if err != nil {
		return nil, fmt.Errorf("write case: %w", err)
	}
	return text, nil
}
