package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// MutationFile is the score of the gate's falsification that is kept with the source,
// seen from the module's root.
const MutationFile = "framework/mutation/mutation.json"

// Mutation is how many of the small ways in which the gate was made wrong were noticed.
// It is the score that is kept with the source, not one of this run.
type Mutation struct {
	Total    int      `json:"total"`
	Killed   int      `json:"killed"`
	Survived int      `json:"survived"`
	Void     int      `json:"void"`
	Mutants  []Mutant `json:"mutants"`
}

// Mutant is one way in which the gate was made wrong, and who noticed.
type Mutant struct {
	ID    string `json:"id"`
	Layer string `json:"layer"`
	Says  string `json:"says"`
	// State is "killed", "survived" or "void".
	State string `json:"state"`
	// Scenario, in a mode on a lab, failed in the phase; or a Tooth of it did not bite.
	Scenario string        `json:"scenario,omitempty"`
	Mode     topology.Mode `json:"mode,omitempty"`
	Lab      lab.Name      `json:"lab,omitempty"`
	Tooth    string        `json:"tooth,omitempty"`
	Phase    Phase         `json:"phase,omitempty"`
	Class    Class         `json:"class,omitempty"`
	Reason   string        `json:"reason,omitempty"`
}

// ReadMutation reads the score that is kept with the source under root; there is none
// where a module of a user's own is tested.
func ReadMutation(root string) (*Mutation, error) {
	text, err := os.ReadFile(filepath.Join(root, MutationFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var m Mutation
	if err == nil {
		err = json.Unmarshal(text, &m)
	}
	if err != nil {
		return nil, fmt.Errorf("read mutation score: %w", err)
	}
	return &m, nil
}

// WithMutation adds the score that is kept with the source.
func (r Report) WithMutation(m *Mutation) Report {
	r.Mutation = m
	return r
}
