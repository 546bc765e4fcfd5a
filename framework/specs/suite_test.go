package specs_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/onsi/ginkgo/v2"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// envFixture, in the environment of this test binary, makes TestFixture run a
// suite of fake labs, broken as it says.
const envFixture = "SPECS_FIXTURE"

// disguised is the paper lab under another lab's name.
type disguised struct {
	lab.Lab
	name  lab.Name
	close error
}

func (d disguised) Name() lab.Name              { return d.name }
func (d disguised) Close(context.Context) error { return d.close }
func (d disguised) Enter() []string             { return []string{"enter " + string(d.name)} }

// TestFixture is the suite that the other tests run in a process of its own.
func TestFixture(t *testing.T) {
	kind := os.Getenv(envFixture)
	if kind == "" {
		t.Skip("run by the other tests of this package")
	}
	labs := specs.Labs{
		Oracle: paperlab.New(),
		Paper:  func() lab.Lab { return paperlab.New() },
		Netns: func(context.Context, config.Settings, string) (lab.Lab, error) {
			return disguised{Lab: paperlab.New(), name: lab.Netns}, nil
		},
		Kind: func(context.Context, config.Settings, []topology.World, topology.Mode, specs.Tell) (specs.Cluster, error) {
			return specs.Cluster{Lab: disguised{Lab: paperlab.New(), name: lab.Kind}, Facts: specs.Facts{Engine: "docker 1"}}, nil
		},
		Sweep: func(context.Context, config.Settings, specs.Tell) error { return nil },
	}
	catalogue := scenarios.Catalogue()[:2]
	switch kind {
	case "kind set-up fails in routed mode":
		open := labs.Kind
		labs.Kind = func(ctx context.Context, s config.Settings, worlds []topology.World, m topology.Mode, tell specs.Tell) (specs.Cluster, error) {
			if m == topology.Routed {
				return specs.Cluster{}, errors.New("check cluster: no name resolves")
			}
			return open(ctx, s, worlds, m, tell)
		}
	case "no engine":
		labs.Kind = func(context.Context, config.Settings, []topology.World, topology.Mode, specs.Tell) (specs.Cluster, error) {
			return specs.Cluster{}, fmt.Errorf("no engine: %w", lab.ErrCannotHost)
		}
	case "kind leaves something":
		labs.Kind = func(context.Context, config.Settings, []topology.World, topology.Mode, specs.Tell) (specs.Cluster, error) {
			return specs.Cluster{Lab: disguised{Lab: paperlab.New(), name: lab.Kind, close: errors.New("a node is left")}}, nil
		}
	case "a scenario fails":
		catalogue[0].Remedy.Routed = catalogue[0].Decoys.Routed[0]
	case "slow":
		labs.Netns = func(ctx context.Context, _ config.Settings, _ string) (lab.Lab, error) {
			_, _ = fmt.Fprintln(os.Stdout, waiting)
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
	case "a process is left":
		open := labs.Netns
		labs.Netns = func(ctx context.Context, s config.Settings, spec string) (lab.Lab, error) {
			left := exec.CommandContext(context.WithoutCancel(ctx), "sleep", "60")
			if err := left.Start(); err != nil {
				return nil, err
			}
			return open(ctx, s, spec)
		}
	case "a lab panics":
		labs.Netns = func(context.Context, config.Settings, string) (lab.Lab, error) { panic("nil map") }
	}
	documentation := record.Documentation{Claims: []record.ClaimStatus{{ID: catalogue[0].Claim}, {ID: catalogue[1].Claim}}}
	suite, reporter := specs.Build(t, specs.Suite{Name: "fixture", Catalogue: catalogue, Documentation: documentation, Labs: labs})
	ginkgo.RunSpecs(t, "fixture", suite, reporter)
}

// waiting is what the slow fixture prints when nothing happens any more.
const waiting = "the slow lab waits"

// fixture runs the fixture suite with the settings and returns its report, what
// it printed, and whether it passed.
func fixture(t *testing.T, kind string, env ...string) (record.Report, string, error) {
	t.Helper()
	root := t.TempDir()
	result, err := cmd.Run(t.Context(), cmd.Command{
		Name: "/proc/self/exe", Args: []string{"-test.run=^TestFixture$"},
		Env: append([]string{envFixture + "=" + kind, "VPCGATE_ARTIFACTS=" + root, "NO_COLOR=1"}, env...),
	})
	report, readErr := record.Read(filepath.Join(root, record.Latest, record.ReportFile))
	if readErr != nil {
		t.Fatalf("%v\n%s%s", readErr, result.Stdout, result.Stderr)
	}
	return report, result.Stdout + result.Stderr, err
}

func outcomes(r record.Report) map[string]record.Outcome {
	all := map[string]record.Outcome{}
	for _, x := range r.Results {
		all[x.Name()] = x.Outcome
	}
	return all
}

func TestBuild_runs_everything_everywhere(t *testing.T) {
	r, text, err := fixture(t, "healthy")
	if err != nil || r.Run.Outcome != record.Success || r.Run.Counts.Success != 12 {
		t.Errorf("got %v, %+v\n%s", err, r.Run, text)
	}
	if got := record.TallyOfClaims(r.Claims); got != "2 proved" {
		t.Errorf("the claims are %s, want 2 proved: %+v", got, r.Claims)
	}
	if r.Environment.Engine != "docker 1" {
		t.Errorf("engine %q", r.Environment.Engine)
	}
	paper, netns, kind := strings.Index(text, "[paper]"), strings.Index(text, "[netns]"), strings.Index(text, "[kind]")
	if paper < 0 || paper > netns || netns > kind {
		t.Errorf("labs did not run in the order paper, netns, kind:\n%s", text)
	}
	// A sample of teeth is shown on each cluster.
	if len(r.Bites) != 6 {
		t.Errorf("the bites are %+v", r.Bites)
	}
	for _, b := range r.Bites {
		if b.Error != "" || b.Lab != lab.Kind || b.Broken == "" || b.Phase == "" {
			t.Errorf("the bite is %+v", b)
		}
	}
}

func TestBuild_narrows_by_settings(t *testing.T) {
	r, text, err := fixture(t, "healthy", "VPCGATE_LAB=netns", "VPCGATE_MODE=routed", "VPCGATE_FOCUS=SG-002", "VPCGATE_RUN=mine")
	if err != nil || len(r.Results) != 1 || r.Results[0].Name() != "SG-002 [routed] [netns]" || r.Run.ID != "mine" {
		t.Errorf("got %v, %+v\n%s", err, r.Run, text)
	}
	if got := record.TallyOfClaims(r.Claims); got != "2 not run" {
		t.Errorf("the claims are %s: one mode of two proves nothing", got)
	}
}

func TestBuild_a_failed_setup_is_a_failure_and_its_scenarios_are_not_run(t *testing.T) {
	r, _, err := fixture(t, "kind set-up fails in routed mode", "VPCGATE_LAB=kind")
	got := outcomes(r)
	want := map[string]record.Outcome{
		"RUN [routed] [kind]": record.Failure, "SG-001 [routed] [kind]": record.NotRun, "SG-002 [routed] [kind]": record.NotRun,
		"SG-001 [tunnel] [kind]": record.Success, "SG-002 [tunnel] [kind]": record.Success,
	}
	if err == nil || r.Run.Outcome != record.Failure || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("got %v, %s, %v", err, r.Run.Outcome, got)
	}
	for _, x := range r.Results {
		if x.Outcome == record.NotRun && !strings.Contains(x.Reason, "no name resolves") {
			t.Errorf("%s: reason %q", x.Name(), x.Reason)
		}
	}
}

