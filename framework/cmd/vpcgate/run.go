package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/chaos/trial"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/environment"
	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/progress/screen"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/page"
	"github.com/vpcgate/vpcgate/framework/specs"
)

// mostProcesses bounds how many processes share the specs: more than four only
// take time from each other's probes.
const mostProcesses = 4

func runCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "run [FILE]", Short: "run the catalogue, or a scenario of your own, and write the report", Args: cobra.MaximumNArgs(1),
		Long: "run takes the catalogue through the labs, the fast ones first, makes ready what the kind lab needs,\n" +
			"writes the report and exits 0 only for the result success, 3 for partial, 1 for failure, 2 for wrong usage.\n" +
			"With a FILE it does so with the scenario in it (YAML, see fixtures/worlds), on paper and netns unless told otherwise.\n" +
			"With --suite chaos it goes through the specs of chaos instead: each kind of faults in each mode comes, holds and goes under\n" +
			"live traffic, and so does each schedule that once showed something; " + trial.Folder + "/" + page.File + " draws them.",
		RunE: func(c *cobra.Command, args []string) error {
			settings, root, err := load(c)
			if err != nil {
				return err
			}
			g, err := newGate(c, settings, root)
			if err != nil {
				return err
			}
			if len(args) == 1 {
				return g.runFile(c, args[0])
			}
			filter, err := c.Flags().GetString("label-filter")
			if err != nil {
				return err
			}
			again, err := c.Flags().GetBool("rerun-failed")
			if err != nil {
				return err
			}
			if g.suite, err = suiteOf(c); err != nil {
				return err
			}
			if again {
				if g.settings, err = onlyFailed(settings, g.suite); err != nil {
					return err
				}
			}
			if err := specs.CheckFilter(filter, g.suite.Catalogue); err != nil {
				return err
			}
			g.filter = filter
			return g.run(c.Context())
		},
	}
	addSettingFlags(c)
	c.Flags().String("label-filter", "", "Ginkgo label filter, such as 'family: containsAny peering'")
	c.Flags().Bool("rerun-failed", false, "only what failed in the newest report")
	addQuietFlag(c)
	addSuiteFlag(c)
	return c
}

// runFile runs a scenario of a user's own. An ordinary user gets a user
// namespace for the netns lab.
func (g gate) runFile(c *cobra.Command, path string) error {
	chosen := c.Flags().Changed("lab") || os.Getenv(config.EnvLab) != ""
	g.settings = fileLabs(g.settings, chosen)
	f, err := newFileRun(g, path)
	if err != nil {
		return err
	}
	if err := labs.Prepare(); err != nil {
		return failed(err)
	}
	return f.run(c.Context())
}

// gate is one run of the catalogue.
type gate struct {
	settings config.Settings
	root     string
	filter   string
	suite    suite
	out      io.Writer
	loudness loudness
	around   config.Surroundings
}

// run writes a report first, so that a run that dies has one, then has ginkgo
// compile and run the suite, and exits by the report that the suite wrote.
func (g gate) run(ctx context.Context) error {
	texts, err := g.suite.Selected(g.settings)
	if err != nil {
		return err
	}
	if len(texts) == 0 {
		return specs.NothingSelected(g.suite.Catalogue, g.settings.Focus)
	}
	started := time.Now()
	if err := g.leaveUnfinished(ctx, started); err != nil {
		return failed(err)
	}
	shown := g.face(started)
	shown.say(fmt.Sprintf("run %s: %d specs in labs %v, modes %v; report in %s", g.settings.Run, len(texts), g.settings.Labs, g.settings.Modes, g.shownDir()))
	cause := g.ginkgo(ctx, len(texts), shown)
	report, err := g.read(cause)
	if err != nil {
		return failed(errors.Join(err, cause))
	}
	if held := shown.held(); cause != nil && len(held) > 0 && !hasScenarios(report) {
		// The suite did not get to its scenarios: what ginkgo said is all there is.
		_, _ = fmt.Fprintln(g.out, strings.Join(held, "\n"))
	}
	g.show(report, shown.shown)
	switch report.Run.Outcome {
	case record.Success:
		if cause == nil {
			return nil
		}
		// The report is content and ginkgo is not: something failed after it.
		return failed(cause)
	case record.Partial:
		return &exitError{status: exitPartial}
	default:
		return &exitError{status: exitFailure}
	}
}

