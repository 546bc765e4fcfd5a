package seal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// resultsField is the field of report.json that is chained, entry by entry.
const resultsField = "results"

// take hashes report.json: its fields one by one and its results as a chain.
func take(report []byte) (run string, parts []Part, links []Link, err error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(report, &fields); err != nil {
		return "", nil, nil, err
	}
	var head struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(fields["run"], &head); err != nil {
		return "", nil, nil, fmt.Errorf("run: %w", err)
	}
	var results []json.RawMessage
	if err := json.Unmarshal(fields[resultsField], &results); err != nil {
		return "", nil, nil, fmt.Errorf("%s: %w", resultsField, err)
	}
	delete(fields, resultsField)
	parts = []Part{}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		text, err := canonical(fields[name])
		if err != nil {
			return "", nil, nil, fmt.Errorf("%s: %w", name, err)
		}
		parts = append(parts, Part{Name: name, SHA256: hashOf(text)})
	}
	links, err = chain(results)
	return head.ID, parts, links, err
}

// chain names and hashes results, each with the link before it.
func chain(results []json.RawMessage) ([]Link, error) {
	links := make([]Link, 0, len(results))
	named := map[string]int{}
	before := ""
	for i, raw := range results {
		text, err := canonical(raw)
		if err != nil {
			return nil, fmt.Errorf("results[%d]: %w", i, err)
		}
		name, err := nameOf(raw)
		if err != nil {
			return nil, fmt.Errorf("results[%d]: %w", i, err)
		}
		// A run may have several things to say of itself.
		named[name]++
		if n := named[name]; n > 1 {
			name = fmt.Sprintf("%s #%d", name, n)
		}
		l := Link{Part: Part{Name: name, SHA256: hashOf(text)}}
		l.Chain = l.after(before)
		before = l.Chain
		links = append(links, l)
	}
	return links, nil
}

// after is what the link's Chain has to be behind another one.
func (l Link) after(before string) string { return hashOf([]byte(before + "\n" + l.SHA256 + "\n")) }

// nameOf is a result's stable name, "SG-001 [routed] [kind]".
func nameOf(result json.RawMessage) (string, error) {
	var r struct{ Scenario, Mode, Lab string }
	if err := json.Unmarshal(result, &r); err != nil {
		return "", err
	}
	name := r.Scenario
	for _, part := range []string{r.Mode, r.Lab} {
		if part != "" {
			name += " [" + part + "]"
		}
	}
	return name, nil
}

// canonical is JSON without insignificant space and with the keys of objects sorted.
// Numbers stay as they are written: a number that is written otherwise is an edit.
func canonical(text json.RawMessage) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("it goes on after its end")
	}
	return json.Marshal(v)
}