func TestBuild_a_lab_that_cannot_be_had_makes_the_run_partial(t *testing.T) {
	r, text, err := fixture(t, "no engine", "VPCGATE_LAB=paper,kind")
	if err == nil || r.Run.Outcome != record.Partial || r.Run.Counts.NotRun != 4 || r.Run.Counts.Success != 4 {
		t.Errorf("got %v, %+v\n%s", err, r.Run, text)
	}
	if !strings.Contains(text, "the run is no success: partial") {
		t.Errorf("ginkgo does not say why it failed:\n%s", text)
	}
}

func TestBuild_a_lab_that_leaves_something_fails_the_run(t *testing.T) {
	r, _, err := fixture(t, "kind leaves something", "VPCGATE_LAB=kind", "VPCGATE_MODE=routed")
	if err == nil || r.Run.Outcome != record.Failure || outcomes(r)["RUN [routed] [kind]"] != record.Failure || r.Run.Counts.Success != 2 {
		t.Errorf("got %v, %+v", err, outcomes(r))
	}
}

func TestBuild_shows_the_failure_block(t *testing.T) {
	r, text, err := fixture(t, "a scenario fails", "VPCGATE_LAB=paper")
	if err == nil || r.Run.Counts.Failure != 1 || !strings.Contains(text, "SG-001 [routed] [paper] phase remedy: not cured") {
		t.Errorf("got %v, %+v\n%s", err, r.Run, text)
	}
}

func TestBuild_a_panic_is_a_failure(t *testing.T) {
	r, _, err := fixture(t, "a lab panics", "VPCGATE_LAB=netns", "VPCGATE_FOCUS=SG-001", "VPCGATE_MODE=tunnel")
	if err == nil || r.Run.Outcome != record.Failure || !strings.Contains(r.Results[0].Reason, "nil map") {
		t.Errorf("got %v, %+v", err, r.Results)
	}
}

