package chaos

import (
	"errors"
	"fmt"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/vpcgate/vpcgate/framework/internal/form"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// FormKind is the kind of a schedule's YAML form.
const FormKind = "ChaosSchedule"

// document is a schedule as it is kept, with the lines that say why.
type document struct {
	APIVersion string          `yaml:"apiVersion"`
	Kind       string          `yaml:"kind"`
	Found      []string        `yaml:"found,omitempty"`
	Stage      string          `yaml:"stage"`
	Warm       duration        `yaml:"warm"`
	Flows      []topology.Flow `yaml:"flows"`
	Writes     []topology.Flow `yaml:"writes,omitempty"`
	Steps      []stepForm      `yaml:"steps"`
}

type stepForm struct {
	Inject []string `yaml:"inject,omitempty,flow"`
	Heal   []string `yaml:"heal,omitempty,flow"`
	Hold   duration `yaml:"hold"`
}

// duration is written as people write it.
type duration time.Duration

// MarshalYAML writes Go's notation.
func (d duration) MarshalYAML() (any, error) { return time.Duration(d).String(), nil }

// UnmarshalYAML reads Go's notation.
func (d *duration) UnmarshalYAML(n *yaml.Node) error {
	parsed, err := time.ParseDuration(n.Value)
	if err != nil || parsed <= 0 {
		return fmt.Errorf("line %d: %q is not a positive duration such as 300ms", n.Line, n.Value)
	}
	*d = duration(parsed)
	return nil
}

// ParseYAML reads a schedule, strictly, and the lines that say why it is kept. What it needs of its stage is checked by
// Schedule.Validate.
func ParseYAML(text []byte) (Schedule, []string, error) {
	if err := form.Open(text, FormKind, nil); err != nil {
		return Schedule{}, nil, fmt.Errorf("parse schedule: %w", err)
	}
	var d document
	if err := form.Decode(text, &d); err != nil {
		return Schedule{}, nil, fmt.Errorf("parse schedule: %w", err)
	}
	s := Schedule{Stage: d.Stage, Warm: time.Duration(d.Warm), Flows: d.Flows, Writes: d.Writes}
	for _, step := range d.Steps {
		s.Steps = append(s.Steps, Step{Inject: step.Inject, Heal: step.Heal, Hold: time.Duration(step.Hold)})
	}
	if s.Stage == "" || s.Warm == 0 || len(s.Flows) == 0 || len(s.Steps) == 0 {
		return Schedule{}, nil, errors.New("parse schedule: it needs a stage, a time to warm up, flows and steps")
	}
	return s, d.Found, nil
}

// MarshalYAML writes a schedule with the lines that say why it is kept.
func MarshalYAML(s Schedule, found ...string) ([]byte, error) {
	d := document{APIVersion: form.APIVersion, Kind: FormKind, Found: found, Stage: s.Stage, Warm: duration(s.Warm), Flows: s.Flows, Writes: s.Writes}
	for _, step := range s.Steps {
		d.Steps = append(d.Steps, stepForm{Inject: step.Inject, Heal: step.Heal, Hold: duration(step.Hold)})
	}
	text, err := form.Encode(d)
	if err != nil {
		return nil, fmt.Errorf("write schedule: %w", err)
	}
	return text, nil
}