// leaveUnfinished writes the report that is found should this run die. A run id
// that has a report already is refused: reports are never overwritten.
func (g gate) leaveUnfinished(ctx context.Context, started time.Time) error {
	path := filepath.Join(g.settings.ArtifactDir(), record.ReportFile)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("begin run %s: %s exists already; choose another %s", g.settings.Run, path, config.EnvRun)
	}
	run := record.Run{
		ID: g.settings.Run, Started: started, Labs: g.settings.Labs, Modes: g.settings.Modes,
		Focus: g.settings.Focus, Filter: g.filter,
	}
	return g.write(record.Unfinished(run, environment.Describe(ctx, g.root)))
}

// ginkgo runs the suite and shows what it prints and what it is doing. The first
// signal is passed on, so that labs are closed; so are the next two, upon which
// Ginkgo gives up cleaning and then gives up.
func (g gate) ginkgo(ctx context.Context, selected int, shown face) error {
	t := g.settings.Timing
	ctx, cancel := context.WithTimeoutCause(ctx, t.Run+2*t.Close, fmt.Errorf("the run took over %s", t.Run))
	defer cancel()
	caught := make(chan os.Signal, 3)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(caught)
	passed := make(chan os.Signal, 3)
	ended := make(chan struct{})
	defer close(ended)
	go pass(caught, passed, ended, shown)

	shown.note("compiling the suite")
	stop := shown.follow(ctx)
	defer stop()
	return cmd.Lines(ctx, cmd.Command{
		Name: "go", Args: g.arguments(selected), Dir: g.root,
		Env: append(g.settings.Environ(), specs.EnvQuiet+"=1"), Signals: passed,
	}, func(_ cmd.Stream, line string) { shown.chatter(line) })
}

// arguments is the ginkgo command line: what a hollow run would need is
// forbidden, and output is not held back.
func (g gate) arguments(selected int) []string {
	args := []string{
		"tool", "ginkgo", "run", "--procs=" + strconv.Itoa(g.processes(selected)), "--fail-on-empty", "--fail-on-pending",
		"--keep-going", "--silence-skips", "--timeout=" + g.settings.Timing.Run.String(), "--output-interceptor-mode=none",
		"--poll-progress-after=0",
	}
	if screen.PaletteFor(g.out, g.around) == record.Plain {
		args = append(args, "--no-color")
	}
	if g.filter != "" {
		args = append(args, "--label-filter="+g.filter)
	}
	return append(args, g.suite.folder)
}

// processes is how many run the specs: enough for both clusters at once, and
// one where there is nothing to share.
func (g gate) processes(selected int) int {
	least := 1
	if g.settings.Has(lab.Kind) {
		least = len(g.settings.Modes)
	}
	return min(selected, max(least, min(2*runtime.NumCPU(), mostProcesses)))
}

// pass hands caught signals on as interrupts and says what they do.
func pass(caught <-chan os.Signal, passed chan<- os.Signal, ended <-chan struct{}, shown face) {
	for n := 1; ; n++ {
		select {
		case <-ended:
			return
		case s := <-caught:
			if n == 1 {
				shown.say(fmt.Sprintf("%s: closing the labs and writing the report; a second signal leaves the labs to `vpcgate sweep`", s))
			}
			select {
			case passed <- syscall.SIGINT:
			case <-ended:
				return
			}
		}
	}
}

// read reads the report that the suite wrote. When the suite died before that,
// the unfinished one is completed with what is known of its end.
func (g gate) read(cause error) (record.Report, error) {
	report, err := record.Read(filepath.Join(g.settings.ArtifactDir(), record.ReportFile))
	if err != nil {
		return report, err
	}
	if report.Run.Seconds > 0 || cause == nil {
		return report, nil
	}
	run := report.Run
	run.Seconds = time.Since(run.Started).Seconds()
	report = record.Conclude(run, report.Environment, []record.Result{
		record.Trouble("the run", "", "", errors.New("run did not finish: "+why(cause))),
	})
	if err := g.write(report); err != nil {
		return report, err
	}
	_, err = record.Seal(g.settings.ArtifactDir(), g.settings.SigningKey)
	return report, err
}

// write writes a report of the run itself, with its page.
func (g gate) write(r record.Report) error {
	return page.Write(g.settings.ArtifactRoot, r, nil)
}

// why says how the suite ended before its report, without the long command line.
func why(cause error) string {
	if e := (*cmd.Error)(nil); errors.As(cause, &e) && e.ExitCode >= 0 {
		return fmt.Sprintf("ginkgo ended with status %d before the report was written\n%s", e.ExitCode, e.Tail)
	}
	return cause.Error()
}

// hasScenarios reports whether a report has a result of some scenario.
func hasScenarios(r record.Report) bool {
	return slices.ContainsFunc(r.Results, func(r record.Result) bool { return r.Scenario != record.RunItself })
}

func (g gate) shownDir() string {
	dir := g.settings.ArtifactDir()
	if rel, err := filepath.Rel(g.root, dir); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return dir
}
