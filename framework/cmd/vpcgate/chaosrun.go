package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/page"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/progress/screen"
	"github.com/vpcgate/vpcgate/framework/record"
)

// chaosFolder, in a run's folder, is where chaos writes.
const chaosFolder = "chaos"

// stormed goes through schedules, writes the report and its page, and exits by the result.
func stormed(ctx context.Context, c *cobra.Command, o storm.Options, s config.Settings) error {
	output, err := outputOf(c)
	if err != nil {
		return err
	}
	folder := filepath.Join(s.ArtifactDir(), chaosFolder)
	w, err := storm.NewWriter(folder, about(c, o, s), o.For)
	if err != nil {
		return failed(err)
	}
	told := newTold(c, output, o.For)
	o.Tell, o.Far, o.Judged, o.Look = told.tell, told.far, w.Judged, w.Look
	o.Tell(fmt.Sprintf("seed %d, report in %s", o.Seed, folder))
	sum, err := storm.Run(ctx, o)
	told.end()
	report, written := w.Close(sum, err)
	if written == nil {
		written = page.Write(folder, report)
	}
	if printed := told.result(c.OutOrStdout(), output, report, filepath.Join(folder, page.File)); written == nil {
		written = printed
	}
	if err := errors.Join(err, written); err != nil {
		return failed(err)
	}
	switch {
	case report.Result == chaos.Valid:
		return nil
	case report.Result == chaos.Unknown && sum.Schedules > 0:
		return &exitError{status: exitPartial}
	default:
		return failed(fmt.Errorf("chaos: %s: %s", report.Result, report.Reason))
	}
}

// about is what the report says of the run, with the command that does it again.
func about(c *cobra.Command, o storm.Options, s config.Settings) storm.About {
	command := "bin/vpcgate chaos --lab " + string(stormyLab(s))
	files, err := c.Flags().GetStringArray("schedule")
	if err != nil || len(files) == 0 {
		command += fmt.Sprintf(" --for %s --seed %d --labs %d", o.For, o.Seed, o.Labs)
	}
	for _, f := range files {
		command += " --schedule " + f
	}
	return storm.About{Run: s.Run, Lab: string(stormyLab(s)), Seed: o.Seed, Command: command, Started: time.Now()}
}

// told is what the user of a storm sees of it: on a terminal the lines at the end are drawn again and again. It is safe for
// concurrent use.
type told struct {
	mu      sync.Mutex
	out     io.Writer
	screen  *screen.Screen
	palette record.Palette
	length  time.Duration
}

func newTold(c *cobra.Command, output string, length time.Duration) *told {
	t := &told{out: c.OutOrStdout(), length: length}
	if output != "text" {
		t.out = c.ErrOrStderr() // standard output is the report's
	}
	around := config.LookAround(config.Environment())
	if s, ok := screen.Of(t.out, around); ok {
		t.screen = s
	}
	t.palette = screen.PaletteFor(t.out, around)
	return t
}

// tell prints a line that stays. What cannot be printed is lost: progress is no evidence.
func (t *told) tell(line string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.screen != nil {
		t.screen.Show([]string{line}, nil)
		return
	}
	_, _ = fmt.Fprintln(t.out, line)
}

// far shows how far the run is, with the time that has passed.
func (t *told) far(since time.Duration, sum storm.Summary) {
	of := ""
	if t.length > 0 {
		of = " of " + t.length.String()
	}
	line := fmt.Sprintf("%s%s: %d schedules, %s", since.Round(time.Second), of, sum.Schedules, sum)
	if sum.Unknown > 0 {
		line += fmt.Sprintf(", unknown %d", sum.Unknown)
	}
	if t.screen == nil {
		t.tell(line)
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if sum.Violations > 0 {
		line = t.palette.Paint(record.Failure, line)
	}
	t.screen.Show(nil, []string{line})
}

// end takes away what was drawn again and again.
func (t *told) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.screen != nil {
		t.screen.Clear()
	}
}

// result prints the end of a run: the report as JSON, or what was found, broken budgets by their names, the table and the last line.
func (t *told) result(out io.Writer, output string, r storm.Report, at string) error {
	if output == "json" {
		return encodeJSON(out, r)
	}
	var b strings.Builder
	if r.Written.Clients > 0 {
		fmt.Fprintln(&b, r.Written)
	}
	b.WriteString(r.Table.String())
	for _, row := range r.Rows {
		if row.Breached > 0 {
			fmt.Fprintf(&b, "over budget: %s\n", overBudget(row, r.Budgets))
		}
	}
	if r.Reason != "" {
		fmt.Fprintf(&b, "%s: %s\n", r.Result, r.Reason)
	}
	fmt.Fprintf(&b, "memory and descriptors: %s\npage: %s\n%s\n", r.Soak.Reason(), at, r.Summary)
	_, err := io.WriteString(out, b.String())
	return err
}

// overBudget names a fault that showed for longer than it may.
func overBudget(row chaos.Row, budgets []storm.Budget) string {
	text := fmt.Sprintf("%s on %s, %d of %d times, %d operations", row.Kind, row.Stage, row.Breached, row.Times, row.Breaches)
	for _, b := range budgets {
		if b.Fault == row.Kind {
			text += fmt.Sprintf("; the budget is %s", b.Here)
		}
	}
	return text
}
