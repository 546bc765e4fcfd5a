package mutation

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// State is what became of a mutant.
type State string

const (
	// Killed: a scenario failed for it, which passes without it.
	Killed State = "killed"
	// Survived: nothing of the catalogue noticed.
	Survived State = "survived"
	// Void: it made no difference in any world, so that there was nothing to notice.
	Void State = "void"
)

// Result is what became of one mutant, and who noticed.
type Result struct {
	ID    string `json:"id"`
	Layer Layer  `json:"layer"`
	Says  string `json:"says"`
	State State  `json:"state"`
	// Scenario, in a mode on a lab, failed in the phase. Where the runner itself is
	// wrong, it is the Tooth of that scenario which no longer bites.
	Scenario string        `json:"scenario,omitempty"`
	Mode     topology.Mode `json:"mode,omitempty"`
	Lab      lab.Name      `json:"lab,omitempty"`
	Tooth    string        `json:"tooth,omitempty"`
	Phase    record.Phase  `json:"phase,omitempty"`
	Class    record.Class  `json:"class,omitempty"`
	// Reason is why the scenario failed.
	Reason string `json:"reason,omitempty"`
}

// Score is the whole table.
type Score struct {
	Total    int      `json:"total"`
	Killed   int      `json:"killed"`
	Survived int      `json:"survived"`
	Void     int      `json:"void"`
	Mutants  []Result `json:"mutants"`
}

// scoreOf counts.
func scoreOf(results []Result) Score {
	s := Score{Total: len(results), Mutants: results}
	for _, r := range results {
		switch r.State {
		case Killed:
			s.Killed++
		case Void:
			s.Void++
		default:
			s.Survived++
		}
	}
	return s
}

// Survivors lists the ids of those that nobody noticed.
func (s Score) Survivors() []string {
	var all []string
	for _, r := range s.Mutants {
		if r.State == Survived {
			all = append(all, r.ID)
		}
	}
	return all
}

// Line is the score in one line, as the README has it.
func (s Score) Line() string {
	survivors := "none survives"
	if all := s.Survivors(); len(all) > 0 {
		survivors = "survivors: " + strings.Join(all, ", ")
	}
	return fmt.Sprintf("**mutation score: %d of %d killed, %d void; %s**", s.Killed, s.Total-s.Void, s.Void, survivors)
}

// Table is the score as a text, one mutant a line, survivors first.
func (s Score) Table() string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	// A tabwriter on a strings.Builder cannot fail.
	_, _ = fmt.Fprintln(t, "mutant\tlayer\tstate\tby\tin phase\tas")
	for _, state := range []State{Survived, Void, Killed} {
		for _, r := range s.Mutants {
			if r.State == state {
				_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.ID, r.Layer, r.State, r.by(), r.Phase, r.Class)
			}
		}
	}
	_ = t.Flush()
	fmt.Fprintf(&b, "total %d, killed %d, survived %d, void %d\n", s.Total, s.Killed, s.Survived, s.Void)
	return b.String()
}

// by is who noticed.
func (r Result) by() string {
	switch {
	case r.Scenario == "":
		return "-"
	case r.Tooth != "":
		return fmt.Sprintf("%s [%s] [%s]: %s", r.Scenario, r.Mode, r.Lab, r.Tooth)
	default:
		return fmt.Sprintf("%s [%s] [%s]", r.Scenario, r.Mode, r.Lab)
	}
}

const (
	// ScoreFile is the table under the artifact root.
	ScoreFile = "mutation.json"
	// Copy is the one that is kept with the source, seen from the module's root.
	Copy = "framework/mutation/" + ScoreFile
)

// Write writes the score under the artifact root.
func (s Score) Write(root string) error {
	text, err := s.JSON()
	if err == nil {
		err = os.MkdirAll(root, 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(root, ScoreFile), text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("write mutation score: %w", err)
	}
	return nil
}

// JSON is the score as its file has it.
func (s Score) JSON() ([]byte, error) {
	text, err := json.MarshalIndent(s, "", "  ")
	return append(text, '\n'), err
}

// WithoutReasons is the score for keeping: who noticed, not in which words.
func (s Score) WithoutReasons() Score {
	s.Mutants = slices.Clone(s.Mutants)
	for i := range s.Mutants {
		s.Mutants[i].Reason = ""
	}
	return s
}

// ReadScore reads a score that Write wrote.
func ReadScore(path string) (Score, error) {
	var s Score
	text, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(text, &s)
	}
	if err != nil {
		return Score{}, fmt.Errorf("read mutation score: %w", err)
	}
	return s, nil
}
