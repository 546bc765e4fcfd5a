package fuzz

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

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
	var worlds []*yaml.Node
	for _, s := range c.States {
		for _, f := range s.Flows {
			if !has(d.Flows, f) {
				d.Flows = append(d.Flows, f)
			}
		}
		node, err := worldNode(s.World)
		if err != nil {
			return nil, err
		}
		worlds = append(worlds, node)
	}
	var root yaml.Node
	if err := root.Encode(d); err != nil {
		return nil, fmt.Errorf("write case: %w", err)
	}
	for i := 0; i < len(root.Content); i += 2 {
		switch root.Content[i].Value {
		case "worlds":
			root.Content[i+1].Content, root.Content[i+1].Style = worlds, 0
		case "flows":
			for _, f := range root.Content[i+1].Content {
				f.Style = yaml.FlowStyle
			}
		}
	}
	var out bytes.Buffer
	e := yaml.NewEncoder(&out)
	e.SetIndent(2)
	if err := e.Encode(&root); err != nil {
		return nil, fmt.Errorf("write case: %w", err)
	}
	return out.Bytes(), e.Close()
}

func has(flows []topology.Flow, f topology.Flow) bool {
	for _, other := range flows {
		if other == f {
			return true
		}
	}
	return false
}

// worldNode is a world as topology writes it, without its head.
func worldNode(w topology.World) (*yaml.Node, error) {
	text, err := topology.MarshalYAML(w)
	if err != nil {
		return nil, err
	}
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return nil, fmt.Errorf("write case: %w", err)
	}
	node := root.Content[0]
	node.Content = node.Content[4:] // apiVersion and kind, with their values
	return node, nil
}
