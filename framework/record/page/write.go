package page

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// Write is record.Write with the page among the files of the run's folder.
func Write(root string, r record.Report, catalogue []scenario.Scenario, files ...record.File) error {
	text, err := Render(r, ByID(catalogue))
	if err != nil {
		return err
	}
	return record.Write(root, r, append(slices.Clone(files), record.File{Name: File, Content: text})...)
}

// ByID is a catalogue as Render takes it.
func ByID(catalogue []scenario.Scenario) map[string]scenario.Scenario {
	all := make(map[string]scenario.Scenario, len(catalogue))
	for _, s := range catalogue {
		all[s.ID] = s
	}
	return all
}
