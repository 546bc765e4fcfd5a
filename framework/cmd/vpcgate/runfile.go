package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/environment"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/ledger/host"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/page"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// fileRun is the run of a scenario of a user's own, from a YAML file.
type fileRun struct {
	gate
	path     string
	scenario scenario.Scenario
	mode     topology.Mode
}

// newFileRun reads and checks the file before anything is touched.
func newFileRun(g gate, path string) (*fileRun, error) {
	text, err := readForm(path)
	if err != nil {
		return nil, err
	}
	read, mode, err := scenario.ParseYAML(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &fileRun{gate: g, path: path, scenario: read, mode: mode}, nil
}

// run takes the scenario through the labs and writes the report, as the run of
// the catalogue does.
func (f *fileRun) run(ctx context.Context) error {
	began := time.Now()
	ctx, stop := interruptible(ctx)
	defer stop()
	if err := labs.SweepDead(ctx, f.settings, f.tell); err != nil {
		f.tell("sweep: " + err.Error()) // rests of other runs have other names
	}
	settled, err := host.Settle(ctx, f.settings.ArtifactRoot, f.settings.Run)
	if err != nil {
		f.tell(err.Error()) // another run's; it does not disturb this one
	}
	journal, err := host.Open(ctx, f.settings.ArtifactDir(), f.settings.Run, specs.Leaves(f.settings))
	if err != nil {
		return failed(err)
	}
	results := make([]record.Result, 0, len(f.settings.Labs))
	for _, l := range f.settings.Labs {
		r := f.on(ctx, l)
		results = append(results, r)
		f.tell(record.Line(r, record.Plain))
	}
	run := record.Run{
		ID: f.settings.Run, Started: began, Seconds: time.Since(began).Seconds(),
		Labs: f.settings.Labs, Modes: []topology.Mode{f.mode}, Focus: f.path,
	}
	own, err := journal.Close(context.WithoutCancel(ctx))
	if err != nil {
		return failed(err)
	}
	report := record.Conclude(run, environment.Describe(ctx, f.root), append(results, record.OfLedger(own)...)).WithLedgers(&own, settled)
	catalogue := []scenario.Scenario{f.scenario}
	files, err := record.Scenarios(catalogue, results)
	if err != nil {
		return failed(err)
	}
	if err := page.Write(f.settings.ArtifactRoot, report, catalogue, files...); err != nil {
		return failed(err)
	}
	if _, err := record.Seal(f.settings.ArtifactDir(), f.settings.SigningKey); err != nil {
		return failed(err)
	}
	f.show(report, nothingShown)
	switch report.Run.Outcome {
	case record.Success:
		return nil
	case record.Partial:
		return &exitError{status: exitPartial}
	default:
		return &exitError{status: exitFailure}
	}
}

// tell shows a line of progress, which is no evidence.
func (f *fileRun) tell(line string) {
	if f.loudness != quiet {
		_, _ = fmt.Fprintln(f.out, line)
	}
}

func (f *fileRun) on(ctx context.Context, l lab.Name) record.Result {
	if why := specs.Placed(f.scenario, f.mode, l); why != nil {
		r := record.NotRunBecause(f.scenario, f.mode, l, why.Error())
		r.Tier = scenario.Extended
		return r
	}
	opened, timing, err := f.open(ctx, l)
	if err != nil {
		r := record.NotRunBecause(f.scenario, f.mode, l, err.Error())
		if !errors.Is(err, lab.ErrCannotHost) {
			r.Outcome, r.Failed = record.Failure, record.Preflight
		}
		return r
	}
	limited, cancel := context.WithTimeoutCause(ctx, timing.Scenario, fmt.Errorf("the scenario took over %s", timing.Scenario))
	defer cancel()
	run := runner.Runner{
		Oracle: labs.All().Oracle, Timing: timing,
		Bundle: func(r record.Result) *record.Bundle { return record.OpenBundle(f.settings.ArtifactDir(), r) },
	}
	return run.RunAndClose(limited, f.scenario, f.mode, opened)
}

func (f *fileRun) open(ctx context.Context, l lab.Name) (lab.Lab, config.Timing, error) {
	all, t := labs.All(), f.settings.Timing
	switch l {
	case lab.Paper:
		return all.Paper(), config.PaperTiming(), nil
	case lab.Netns:
		opened, err := all.Netns(ctx, f.settings, f.scenario.ID)
		return opened, t, err
	default:
		ctx, cancel := context.WithTimeoutCause(ctx, t.Provision+t.OpenKind, errors.New("making the cluster took too long"))
		defer cancel()
		c, err := all.Kind(ctx, f.settings, []topology.World{f.scenario.World(f.mode)}, f.mode, f.tell)
		return c.Lab, t, err
	}
}

// fileLabs are the labs that a file runs on when the settings do not say: the
// ones that take seconds.
func fileLabs(s config.Settings, chosen bool) config.Settings {
	if !chosen {
		s.Labs = slices.DeleteFunc(slices.Clone(s.Labs), func(l lab.Name) bool { return l == lab.Kind })
	}
	return s
}
