package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/progress"
	"github.com/vpcgate/vpcgate/framework/progress/screen"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/specs"
)

// loudness is how much of a run is shown.
type loudness string

const (
	// loud shows each result and each step as it happens.
	loud loudness = "loud"
	// quiet shows what failed and how the run ended.
	quiet loudness = "quiet"
)

func addQuietFlag(c *cobra.Command) {
	c.Flags().BoolP("quiet", "q", false, "show only what failed, and the result")
}

func loudnessOf(c *cobra.Command) (loudness, error) {
	hush, err := c.Flags().GetBool("quiet")
	if hush {
		return quiet, err
	}
	return loud, err
}

// face is what the user of a run sees of it while it goes on. It is safe for
// concurrent use.
type face interface {
	// say shows a line of the gate's own; note is what it begins to do.
	say(line string)
	note(doing string)
	// chatter is a line that ginkgo, or the compiler below it, printed.
	chatter(line string)
	// follow shows what the suite tells until the returned function is called,
	// which shows the rest.
	follow(ctx context.Context) (stop func())
	// shown reports whether the block of a failed result has been shown.
	shown(name string) bool
	// held is the chatter that was not shown.
	held() []string
}

// face chooses how a run is shown: on a terminal as a view that is drawn again
// and again, elsewhere line by line.
func (g gate) face(began time.Time) face {
	if g.loudness == quiet {
		return &hushed{}
	}
	if s, ok := screen.Of(g.out, g.around); ok {
		return &live{
			screen: s, palette: screen.PaletteFor(g.out, g.around), began: began, view: progress.View{Run: g.settings.Run},
			events: filepath.Join(g.settings.ArtifactDir(), progress.EventsFile), blocks: map[string]bool{},
		}
	}
	return plain{out: g.out, progress: filepath.Join(g.settings.ArtifactDir(), specs.ProgressFile)}
}

// plain prints lines, for files, pipes and the logs of CI.
type plain struct {
	out      io.Writer
	progress string
}

func (p plain) print(line string)   { _, _ = fmt.Fprintln(p.out, line) } // a line that cannot be printed is lost
func (p plain) say(line string)     { p.print("vpcgate: " + line) }
func (p plain) note(doing string)   { p.say(doing) }
func (p plain) chatter(line string) { p.print(line) }
func (p plain) shown(string) bool   { return false }
func (p plain) held() []string      { return nil }
func (p plain) follow(ctx context.Context) (stop func()) {
	return follow(ctx, &follower{path: p.progress, use: p.print}, func() {})
}

// hushed keeps what ginkgo printed, should it be all that is known of the end.
type hushed struct {
	mu    sync.Mutex
	lines []string
}

func (h *hushed) say(string)                    {}
func (h *hushed) note(string)                   {}
func (h *hushed) shown(string) bool             { return false }
func (h *hushed) follow(context.Context) func() { return func() {} }

func (h *hushed) chatter(line string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.lines = append(h.lines, line)
}

func (h *hushed) held() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.lines
}

// live draws the view of a run at the end of a terminal; what fails scrolls away
// above it.
type live struct {
	hushed
	drawing sync.Mutex
	screen  *screen.Screen
	palette record.Palette
	began   time.Time
	events  string
	view    progress.View
	stay    []string
	blocks  map[string]bool
}

func (l *live) say(line string) {
	l.drawing.Lock()
	defer l.drawing.Unlock()
	l.stay = append(l.stay, "vpcgate: "+line)
}

func (l *live) note(doing string) {
	l.drawing.Lock()
	defer l.drawing.Unlock()
	l.view.Note = doing
}

func (l *live) shown(name string) bool {
	l.drawing.Lock()
	defer l.drawing.Unlock()
	return l.blocks[name]
}

// follow draws the view each time it looks for events, and when the terminal
// changes its size.
func (l *live) follow(ctx context.Context) (stop func()) {
	resized := make(chan os.Signal, 1)
	signal.Notify(resized, syscall.SIGWINCH)
	ended := make(chan struct{})
	go func() {
		for {
			select {
			case <-ended:
				return
			case <-resized:
				l.draw()
			}
		}
	}()
	halt := follow(ctx, &follower{path: l.events, use: l.take}, l.draw)
	return func() {
		signal.Stop(resized)
		close(ended)
		halt()
		l.drawing.Lock()
		defer l.drawing.Unlock()
		l.screen.Show(l.stay, nil)
		l.stay = nil
	}
}

// take takes a line of the events file in. What cannot be read is not shown:
// progress is no evidence.
func (l *live) take(line string) {
	e, err := progress.Parse([]byte(line))
	if err != nil {
		return
	}
	l.drawing.Lock()
	defer l.drawing.Unlock()
	l.view.Apply(e)
	if e.Kind == progress.Ended && e.Outcome == record.Failure {
		l.stay = append(l.stay, l.palette.Paint(record.Failure, e.Text), "")
		l.blocks[e.Name()] = true
	}
}

func (l *live) draw() {
	l.drawing.Lock()
	defer l.drawing.Unlock()
	l.screen.Show(l.stay, l.view.Lines(l.screen.Size(), time.Since(l.began).Seconds(), l.palette))
	l.stay = nil
}

// show ends a run: what failed and was not shown yet, the summary, and how to
// enter what was kept.
func (g gate) show(r record.Report, shown func(name string) bool) {
	palette := screen.PaletteFor(g.out, g.around)
	var failures []record.Result
	for _, result := range r.Results {
		if !shown(result.Name()) || result.Scenario == record.RunItself {
			failures = append(failures, result)
		}
	}
	lookAt := filepath.Join(g.shownDir(), record.ReportFile)
	text := record.Failures(failures, lookAt, palette)
	if g.loudness == quiet {
		text += record.ResultLine(r, palette) + "\n"
	} else {
		// A folder that is not sealed is told of by what failed to seal it.
		sealed, _ := seal.Read(g.settings.ArtifactDir())
		text = "\n" + text + record.Summary(r, sealed, g.shownDir(), palette)
	}
	_, _ = io.WriteString(g.out, text)
	if err := g.summarise(r); err != nil {
		_, _ = fmt.Fprintln(g.out, "vpcgate: "+err.Error()) // the run is judged by its report
	}
	kept, err := os.ReadFile(filepath.Join(g.settings.ArtifactDir(), specs.KeptFile))
	if err == nil {
		_, _ = fmt.Fprintf(g.out, "\nkept; enter with\n  %s\n", strings.ReplaceAll(strings.TrimSpace(string(kept)), "\n", "\n  "))
	}
}

// summarise adds the run to the summary of a CI's step, where there is one.
func (g gate) summarise(r record.Report) (err error) {
	if g.around.StepSummary == "" {
		return nil
	}
	f, err := os.OpenFile(g.around.StepSummary, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("add to the step's summary: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	_, err = io.WriteString(f, record.Markdown(r))
	return err
}

// nothingShown is a run that has shown no failure before its end.
func nothingShown(string) bool { return false }

// newGate is the gate of a command, with what it was told of how to show a run.
func newGate(c *cobra.Command, s config.Settings, root string) (gate, error) {
	l, err := loudnessOf(c)
	return gate{settings: s, root: root, out: c.OutOrStdout(), loudness: l, around: config.LookAround(config.Environment())}, err
}
