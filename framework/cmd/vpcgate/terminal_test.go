package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/creack/pty"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/record"
)

// onTerminal is the program on a pseudo-terminal, and what it has written there.
type onTerminal struct {
	program *exec.Cmd
	master  *os.File
	read    chan struct{}

	mu   sync.Mutex
	text bytes.Buffer
}

// startOnTerminal starts the program on a terminal of 80 columns.
func startOnTerminal(t *testing.T, env []string, args ...string) *onTerminal {
	t.Helper()
	c := exec.CommandContext(t.Context(), "/proc/self/exe", args...)
	c.Env = append(append(os.Environ(), envMain+"=1", "TERM=xterm-256color", "NO_COLOR="), env...)
	master, err := pty.StartWithSize(c, &pty.Winsize{Cols: 80, Rows: 24})
	if err != nil {
		t.Fatal(err)
	}
	o := &onTerminal{program: c, master: master, read: make(chan struct{})}
	t.Cleanup(func() { _ = master.Close() })
	go func() {
		defer close(o.read)
		// Reading ends with an error once nobody has the other side.
		_, _ = io.Copy(o, master)
	}()
	return o
}

func (o *onTerminal) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *onTerminal) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// await waits until the terminal has got a text.
func (o *onTerminal) await(t *testing.T, text string) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Minute, errors.New("it took too long"))
	defer cancel()
	err := poll.Until(ctx, 10*time.Millisecond, func(context.Context) (bool, string, error) {
		return strings.Contains(o.String(), text), fmt.Sprintf("%q is not in\n%q", text, o.String()), nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// awaitProcesses waits until so many processes of a suite have entered a phase.
func awaitProcesses(t *testing.T, events string, wanted int) {
	t.Helper()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 3*time.Minute, errors.New("it took too long"))
	defer cancel()
	process := regexp.MustCompile(`"event":"entered".*"process":(\d+)`)
	err := poll.Until(ctx, 10*time.Millisecond, func(context.Context) (bool, string, error) {
		text, err := os.ReadFile(events)
		if err != nil {
			return false, err.Error(), nil
		}
		seen := map[string]bool{}
		for _, m := range process.FindAllSubmatch(text, -1) {
			seen[string(m[1])] = true
		}
		return len(seen) >= wanted, fmt.Sprintf("%d of %d processes are in a phase", len(seen), wanted), nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// end waits for the program's end and returns what the terminal got and the exit
// status.
func (o *onTerminal) end(t *testing.T) (string, int) {
	t.Helper()
	err := o.program.Wait()
	if e := (*exec.ExitError)(nil); err != nil && !errors.As(err, &e) {
		t.Fatal(err)
	}
	<-o.read
	return o.String(), o.program.ProcessState.ExitCode()
}

// coloured finds sequences that colour, bare ones any.
var (
	coloured = regexp.MustCompile(`\x1b\[[0-9;]*m`)
	bare     = regexp.MustCompile(`\x1b`)
)

// A terminal shows which phase of which scenario each process is in, in lines that
// are drawn again, also when it is resized; what is left is the summary.
func TestRun_on_a_terminal_is_a_view(t *testing.T) {
	artifacts := t.TempDir()
	o := startOnTerminal(t, nil, "run", "--lab", "paper", "--focus", "SG-00[1-4]", "--artifacts", artifacts, "--run", "seen")
	o.await(t, "run seen  0:0")
	if err := pty.Setsize(o.master, &pty.Winsize{Cols: 50, Rows: 24}); err != nil {
		t.Fatal(err)
	}
	text, status := o.end(t)
	if status != exitSuccess {
		t.Fatalf("status %d: %s", status, text)
	}
	for _, want := range []string{"compiling the suite", "0 failure, ", "paper 8 of 8", "result     \x1b[32msuccess; 8 success"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in\n%q", want, text)
		}
	}
	if strings.Contains(text, "[tunnel] [paper]      ") || strings.Contains(text, "Random Seed") {
		t.Errorf("results that are fine, or ginkgo's own words, scroll:\n%q", text)
	}
	if strings.Count(text, ansi.HideCursor) != strings.Count(text, ansi.ShowCursor) || strings.Count(text, ansi.HideCursor) < 2 {
		t.Errorf("the cursor was hidden %d times and shown %d times", strings.Count(text, ansi.HideCursor), strings.Count(text, ansi.ShowCursor))
	}
	events, err := os.ReadFile(filepath.Join(artifacts, "seen", "events.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"event":"entered"`, `"phase":"remedy"`, `"process":`, `"result":"success"`} {
		if !strings.Contains(string(events), want) {
			t.Errorf("%s is not in the events", want)
		}
	}
}

// NO_COLOR leaves the view and takes the colours. The first Ctrl-C ends the run
// with its report; the terminal is left as it was.
func TestRun_on_a_terminal_without_colour_is_interrupted(t *testing.T) {
	artifacts := t.TempDir()
	o := startOnTerminal(t, []string{"NO_COLOR=1"}, "run", "--lab", "netns", "--artifacts", artifacts, "--run", "cut")
	o.await(t, "[netns] ")
	// A process that only starts is killed by the signal, and takes the report with it.
	awaitProcesses(t, filepath.Join(artifacts, "cut", "events.ndjson"), min(2*runtime.NumCPU(), mostProcesses))
	if _, err := o.master.WriteString("\x03"); err != nil {
		t.Fatal(err)
	}
	text, status := o.end(t)
	if status == exitSuccess || !strings.Contains(text, "interrupt: closing the labs and writing the report") {
		t.Errorf("status %d: %q", status, text)
	}
	if found := coloured.FindString(text); found != "" {
		t.Errorf("coloured by %q", found)
	}
	last := text[strings.LastIndex(text, ansi.ShowCursor):]
	if !strings.Contains(last, "result     failure") || strings.Contains(last, ansi.HideCursor) {
		t.Errorf("the end is %q", last)
	}
	r, err := record.Read(filepath.Join(artifacts, "cut", record.ReportFile))
	if err != nil || r.Run.Outcome != record.Failure || len(r.Results) < 100 {
		t.Errorf("%v: %+v", err, r.Run)
	}
}

// A pipe gets lines and not one escape sequence; so does a terminal that cannot
// move its cursor.
func TestRun_elsewhere_is_lines(t *testing.T) {
	c := exec.CommandContext(t.Context(), "/proc/self/exe", "run", "--lab", "paper", "--focus", "SG-001", "--artifacts", t.TempDir())
	c.Env = append(os.Environ(), envMain+"=1", "TERM=xterm-256color")
	piped, err := c.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, piped)
	}
	dumb, status := startOnTerminal(t, []string{"TERM=dumb"}, "run", "--lab", "paper", "--focus", "SG-001", "--artifacts", t.TempDir()).end(t)
	if status != exitSuccess {
		t.Errorf("status %d: %s", status, dumb)
	}
	for name, text := range map[string]string{"pipe": string(piped), "dumb terminal": dumb} {
		if bare.MatchString(text) {
			t.Errorf("%s: there are escape sequences in %q", name, text)
		}
		for _, want := range []string{"vpcgate: compiling the suite", "success  SG-001 [routed] [paper]", "result     success; 2 success"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s: %q is not in\n%s", name, want, text)
			}
		}
	}
}

// What a CI shows of a step is what the run's folder holds, after what the step has
// written there itself.
func TestRun_adds_to_the_summary_of_a_step(t *testing.T) {
	artifacts, summary := t.TempDir(), filepath.Join(t.TempDir(), "step.md")
	if err := os.WriteFile(summary, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GITHUB_STEP_SUMMARY", summary)
	out, status := vpcgate(t, "run", "-q", ownScenario, "--lab", "paper", "--artifacts", artifacts, "--run", "own")
	if status != exitSuccess {
		t.Fatalf("status %d: %s", status, out)
	}
	shown, err := os.ReadFile(summary)
	if err != nil {
		t.Fatal(err)
	}
	held, err := os.ReadFile(filepath.Join(artifacts, "own", record.SummaryFile))
	if err != nil || string(shown) != "before\n"+string(held) || !strings.HasPrefix(string(held), "## vpcgate: success\n") {
		t.Errorf("%v: the step shows\n%s", err, shown)
	}
	if badge, err := os.ReadFile(filepath.Join(artifacts, "own", record.BadgeFile)); err != nil || !strings.Contains(string(badge), "success: 1") {
		t.Errorf("%v: the badge is %s", err, badge)
	}
}

func TestRun_quiet_says_how_it_ended(t *testing.T) {
	out, status := vpcgate(t, "run", "-q", "--lab", "paper", "--focus", "SG-001", "--artifacts", t.TempDir())
	if status != exitSuccess || !regexp.MustCompile(`^result     success; 2 success, 0 failure, 0 not run in [0-9.]+ s\n$`).MatchString(out) {
		t.Errorf("status %d: %q", status, out)
	}
	out, status = vpcgate(t, "run", "--quiet", waitingScenario(t), "--lab", "paper", "--artifacts", t.TempDir())
	if status != exitFailure || !strings.HasPrefix(out, "OWN-001 [routed] [paper] phase symptom: ") || strings.Count(out, "\n") != 8 {
		t.Errorf("status %d: %q", status, out)
	}
}
