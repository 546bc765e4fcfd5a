package storm

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
)

// ReportSchema is the version of report.json.
const ReportSchema = "vpcgate.dev/chaos/v1alpha1"

// Report is what report.json holds.
type Report struct {
	Schema string `json:"schema"`
	Summary
	Seconds float64        `json:"seconds"`
	Rows    []chaos.Row    `json:"rows"`
	Found   []FoundInvalid `json:"found,omitempty"`
}

// FoundInvalid is a schedule that showed violations.
type FoundInvalid struct {
	Number     uint64            `json:"number"`
	Schedule   string            `json:"schedule"`
	File       string            `json:"file"`
	Least      string            `json:"least,omitempty"`
	Violations []chaos.Violation `json:"violations"`
}

// mostKept bounds how many violations of one schedule, and how many schedules with violations, the report holds whole.
const mostKept = 20

// Writer writes the report of a run into a folder: timeline.txt as the run goes on, schedules that show violations as YAML, and
// report.json at the end.
type Writer struct {
	folder   string
	began    time.Time
	timeline *os.File
	found    []FoundInvalid
	err      error
}

// NewWriter begins a report. The caller closes it.
func NewWriter(folder string, seed uint64) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("write chaos report: %w", err)
	}
	f, err := os.Create(filepath.Join(folder, "timeline.txt"))
	if err != nil {
		return nil, fmt.Errorf("write chaos report: %w", err)
	}
	w := &Writer{folder: folder, timeline: f, began: time.Now()}
	_, w.err = fmt.Fprintf(f, "seed %d\n", seed)
	return w, nil
}

// Judged enters one schedule.
func (w *Writer) Judged(e Episodic) {
	_, err := w.timeline.WriteString(chaos.Story(e.Number, e.Schedule, e.Judgement))
	w.err = errors.Join(w.err, err)
	if e.Judgement.Result != chaos.Invalid || len(w.found) >= mostKept {
		return
	}
	f := FoundInvalid{
		Number: e.Number, Schedule: e.Schedule.String(), File: fmt.Sprintf("schedule-%016x.yaml", e.Number),
		Violations: slices.Clone(e.Judgement.Violations[:min(mostKept, len(e.Judgement.Violations))]),
	}
	w.save(f.File, e.Schedule, f.Violations)
	if e.Least != nil {
		f.Least = fmt.Sprintf("schedule-%016x-least.yaml", e.Number)
		w.save(f.Least, *e.Least, f.Violations)
	}
	w.found = append(w.found, f)
}

func (w *Writer) save(name string, s chaos.Schedule, violations []chaos.Violation) {
	text, err := chaos.MarshalYAML(s, violations[0].String())
	if err == nil {
		err = os.WriteFile(filepath.Join(w.folder, name), text, 0o644)
	}
	w.err = errors.Join(w.err, err)
}

// Close writes the report.
func (w *Writer) Close(sum Summary) error {
	r := Report{Schema: ReportSchema, Summary: sum, Seconds: time.Since(w.began).Seconds(), Rows: sum.Table.Rows(), Found: w.found}
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(w.folder, "report.json"), append(text, '\n'), 0o644)
	}
	if err := errors.Join(w.err, err, w.timeline.Close()); err != nil {
		return fmt.Errorf("write chaos report: %w", err)
	}
	return nil
}
