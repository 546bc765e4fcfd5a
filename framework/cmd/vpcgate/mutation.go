package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/mutation"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func mutationCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "mutation", Short: "falsify the gate in many small ways and count who notices", Args: cobra.NoArgs,
		Long: "mutation makes the data plane, the agents, the counters, the judge, the runner, the oracle and the planner wrong\n" +
			"in one small way after the other, and runs the catalogue, on paper and netns, until a scenario notices that passes\n" +
			"otherwise. What makes no difference in any world is void. --focus selects mutants by their ids. It writes\n" +
			mutation.ScoreFile + " into the artifacts, --accept also the copy that the README's line is made of; it exits 1 when a\n" +
			"mutant survives.",
		RunE: func(c *cobra.Command, _ []string) error {
			settings, root, err := load(c)
			if err != nil {
				return err
			}
			accept, err := c.Flags().GetBool("accept")
			if err != nil {
				return err
			}
			if err := labs.Prepare(); err != nil {
				return failed(err)
			}
			ctx, stop := interruptible(c.Context())
			defer stop()
			s := scoring{settings: settings, root: root, out: c.OutOrStdout()}
			score, err := s.run(ctx)
			if err != nil {
				return failed(err)
			}
			if accept {
				if err := failed(s.accept(score)); err != nil {
					return err
				}
			}
			if score.Survived > 0 {
				return &exitError{status: exitFailure}
			}
			return nil
		},
	}
	addSettingFlags(c)
	c.Flags().Bool("accept", false, "write the README's copy of the score, too")
	return c
}

// scoring runs the mutants.
type scoring struct {
	settings config.Settings
	root     string
	out      io.Writer
}

func (s scoring) run(ctx context.Context) (mutation.Score, error) {
	before, err := mutation.ReadScore(s.copy())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return mutation.Score{}, err
	}
	mutants, err := s.selected()
	if err != nil {
		return mutation.Score{}, err
	}
	o := mutation.Options{
		Scenarios: scenarios.Catalogue(), Mutants: mutants, Before: before,
		Workers: runtime.NumCPU(), Timing: config.TeethTiming(),
		Tell: func(r mutation.Result) {
			_, _ = fmt.Fprintf(s.out, "%-8s  %s\n", r.State, r.ID) // a closed pipe is no failure of the score
		},
	}
	score, err := mutation.Run(ctx, o)
	if err != nil {
		return mutation.Score{}, err
	}
	if _, err := fmt.Fprintf(s.out, "\n%s", score.Table()); err != nil {
		return score, err
	}
	return score, score.Write(s.settings.ArtifactRoot)
}

// selected are the mutants whose ids the focus matches.
func (s scoring) selected() ([]mutation.Mutant, error) {
	focus, err := regexp.Compile(s.settings.Focus)
	if err != nil {
		return nil, err
	}
	var all []mutation.Mutant
	var ids []string
	for _, m := range mutation.Catalogue() {
		ids = append(ids, m.ID)
		if focus.MatchString(m.ID) {
			all = append(all, m)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("focus %q matches no mutant; %s", s.settings.Focus, config.Suggest(s.settings.Focus, ids))
	}
	return all, nil
}

// copy is the score that is kept with the source.
func (s scoring) copy() string { return filepath.Join(s.root, mutation.Copy) }

func (s scoring) accept(score mutation.Score) error {
	if s.settings.Focus != "" {
		return errors.New("a score of some mutants is not accepted as that of all")
	}
	return score.WithoutReasons().Write(filepath.Dir(s.copy()))
}
