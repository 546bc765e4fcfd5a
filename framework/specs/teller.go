package specs

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/onsi/ginkgo/v2"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/progress"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ProgressFile, in the run's folder, gets a line for each result and each step
// of a preparation, from every process of the suite, as it happens. Ginkgo
// itself shows what a parallel process prints only once its spec has ended. The
// same, and each phase, stands for programs in progress.EventsFile beside it.
const ProgressFile = "progress.log"

// teller writes progress lines and events with the time since the run began. A
// nil teller tells nobody.
type teller struct {
	mu      sync.Mutex
	started time.Time
	process int
	to      io.Writer
	file    *os.File
	events  *os.File
}

// newTeller opens the progress files of a run; also, which may be nil, gets the
// same lines.
func newTeller(dir string, started time.Time, also io.Writer) (*teller, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("open progress file: %w", err)
	}
	f, err := appended(filepath.Join(dir, ProgressFile))
	if err != nil {
		return nil, fmt.Errorf("open progress file: %w", err)
	}
	events, err := appended(filepath.Join(dir, progress.EventsFile))
	if err != nil {
		return nil, fmt.Errorf("open events file: %w", errors.Join(err, f.Close()))
	}
	to := io.Writer(f)
	if also != nil {
		to = io.MultiWriter(f, also)
	}
	return &teller{started: started, process: ginkgo.GinkgoParallelProcess(), to: to, file: f, events: events}, nil
}

// appended opens a file that every process appends to; a line is one write, so
// that lines stay whole.
func appended(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
}

// tell writes one line of what is being done.
func (t *teller) tell(line string) {
	t.print(line)
	t.event(progress.Event{Kind: progress.Doing, Text: line})
}

// doing says what is done without a line of its own.
func (t *teller) doing(text string) { t.event(progress.Event{Kind: progress.Doing, Text: text}) }

// phase says that a scenario has entered a phase.
func (t *teller) phase(c scenario.Scenario, m topology.Mode, l lab.Name, p record.Phase) {
	t.event(progress.Event{Kind: progress.Entered, Scenario: c.ID, Mode: m, Lab: l, Phase: p})
}

// result tells of a result; lookAt is where the report will be.
func (t *teller) result(r record.Result, lookAt string) {
	t.print(record.Line(r, record.Plain))
	t.event(progress.OfResult(r, lookAt))
}

// print writes a line. A line that cannot be written is lost: progress is no
// evidence.
func (t *teller) print(line string) {
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	line = strings.ReplaceAll(strings.TrimRight(line, "\n"), "\n", "\n          ")
	_, _ = fmt.Fprintf(t.to, "[%6.1fs] %s\n", time.Since(t.started).Seconds(), line)
}

// event writes an event; one that cannot be written is lost as well.
func (t *teller) event(e progress.Event) {
	if t == nil {
		return
	}
	e.Seconds, e.Process = time.Since(t.started).Seconds(), t.process
	if line, err := e.Line(); err == nil {
		_, _ = t.events.Write(line)
	}
}

func (t *teller) close() error {
	if t == nil {
		return nil
	}
	var failed []error
	for _, f := range []*os.File{t.file, t.events} {
		if err := f.Close(); !errors.Is(err, os.ErrClosed) {
			failed = append(failed, err)
		}
	}
	return errors.Join(failed...)
}
