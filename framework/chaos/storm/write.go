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
	"github.com/vpcgate/vpcgate/framework/chaos/soak"
	"github.com/vpcgate/vpcgate/framework/config"
)

// mostKept bounds how many violations of one schedule, and how many reasons, the report holds whole.
const mostKept = 20

// Writer writes the report of a run into a folder: timeline.txt as the run goes on, schedules that show violations as YAML, and
// report.json at the end.
type Writer struct {
	about    About
	folder   string
	began    time.Time
	timeline *os.File
	found    []FoundInvalid
	doubts   int
	keeper   keeper
	watch    *soak.Watch
	err      error
}

// NewWriter begins the report of a run that is to go on for a time; zero is one of which nobody knows how long it takes. The caller
// closes it.
func NewWriter(folder string, about About, length time.Duration) (*Writer, error) {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return nil, fmt.Errorf("write chaos report: %w", err)
	}
	f, err := os.Create(filepath.Join(folder, "timeline.txt"))
	if err != nil {
		return nil, fmt.Errorf("write chaos report: %w", err)
	}
	w := &Writer{
		about: about, folder: folder, timeline: f, began: time.Now(), keeper: keeper{seed: about.Seed}, watch: soak.Begin(length),
	}
	_, w.err = fmt.Fprintf(f, "seed %d\n", about.Seed)
	return w, nil
}

// Judged enters one schedule.
func (w *Writer) Judged(e Episodic) {
	_, err := w.timeline.WriteString(chaos.Story(e.Number, e.Schedule, e.Judgement))
	w.err = errors.Join(w.err, err)
	w.keeper.add(e)
	switch {
	case e.Judgement.Result == chaos.Unknown && w.doubts < mostUnknown:
		w.doubts++
		w.save(ScheduleFile(e.Number), e.Schedule, e.Judgement.Reasons[0])
	case e.Judgement.Result == chaos.Invalid && len(w.found) < mostInvalid:
		w.invalid(e)
	}
}

// ScheduleFile is the name of a schedule that was kept, in the folder of the report.
func ScheduleFile(number uint64) string { return fmt.Sprintf("schedule-%016x.yaml", number) }

func leastFile(number uint64) string { return fmt.Sprintf("schedule-%016x-least.yaml", number) }

// invalid keeps a schedule with violations, and the smallest one that shows the same.
func (w *Writer) invalid(e Episodic) {
	f := FoundInvalid{
		Number: e.Number, Schedule: e.Schedule.String(), File: ScheduleFile(e.Number),
		Violations: slices.Clone(e.Judgement.Violations[:min(mostKept, len(e.Judgement.Violations))]),
	}
	w.save(f.File, e.Schedule, f.Violations[0].String())
	if e.Least != nil {
		f.Least, f.LeastFile = e.Least.Schedule.String(), leastFile(e.Number)
		w.save(f.LeastFile, e.Least.Schedule, e.Least.Judgement.Violations[0].String())
	}
	w.found = append(w.found, f)
}

func (w *Writer) save(name string, s chaos.Schedule, why string) {
	text, err := chaos.MarshalYAML(s, why)
	if err == nil {
		err = os.WriteFile(filepath.Join(w.folder, name), text, 0o644)
	}
	w.err = errors.Join(w.err, err)
}

// Look looks at what the process holds.
func (w *Writer) Look(time.Duration) { w.watch.Look(time.Since(w.began)) }

// Close writes the report of a run that ended so, and returns it.
func (w *Writer) Close(sum Summary, ended error) (Report, error) {
	took := time.Since(w.began)
	r := Report{
		Schema: ReportSchema, About: w.about, Summary: sum, Seconds: took.Seconds(), Rows: sum.Table.Rows(), Found: w.found,
		Soak: w.watch.End(took, config.LeastSoak), Traces: w.keeper.traces(),
	}
	r.Budgets = budgets(r.Rows, r.Lab)
	r.Result, r.Reason = Conclude(sum, r.Soak, ended)
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		err = os.WriteFile(filepath.Join(w.folder, ReportFile), append(text, '\n'), 0o644)
	}
	if err := errors.Join(w.err, err, w.timeline.Close()); err != nil {
		return r, fmt.Errorf("write chaos report: %w", err)
	}
	return r, nil
}
