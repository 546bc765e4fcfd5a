package record

import (
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"github.com/vpcgate/vpcgate/framework/internal/form"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// ScenariosDir, in a run's folder, holds the scenarios of the results.
const ScenariosDir = "scenarios"

// Scenarios lists the files of the scenarios that results are of, each whole, so that
// the folder alone is enough to draw them and to repeat them. What the catalogue does
// not have, such as the run itself, has none.
func Scenarios(catalogue []scenario.Scenario, results []Result) ([]File, error) {
	wanted := map[string]bool{}
	for _, r := range results {
		wanted[r.Scenario] = true
	}
	var all []File
	for _, s := range catalogue {
		if !wanted[s.ID] {
			continue
		}
		text, err := scenario.MarshalYAML(s)
		if err != nil {
			return nil, err
		}
		all = append(all, File{Name: path.Join(ScenariosDir, scenario.FileName(s.ID)), Content: text})
	}
	return all, nil
}

// ReadScenario reads a scenario from a run's folder.
func ReadScenario(dir, id string) (scenario.Scenario, error) {
	f, err := os.Open(filepath.Join(dir, ScenariosDir, scenario.FileName(id)))
	if err != nil {
		return scenario.Scenario{}, fmt.Errorf("read scenario %s: %w", id, err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	text, err := io.ReadAll(io.LimitReader(f, form.MaxBytes+1))
	if err != nil {
		return scenario.Scenario{}, fmt.Errorf("read scenario %s: %w", id, err)
	}
	s, err := scenario.ParseWhole(text)
	if err != nil {
		return scenario.Scenario{}, fmt.Errorf("%s: %w", f.Name(), err)
	}
	if s.ID != id {
		return scenario.Scenario{}, fmt.Errorf("%s: it is %q", f.Name(), s.ID)
	}
	return s, nil
}
