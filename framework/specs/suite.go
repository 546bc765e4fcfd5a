package specs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"
	"github.com/onsi/gomega"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/ledger/host"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// EnvQuiet, when set, leaves progress and summary to the program that started
// the suite; it finds them in the run's folder.
const EnvQuiet = "VPCGATE_QUIET"

// Tell is told, in lines, what a long preparation is doing. It is safe for
// concurrent use.
type Tell func(line string)

// Labs opens labs. An error that matches lab.ErrCannotHost means that this
// machine cannot host the lab: its results are then not run, with that reason.
type Labs struct {
	// Oracle predicts the verdicts of every lab.
	Oracle lab.Oracle
	// Paper opens the paper lab.
	Paper func() lab.Lab
	// Netns opens a netns lab of its own for the named spec.
	Netns func(ctx context.Context, s config.Settings, spec string) (lab.Lab, error)
	// Kind makes ready what is missing and opens a mode's cluster, born into
	// the first of the worlds given. The others are what it will have to adopt:
	// what they need is made ready beside the cluster.
	Kind func(ctx context.Context, s config.Settings, worlds []topology.World, m topology.Mode, tell Tell) (Cluster, error)
	// Sweep removes what dead runs left on this machine, in the labs of s.
	Sweep func(ctx context.Context, s config.Settings, tell Tell) error
}

// Cluster is an opened kind lab and what the report says of it.
type Cluster struct {
	Lab   lab.Lab
	Facts Facts
}

// Facts is what a kind lab adds to the environment of a report.
type Facts struct {
	Engine     string           `json:"engine"`
	Kind       string           `json:"kind"`
	Kubernetes string           `json:"kubernetes"`
	NodeImage  record.NodeImage `json:"nodeImage"`
}

// Suite is what a conformance suite is made of.
type Suite struct {
	Name      string
	Catalogue []scenario.Scenario
	// Documentation is what the catalogue's scenarios prove; the report judges it.
	// Without one, the report has no claims.
	Documentation record.Documentation
	Labs          Labs
	// Trials, when set, are what is done with the scenarios in place of the runner's phases.
	Trials Trials
}

// Trials do something else with scenarios than the runner does. They are safe for concurrent use.
type Trials interface {
	// Placed reports whether a scenario has a result in a mode on a lab: nil, or why not, for good.
	Placed(s scenario.Scenario, m topology.Mode, l lab.Name) error
	// Worlds lists those that a lab adopts for a scenario that is placed on it in a mode.
	Worlds(s scenario.Scenario, m topology.Mode, l lab.Name) ([]topology.World, error)
	// Run takes an opened lab through a scenario and leaves it open. What is to be looked at it leaves in the run's folder.
	Run(ctx context.Context, folder string, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result
	// Page makes further files for the run's folder of what was left in it.
	Page(folder string, run record.Run) ([]record.File, error)
}

// placed is Placed for the suite's scenarios.
func (s Suite) placed(c scenario.Scenario, m topology.Mode, l lab.Name) error {
	if s.Trials != nil {
		return s.Trials.Placed(c, m, l)
	}
	return Placed(c, m, l)
}

// worlds lists those that a lab adopts for one of the suite's scenarios.
func (s Suite) worlds(c scenario.Scenario, m topology.Mode, l lab.Name) ([]topology.World, error) {
	if s.Trials != nil {
		return s.Trials.Worlds(c, m, l)
	}
	return c.Worlds(m)
}

// Selected lists the texts of the suite's specs that the settings select.
func (s Suite) Selected(settings config.Settings) ([]string, error) {
	texts, _, err := split(s.Catalogue, settings, s.placed)
	return texts, err
}

// Unplaced lists what the settings select and no lab of this kind can show, with
// the reason, as results that did not run. They make no run partial.
func (s Suite) Unplaced(settings config.Settings) ([]record.Result, error) {
	_, unplaced, err := split(s.Catalogue, settings, s.placed)
	return unplaced, err
}

// session is a suite under way in one process.
type session struct {
	suite    Suite
	settings config.Settings
	root     string
	focus    *regexp.Regexp
	// started and tell are set when the run begins, before any spec runs.
	started  time.Time
	teller   *teller
	selected []selection
	// warm is the netns lab that this process uses for one scenario after the
	// other; nil when there is none.
	warm lab.Lab
	// journal is the run's ledger, in the first process only; settled are those of
	// former runs that died.
	journal *host.Journal
	settled []ledger.Ledger
	// previewing is set while the filters are evaluated.
	previewing bool
	// stopped is closed once the process was asked to stop.
	stopped chan struct{}
}

// watchSignals notes that the process was asked to stop; Ginkgo acts upon it.
func (s *session) watchSignals() {
	s.stopped = make(chan struct{})
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		<-caught
		close(s.stopped)
	}()
}

// interrupted reports whether the process was asked to stop. Ginkgo hears of it at
// the same time and may end the spec first: where the spec was ended, the word that
// tells it from a spec that took too long is given a moment to arrive.
func (s *session) interrupted(ctx context.Context) bool {
	select {
	case <-s.stopped:
		return true
	default:
	}
	if ctx.Err() == nil {
		return false
	}
	select {
	case <-s.stopped:
		return true
	case <-time.After(s.settings.Timing.StatePoll):
		return false
	}
}

