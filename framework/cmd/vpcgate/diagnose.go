package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/labs"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/triage"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func diagnoseCommand() *cobra.Command {
	c := &cobra.Command{Use: "diagnose", Short: "find faults by evidence alone", Args: cobra.NoArgs}
	c.AddCommand(matrixCommand())
	return c
}

func matrixCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "matrix", Short: "inject every fault, and every pair, and count which layer is named", Args: cobra.NoArgs,
		Long: "matrix breaks the worlds of the catalogue in every way that it has, and in every pair of ways from different\n" +
			"layers that compose, has each broken flow diagnosed by what the lab shows alone, and prints injected against named\n" +
			"layers with precision, recall and the first wrong turn. On paper unless told otherwise; netns takes minutes.\n" +
			"It exits 1 when a diagnosis was wrong.",
		RunE: func(c *cobra.Command, _ []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			if !c.Flags().Changed("lab") {
				settings.Labs = []lab.Name{lab.Paper}
			}
			if settings.Has(lab.Netns) {
				if err := labs.Prepare(); err != nil {
					return failed(err)
				}
			}
			ctx, stop := interruptible(c.Context())
			defer stop()
			m := matrix{settings: settings, output: output, out: c.OutOrStdout()}
			return m.run(ctx)
		},
	}
	addSettingFlags(c)
	addOutputFlag(c, "text", "json")
	return c
}

// matrix examines how well faults are found.
type matrix struct {
	settings config.Settings
	output   string
	out      io.Writer
}

// errMisdiagnosed ends a matrix with a wrong diagnosis in it, which it has shown.
var errMisdiagnosed = &exitError{status: exitFailure}

func (m matrix) run(ctx context.Context) error {
	oracle := labs.All().Oracle
	faults, err := triage.Faults(m.catalogue(), oracle)
	if err != nil {
		return failed(err)
	}
	faults = slices.DeleteFunc(faults, func(f triage.Fault) bool { return !slices.Contains(m.settings.Modes, f.Mode) })
	if len(faults) == 0 {
		return specs.NothingSelected(scenarios.Catalogue(), m.settings.Focus)
	}
	pairs := triage.Pairs(oracle, faults)
	var all []triage.Report
	wrong := 0
	for _, l := range m.settings.Labs {
		r, err := m.examine(ctx, l, oracle, faults, pairs)
		if err != nil {
			return failed(err)
		}
		all, wrong = append(all, r), wrong+len(r.Wrong())
	}
	if err := m.print(all); err != nil {
		return failed(err)
	}
	if wrong > 0 {
		return errMisdiagnosed
	}
	return nil
}

// catalogue lists the scenarios that the focus selects in any mode.
func (m matrix) catalogue() []scenario.Scenario {
	paper := m.settings
	paper.Labs, paper.Modes = []lab.Name{lab.Paper}, topology.Modes()
	return slices.DeleteFunc(scenarios.Catalogue(), func(s scenario.Scenario) bool {
		texts, err := specs.Suite{Catalogue: []scenario.Scenario{s}}.Selected(paper)
		return err != nil || len(texts) == 0
	})
}

func (m matrix) examine(ctx context.Context, name lab.Name, oracle lab.Oracle, faults []triage.Fault, pairs []triage.Pair) (r triage.Report, err error) {
	var l lab.Lab
	switch name {
	case lab.Paper:
		l = labs.All().Paper()
	case lab.Netns:
		if l, err = labs.All().Netns(ctx, m.settings, "diagnose"); err != nil {
			return r, err
		}
	default:
		return r, fmt.Errorf("diagnose matrix: lab %s has clusters, which one scenario after the other uses; its faults are diagnosed on paper and netns", name)
	}
	r, err = triage.Examine(ctx, l, oracle, faults, pairs)
	return r, errors.Join(err, l.Close(context.WithoutCancel(ctx)))
}

func (m matrix) print(all []triage.Report) error {
	if m.output == "json" {
		return encodeJSON(m.out, all)
	}
	for i, r := range all {
		if i > 0 {
			_, _ = fmt.Fprintln(m.out)
		}
		if _, err := io.WriteString(m.out, r.Table()); err != nil {
			return err
		}
	}
	return nil
}