func TestBuild_an_interruption_is_one_failure_and_the_rest_is_not_run(t *testing.T) {
	root := t.TempDir()
	signals := make(chan os.Signal, 1)
	err := cmd.Lines(t.Context(), cmd.Command{
		Name: "/proc/self/exe", Args: []string{"-test.run=^TestFixture$"}, Signals: signals,
		Env: []string{envFixture + "=slow", "VPCGATE_ARTIFACTS=" + root, "VPCGATE_LAB=paper,netns", "VPCGATE_MODE=routed"},
	}, func(_ cmd.Stream, line string) {
		if strings.Contains(line, waiting) {
			signals <- os.Interrupt
		}
	})
	r, readErr := record.Read(filepath.Join(root, record.Latest, record.ReportFile))
	if readErr != nil {
		t.Fatal(readErr)
	}
	want := map[string]record.Outcome{
		"RUN": record.Failure, "SG-001 [routed] [paper]": record.Success, "SG-002 [routed] [paper]": record.Success,
		"SG-001 [routed] [netns]": record.NotRun, "SG-002 [routed] [netns]": record.NotRun,
	}
	if got := outcomes(r); err == nil || fmt.Sprint(got) != fmt.Sprint(want) || r.Results[0].Reason != "interrupted by user" {
		t.Errorf("got %v, %v, %q", err, got, r.Results[0].Reason)
	}
}

func TestBuild_keeps_labs_when_told(t *testing.T) {
	_, text, err := fixture(t, "healthy", "VPCGATE_LAB=kind", "VPCGATE_MODE=tunnel", "VPCGATE_KEEP=1")
	if err != nil || !strings.Contains(text, "kept; enter with\n  enter kind") {
		t.Errorf("got %v\n%s", err, text)
	}
}

func TestBuild_refuses_a_selection_of_nothing(t *testing.T) {
	for setting, want := range map[string]string{
		"VPCGATE_FOCUS=SG-01": `VPCGATE_FOCUS "SG-01" matches no scenario; did you mean SG-001? known are SG-001, SG-002`,
		"VPCGATE_LAB=knd":     `VPCGATE_LAB: unknown "knd"; did you mean kind?`,
	} {
		result, err := cmd.Run(t.Context(), cmd.Command{
			Name: "/proc/self/exe", Args: []string{"-test.run=^TestFixture$"}, Env: []string{envFixture + "=healthy", setting},
		})
		if err == nil || !strings.Contains(result.Stdout, want) {
			t.Errorf("%s: got %v\n%s", setting, err, result.Stdout)
		}
	}
}

func TestCheckCatalogue_reports_everything(t *testing.T) {
	if err := specs.CheckCatalogue(nil); err == nil || err.Error() != "catalogue: it has no scenario" {
		t.Errorf("empty: got %v", err)
	}
	all := scenarios.Catalogue()
	odd := all[0]
	odd.ID, odd.World = "ODD-001", nil
	err := specs.CheckCatalogue(append(all[:1:1], all[0], odd))
	want := "catalogue: two scenarios are SG-001\ncatalogue: \"ODD-001\" begins with no family's prefix\ncatalogue: ODD-001 has no world"
	if err == nil || err.Error() != want {
		t.Errorf("got %v\nwant %s", err, want)
	}
	if err := specs.CheckCatalogue(all); err != nil {
		t.Error(err)
	}
}

// Every run has a ledger. One that leaves something of its own is no success, though
// every scenario was.
func TestBuild_keepsALedger(t *testing.T) {
	r, text, err := fixture(t, "healthy", "VPCGATE_LAB=paper")
	if err != nil || r.Ledger == nil || r.Ledger.Err() != nil || r.Ledger.Compared[ledger.Links] == 0 {
		t.Errorf("got %v, %+v\n%s", err, r.Ledger, text)
	}
	r, text, err = fixture(t, "a process is left", "VPCGATE_LAB=netns", "VPCGATE_MODE=routed", "VPCGATE_RUN=leaves-a-process")
	if err == nil || r.Run.Outcome != record.Failure || r.Run.Counts.Failure != 1 || r.Ledger == nil {
		t.Fatalf("got %v, %+v\n%s", err, r.Run, text)
	}
	for _, c := range r.Ledger.Wrong() {
		if c.Section != ledger.Processes || c.Whose != ledger.Ours || c.After != "sleep 60" {
			t.Errorf("wrong is also %s", c)
			continue
		}
		pid, err := strconv.Atoi(c.Name)
		if err == nil {
			err = syscall.Kill(pid, syscall.SIGKILL)
		}
		if err != nil {
			t.Error(err)
		}
	}
	if want := "processes appeared"; !strings.Contains(text, want) || r.Results[0].Scenario != record.RunItself {
		t.Errorf("%q is not in\n%s", want, text)
	}
}