// Build makes the suite's specs from the environment's settings and returns the
// configuration to run them with. Wrong settings and a selection of nothing end
// the test before anything starts. The suite's own file calls RunSpecs, since
// ginkgo recognises a suite by its import.
func Build(t *testing.T, suite Suite) (types.SuiteConfig, types.ReporterConfig) {
	t.Helper()
	s, err := begin(suite, config.Environment())
	if err != nil {
		t.Fatal(err)
	}
	suiteConfig, reporterConfig := ginkgo.GinkgoConfiguration()
	if err := CheckFilter(suiteConfig.LabelFilter, suite.Catalogue); err != nil {
		t.Fatal(err)
	}
	gomega.RegisterFailHandler(ginkgo.Fail)
	gomega.EnforceDefaultTimeoutsWhenUsingContexts()
	suiteConfig.FailOnEmpty, suiteConfig.FailOnPending = true, true
	ginkgo.AddTreeConstructionNodeArgsTransformer(requireLabels)
	s.watchSignals()
	s.build()
	s.preview(suiteConfig, reporterConfig)
	if len(s.selected) == 0 {
		t.Fatal(s.nothingSelected(suiteConfig.FocusStrings, suiteConfig.LabelFilter))
	}
	return suiteConfig, reporterConfig
}

// preview finds out what the filters select. It runs nothing but the node that
// makes the report, which therefore has to know.
func (s *session) preview(suiteConfig types.SuiteConfig, reporterConfig types.ReporterConfig) {
	s.previewing = true
	s.selected = selectedBy(ginkgo.PreviewSpecs(s.suite.Name, suiteConfig, reporterConfig))
	s.previewing = false
}

// begin reads the settings and checks the catalogue.
func begin(suite Suite, env map[string]string) (*session, error) {
	root, err := config.Root(".")
	if err != nil {
		return nil, err
	}
	settings, err := config.Load(env, root, time.Now())
	if err != nil {
		return nil, err
	}
	if err := record.CheckKey(settings.SigningKey); err != nil {
		return nil, err
	}
	if err := CheckCatalogue(suite.Catalogue); err != nil {
		return nil, err
	}
	focus, err := regexp.Compile(settings.Focus)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", config.EnvFocus, err)
	}
	return &session{suite: suite, settings: settings, root: root, focus: focus}, nil
}

// CheckCatalogue reports what would make a run hollow or ambiguous: no scenario
// at all, two with one id, one of no family or without a world.
func CheckCatalogue(catalogue []scenario.Scenario) error {
	var problems []error
	if len(catalogue) == 0 {
		problems = append(problems, errors.New("catalogue: it has no scenario"))
	}
	seen := map[string]bool{}
	for _, s := range catalogue {
		if seen[s.ID] {
			problems = append(problems, fmt.Errorf("catalogue: two scenarios are %s", s.ID))
		}
		seen[s.ID] = true
		if s.Family() == "" {
			problems = append(problems, fmt.Errorf("catalogue: %q begins with no family's prefix", s.ID))
		}
		if s.World == nil {
			problems = append(problems, fmt.Errorf("catalogue: %s has no world", s.ID))
		}
	}
	return errors.Join(problems...)
}

// Text is the text of the spec of a scenario in a mode on a lab: what --focus
// and VPCGATE_FOCUS are matched with.
func Text(s scenario.Scenario, m topology.Mode, l lab.Name) string {
	return fmt.Sprintf("%s [%s] [%s] %s", s.ID, m, l, s.Title)
}

// NothingSelected is the error of a focus that matches nothing; it suggests the
// id that may have been meant.
func NothingSelected(catalogue []scenario.Scenario, focus string) error {
	ids := make([]string, len(catalogue))
	for i, s := range catalogue {
		ids[i] = s.ID
	}
	return fmt.Errorf("%s %q matches no scenario; %s", config.EnvFocus, focus, config.Suggest(focus, ids))
}

func (s *session) nothingSelected(focus []string, filter string) error {
	if len(focus) == 0 && filter == "" {
		return NothingSelected(s.suite.Catalogue, s.settings.Focus)
	}
	return fmt.Errorf("nothing is selected by --focus %q, --label-filter %q, labs %v, modes %v and %s %q; "+
		"`vpcgate list` shows what there is", focus, filter, s.settings.Labs, s.settings.Modes, config.EnvFocus, s.settings.Focus)
}

// shownDir is the run's folder as messages name it: relative to the module's
// root where it is under it.
func (s *session) shownDir() string {
	dir := s.settings.ArtifactDir()
	if rel, err := filepath.Rel(s.root, dir); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return dir
}

// lookAt is the report as messages name it.
func (s *session) lookAt() string { return filepath.Join(s.shownDir(), record.ReportFile) }

func (s *session) quiet() bool { return os.Getenv(EnvQuiet) != "" }
