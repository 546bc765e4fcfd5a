package progress_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/progress"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// replay applies the lines of a file of events, as four processes wrote them, up
// to a time.
func replay(t *testing.T, until float64) *progress.View {
	t.Helper()
	text, err := os.ReadFile("testdata/events.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	v := &progress.View{Run: "20261122-233000-3f2a", Note: "compiling the suite"}
	for line := range strings.Lines(string(text)) {
		e, err := progress.Parse([]byte(line))
		if err != nil {
			t.Fatal(err)
		}
		if e.Seconds <= until {
			v.Apply(e)
		}
	}
	return v
}

func TestView_at_each_stage_of_a_run(t *testing.T) {
	for _, c := range []struct {
		name    string
		now     float64
		size    progress.Size
		palette record.Palette
	}{
		{"compiling", 3, progress.Size{Columns: 80, Rows: 24}, record.Plain},
		{"begun", 7.5, progress.Size{Columns: 80, Rows: 24}, record.Plain},
		{"amid", 75, progress.Size{Columns: 80, Rows: 24}, record.Plain},
		{"amid-coloured", 75, progress.Size{Columns: 80, Rows: 24}, record.Coloured},
		{"amid-narrow", 75, progress.Size{Columns: 40, Rows: 24}, record.Plain},
		{"amid-low", 75, progress.Size{Columns: 80, Rows: 5}, record.Plain},
		{"amid-lowest", 75, progress.Size{Columns: 80, Rows: 1}, record.Coloured},
		{"writing", 3700, progress.Size{Columns: 100, Rows: 24}, record.Plain},
	} {
		lines := replay(t, c.now).Lines(c.size, c.now, c.palette)
		if len(lines) > max(1, c.size.Rows-1) || len(lines) > 10 {
			t.Errorf("%s: %d lines in a terminal of %d", c.name, len(lines), c.size.Rows)
		}
		for _, l := range lines {
			if w := ansi.StringWidth(l); w >= c.size.Columns {
				t.Errorf("%s: %d characters in a terminal of %d: %q", c.name, w, c.size.Columns, l)
			}
		}
		golden.Assert(t, "testdata/view-"+c.name+".txt", strings.Join(lines, "\n")+"\n")
	}
}

// A suite that plain Ginkgo started may have any number of processes.
func TestView_of_many_processes_is_bounded(t *testing.T) {
	v := &progress.View{Run: "r"}
	v.Apply(progress.Event{Kind: progress.Begun, Selected: []progress.Share{{Lab: lab.Paper, Results: 100}}})
	for n := range 40 {
		v.Apply(progress.Event{Kind: progress.Doing, Process: n + 1, Text: fmt.Sprintf("step %d\nof many", n+1)})
	}
	lines := v.Lines(progress.Size{Columns: 80, Rows: 50}, 1, record.Plain)
	if len(lines) != 10 || lines[9] != "   and 34 more" {
		t.Errorf("got %d lines, the last %q", len(lines), lines[len(lines)-1])
	}
}

func TestEvent_line_is_read_again(t *testing.T) {
	r := record.Result{
		Scenario: "SG-001", Mode: topology.Routed, Lab: lab.Netns, Outcome: record.Failure, Failed: record.Symptom, Class: record.TheRun,
		Reason: "symptom not seen", Phases: []record.PhaseRecord{{Phase: record.Symptom, Error: "symptom not seen"}},
	}
	e := progress.OfResult(r, "artifacts/r/report.json")
	line, err := e.Line()
	if err != nil || strings.Count(string(line), "\n") != 1 {
		t.Fatalf("%v: %q", err, line)
	}
	got, err := progress.Parse(line)
	if err != nil || got.Name() != "SG-001 [routed] [netns]" || got.Text != record.FailureBlock(r, "artifacts/r/report.json") {
		t.Errorf("%v: got %+v", err, got)
	}
}

func TestParse_refuses_what_is_no_event(t *testing.T) {
	for line, want := range map[string]string{
		"":                  "unexpected end of JSON input",
		`{"event":"begun"`:  "unexpected end of JSON input",
		`{"event":"burnt"}`: `unknown event "burnt"`,
		`{}`:                `unknown event ""`,
	} {
		if _, err := progress.Parse([]byte(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", line, err, want)
		}
	}
}
