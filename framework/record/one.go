package record

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
)

// ReadResults reads the results of one scenario from a report.json. It is Read for who
// needs no more: what else is in the file is not looked into, which makes the
// difference of a second for a whole run's report.
func ReadResults(path, scenario string) ([]Result, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read report: %w", err)
	}
	var r struct {
		Schema  string            `json:"schema"`
		Run     json.RawMessage   `json:"run"`
		Results []json.RawMessage `json:"results"`
	}
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("read report %s: %w", path, err)
	}
	only := struct {
		Schema  string            `json:"schema"`
		Run     json.RawMessage   `json:"run"`
		Results []json.RawMessage `json:"results"`
	}{r.Schema, r.Run, nil}
	for i, raw := range r.Results {
		var head struct {
			Scenario string `json:"scenario"`
		}
		if err := json.Unmarshal(raw, &head); err != nil {
			return nil, fmt.Errorf("read report %s: results[%d]: %w", path, i, err)
		}
		if head.Scenario == scenario {
			only.Results = append(only.Results, raw)
		}
	}
	short, err := json.Marshal(only)
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", path, err)
	}
	report, err := decode(bytes.NewReader(short))
	if err != nil {
		return nil, fmt.Errorf("read report %s: %w", path, err)
	}
	return report.Results, nil
}
