package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/replay"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// errEdited is a folder that is not what its run wrote.
var errEdited = errors.New("it is not as the run left it; `vpcgate verify` says where, --unverified replays it all the same")

func replayCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "replay RUN SCENARIO", Short: "repeat a scenario from a run's folder alone and compare", Args: cobra.ExactArgs(2),
		Long: "replay rebuilds the world of a scenario from the folder of a run, named by its id, its folder or latest, takes it\n" +
			"through its phases again, and compares every answer's verdict, hop, rule and source with the recorded. It reads\n" +
			record.ScenariosDir + "/SCENARIO.yaml and " + record.ReportFile + " and nothing of this catalogue. It repeats on netns unless --lab says paper;\n" +
			"what was recorded on kind can be repeated there as well. Compared is the result of the same lab, else of kind,\n" +
			"netns or paper, or the one of --of. A right answer is asked for once, not several times in a row.\n\n" +
			"A folder that was edited since the run wrote it is refused unless told otherwise with --unverified.\n\n" +
			"It exits 0 when all is the same, 1 when something is different, 2 when nothing can be said, be it of one mode only:\n" +
			"there is no such result, the folder was edited, or the lab cannot show the scenario in a mode.",
		RunE: func(c *cobra.Command, args []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			r, err := newReplay(c, settings, args[1])
			if err != nil {
				return err
			}
			if r.dir, err = runDir(settings, args[0]); err != nil {
				return err
			}
			if r.lab == lab.Netns {
				if err := labs.Prepare(); err != nil {
					return err
				}
			}
			ctx, stop := interruptible(c.Context())
			defer stop()
			all, unsaid := r.all(ctx)
			if len(all) == 0 {
				return unsaid
			}
			// What can be said is; a mode of which nothing can be is the end.
			return cmp.Or(unsaid, showReplays(c.OutOrStdout(), all, output))
		},
	}
	addArtifactsFlag(c)
	c.Flags().String("mode", "", "modes to repeat: tunnel, routed (default those that were recorded) ["+config.EnvMode+"]")
	c.Flags().String("lab", "", "lab to repeat on: paper or netns (default netns)")
	c.Flags().String("of", "", "lab whose result to compare with (default the same, else kind, netns, paper)")
	c.Flags().Bool("unverified", false, "also from a folder that was edited or never sealed")
	addOutputFlag(c, "text", "json")
	return c
}

// repetition is what replay was asked for.
type repetition struct {
	settings config.Settings
	dir      string
	id       string
	lab      lab.Name
	of       []lab.Name
	// unverified is set when the folder is taken as it is.
	unverified bool
}

func newReplay(c *cobra.Command, s config.Settings, id string) (repetition, error) {
	r := repetition{settings: s, id: id, lab: lab.Netns}
	if c.Flags().Changed("lab") {
		if len(s.Labs) != 1 || s.Labs[0] == lab.Kind {
			return r, errors.New("replay: --lab is paper or netns; a cluster takes minutes, `vpcgate run --lab kind --focus` is for that")
		}
		r.lab = s.Labs[0]
	}
	r.of = []lab.Name{r.lab, lab.Kind, lab.Netns, lab.Paper}
	of, err := c.Flags().GetString("of")
	if err != nil {
		return r, err
	}
	if of != "" {
		if !slices.Contains(lab.Names(), lab.Name(of)) {
			return r, fmt.Errorf("replay: --of: unknown lab %q; it is one of %v", of, lab.Names())
		}
		r.of = []lab.Name{lab.Name(of)}
	}
	r.unverified, err = c.Flags().GetBool("unverified")
	return r, err
}

// all repeats the scenario in each mode that was recorded; the error is of those of which
// nothing can be said.
func (r repetition) all(ctx context.Context) ([]replay.Comparison, error) {
	if !r.unverified {
		v, err := seal.Unedited(r.dir)
		if err != nil {
			return nil, fmt.Errorf("replay: %w", err)
		}
		if !v.Intact() {
			return nil, fmt.Errorf("replay %s: %w", r.dir, errEdited)
		}
	}
	s, err := record.ReadScenario(r.dir, r.id)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	results, err := record.ReadResults(filepath.Join(r.dir, record.ReportFile), r.id)
	if err != nil {
		return nil, fmt.Errorf("replay: %w", err)
	}
	var all []replay.Comparison
	var unsaid error
	for _, m := range r.settings.Modes {
		recorded, found := r.recorded(results, m)
		if !found {
			continue
		}
		repeated, err := r.repeat(ctx, s, m)
		if err != nil {
			unsaid = errors.Join(unsaid, fmt.Errorf("replay %s: %w", recorded.Name(), err))
			continue
		}
		all = append(all, replay.Compare(recorded, repeated))
	}
	if len(all) == 0 && unsaid == nil {
		return nil, fmt.Errorf("replay %s: %s has no result of it that ran in modes %v on labs %v", r.id, r.dir, r.settings.Modes, r.of)
	}
	return all, unsaid
}

// recorded finds the result to compare with.
func (r repetition) recorded(results []record.Result, m topology.Mode) (record.Result, bool) {
	for _, l := range r.of {
		i := slices.IndexFunc(results, func(x record.Result) bool { return x.Mode == m && x.Lab == l && x.Outcome != record.NotRun })
		if i >= 0 {
			return results[i], true
		}
	}
	return record.Result{}, false
}

func (r repetition) repeat(ctx context.Context, s scenario.Scenario, m topology.Mode) (record.Result, error) {
	if why := specs.Placed(s, m, r.lab); why != nil {
		return record.Result{}, why
	}
	all, timing := labs.All(), r.settings.Timing.Once()
	opened := all.Paper()
	if r.lab == lab.Paper {
		timing = config.PaperTiming().Once()
	} else {
		var err error
		if opened, err = all.Netns(ctx, r.settings, s.ID); err != nil {
			return record.Result{}, err
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, timing.Scenario, fmt.Errorf("the scenario took over %s", timing.Scenario))
	defer cancel()
	repeated := runner.Runner{Oracle: all.Oracle, Timing: timing}.RunAndClose(ctx, s, m, opened)
	if repeated.Outcome == record.NotRun || repeated.Class == record.Ended {
		return record.Result{}, errors.New(repeated.Reason)
	}
	return repeated, nil
}

func showReplays(out io.Writer, all []replay.Comparison, output string) error {
	if output == "json" {
		if err := encodeJSON(out, all); err != nil {
			return err
		}
	} else {
		for _, c := range all {
			if _, err := io.WriteString(out, c.Text()); err != nil {
				return err
			}
		}
	}
	if slices.ContainsFunc(all, func(c replay.Comparison) bool { return !c.Equal }) {
		return &exitError{status: exitFailure}
	}
	return nil
}
