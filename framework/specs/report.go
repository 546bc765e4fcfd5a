package specs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/onsi/ginkgo/v2"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/environment"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/progress"
	"github.com/vpcgate/vpcgate/framework/progress/screen"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/page"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// errNotSuccess ends a suite whose specs were content and whose run is not a
// success all the same: something core did not run.
var errNotSuccess = errors.New("the run is no success")

// shared is what the first process tells the others when the run begins.
type shared struct {
	Run     string    `json:"run"`
	Started time.Time `json:"started"`
}

// beginRun, in the first process only, leaves a report that says "did not
// finish" and removes what dead runs left.
func (s *session) beginRun(ctx ginkgo.SpecContext) []byte {
	started, err := s.leaveUnfinished(ctx)
	check(err)
	s.started = started
	s.openTeller()
	s.teller.event(progress.Event{Kind: progress.Begun, Selected: shares(s.selected)})
	if err := s.suite.Labs.Sweep(ctx, s.settings, s.teller.tell); err != nil {
		// Rests of other runs have other names: they do not disturb this one.
		s.teller.tell("sweep: " + err.Error())
	}
	s.openLedger(ctx)
	text, err := json.Marshal(shared{Run: s.settings.Run, Started: started})
	check(err)
	return text
}

// joinRun, in every process, takes over the run that the first process began.
func (s *session) joinRun(_ ginkgo.SpecContext, text []byte) {
	var run shared
	check(json.Unmarshal(text, &run))
	s.settings.Run, s.started = run.Run, run.Started
	if s.teller == nil {
		s.openTeller()
	}
	ginkgo.DeferCleanup(func() { check(s.teller.close()) })
}

// shares counts what is selected, lab by lab.
func shares(selected []selection) []progress.Share {
	var all []progress.Share
	for _, l := range lab.Names() {
		n := 0
		for _, sel := range selected {
			if sel.lab == l {
				n++
			}
		}
		if n > 0 {
			all = append(all, progress.Share{Lab: l, Results: n})
		}
	}
	return all
}

func (s *session) openTeller() {
	ginkgo.GinkgoHelper()
	var also io.Writer
	if !s.quiet() {
		also = os.Stderr
	}
	t, err := newTeller(s.settings.ArtifactDir(), s.started, also)
	check(err)
	s.teller = t
}

// leaveUnfinished writes the report that is found should this run die. The
// command line may have written it already; then it says when the run began.
func (s *session) leaveUnfinished(ctx context.Context) (time.Time, error) {
	found, err := record.Read(filepath.Join(s.settings.ArtifactDir(), record.ReportFile))
	switch {
	case err == nil:
		return found.Run.Started, nil
	case !errors.Is(err, fs.ErrNotExist):
		return time.Time{}, err
	}
	run := s.run(time.Now())
	return run.Started, page.Write(s.settings.ArtifactRoot, record.Unfinished(run, environment.Describe(ctx, s.root)), nil)
}

// run is what the report says was asked for.
func (s *session) run(started time.Time) record.Run {
	return record.Run{
		ID: s.settings.Run, Started: started, Labs: s.settings.Labs, Modes: s.settings.Modes, Focus: s.settings.Focus,
	}
}

// report, in the first process and after all others have ended, writes the
// report, shows the summary and fails unless the run is a success.
func (s *session) report(ctx ginkgo.SpecContext, report ginkgo.Report) {
	if s.previewing {
		return
	}
	if s.started.IsZero() {
		// Set-up failed before the run began, or did not even start.
		started, err := s.leaveUnfinished(ctx)
		check(err)
		s.started = started
	}
	a := assemble(report, s.suite.Catalogue, s.selected)
	check(errors.Join(a.problems...))
	run := s.run(s.started)
	run.Seconds = time.Since(s.started).Seconds()
	run.Filter = report.SuiteConfig.LabelFilter
	if f := report.SuiteConfig.FocusStrings; run.Focus == "" && len(f) > 0 {
		run.Focus = strings.Join(f, "|")
	}
	env := environment.Describe(ctx, s.root)
	env.Engine, env.Kind, env.Kubernetes, env.NodeImage = a.facts.Engine, a.facts.Kind, a.facts.Kubernetes, a.facts.NodeImage
	env.Services = a.services
	unplaced, err := s.unplaced(report)
	check(err)
	scores, misdiagnosed := s.pairs(ctx)
	own, unclean := s.closeLedger(ctx)
	r := record.Conclude(run, env, slices.Concat(a.results, unplaced, misdiagnosed, unclean)).
		WithPairs(lab.Paper, scores).WithLedgers(own, s.settled).WithClaims(s.suite.Documentation, s.suite.Catalogue)
	r.Bites = a.bites
	falsified, err := record.ReadMutation(s.root)
	check(err)
	r = r.WithMutation(falsified)
	catalogue, files, err := s.beside(r)
	check(err)
	check(page.Write(s.settings.ArtifactRoot, r, catalogue, files...))
	check(s.leaveKept(a.kept))
	// Last of all: what is written after it is an edit.
	sealed, err := record.Seal(s.settings.ArtifactDir(), s.settings.SigningKey)
	check(err)
	if !s.quiet() {
		s.show(r, sealed, a.kept)
	}
	// A spec that failed has said so; what did not run says it here.
	if r.Run.Outcome != record.Success && report.SuiteSucceeded {
		ginkgo.Fail(fmt.Sprintf("%v: %s: %s (%s)", errNotSuccess, r.Run.Outcome, r.Run.Reason, s.lookAt()))
	}
}

// beside is what stands beside the report: the scenarios, which its page draws, or what the suite's trials have left.
func (s *session) beside(r record.Report) ([]scenario.Scenario, []record.File, error) {
	if s.suite.Trials != nil {
		files, err := s.suite.Trials.Page(s.settings.ArtifactDir(), r.Run)
		return nil, files, err
	}
	files, err := record.Scenarios(s.suite.Catalogue, r.Results)
	return s.suite.Catalogue, files, err
}

// unplaced lists what was asked for and cannot be shown in a mode or on a lab.
func (s *session) unplaced(report ginkgo.Report) ([]record.Result, error) {
	_, all, err := split(s.suite.Catalogue, s.settings, s.suite.placed)
	if err != nil {
		return nil, err
	}
	byID := map[string]scenario.Scenario{}
	for _, c := range s.suite.Catalogue {
		byID[c.ID] = c
	}
	return slices.DeleteFunc(all, func(r record.Result) bool {
		return !matches(byID[r.Scenario], r.Mode, r.Lab, report.SuiteConfig.LabelFilter, report.SuiteConfig.FocusStrings)
	}), nil
}

// KeptFile, in the run's folder, lists the commands that lead into what was kept.
const KeptFile = "enter.txt"

func (s *session) leaveKept(lines []string) error {
	if len(lines) == 0 {
		return nil
	}
	return os.WriteFile(filepath.Join(s.settings.ArtifactDir(), KeptFile), []byte(strings.Join(lines, "\n")+"\n"), 0o644)
}

func (s *session) show(r record.Report, sealed seal.Manifest, kept []string) {
	palette := screen.PaletteFor(os.Stdout, config.LookAround(config.Environment()))
	_, _ = fmt.Fprintf(os.Stdout, "\n%s%s", record.Failures(r.Results, s.lookAt(), palette), record.Summary(r, sealed, s.shownDir(), palette))
	if len(kept) > 0 {
		_, _ = fmt.Fprintf(os.Stdout, "\nkept; enter with\n  %s\n", strings.Join(kept, "\n  "))
	}
}

// check ends the node when the harness itself is broken.
func check(err error) {
	ginkgo.GinkgoHelper()
	if err != nil {
		ginkgo.Fail(err.Error())
	}
}
