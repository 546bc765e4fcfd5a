package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/fixtures/claims"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func listCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "list the scenarios that the settings select", Args: cobra.NoArgs,
		Long: "list shows what the settings select, one spec a line. With -o json it shows the catalogue as an array, with\n" +
			"-o markdown as suites/README.md holds it. With --not-run it says why what was selected did not run: in the\n" +
			"newest report, or, before there is one, what no lab can show, and what is not testable here at all.\n" +
			"With --suite chaos it does so for the specs of chaos, which have no page in suites/README.md.",
		RunE: func(c *cobra.Command, _ []string) error {
			settings, _, err := load(c)
			if err != nil {
				return err
			}
			output, err := outputOf(c)
			if err != nil {
				return err
			}
			notRun, err := c.Flags().GetBool("not-run")
			if err != nil {
				return err
			}
			of, err := suiteOf(c)
			if err != nil {
				return err
			}
			if output == "markdown" && of.Name != conformanceSuite {
				return fmt.Errorf("list suite %s: only the %s suite has a page in markdown", of.Name, conformanceSuite)
			}
			texts, err := of.Selected(settings)
			if err != nil {
				return err
			}
			if len(texts) == 0 && !notRun {
				return specs.NothingSelected(of.Catalogue, settings.Focus)
			}
			l := listing{suite: of, settings: settings, out: c.OutOrStdout()}
			switch {
			case notRun:
				return l.notRun(output)
			case output == "json":
				return failed(l.json())
			case output == "markdown":
				documentation, err := claims.Documentation()
				if err != nil {
					return failed(err)
				}
				_, err = io.WriteString(l.out, specs.Markdown(of.Catalogue, documentation))
				return failed(err)
			default:
				return failed(l.lines(texts))
			}
		},
	}
	addSettingFlags(c)
	addOutputFlag(c, "text", "json", "markdown")
	addSuiteFlag(c)
	c.Flags().Bool("not-run", false, "say why what was selected did not run")
	return c
}

// listing prints a suite's catalogue, or parts of it.
type listing struct {
	suite    suite
	settings config.Settings
	out      io.Writer
}

// listed is one scenario in the form that machines read.
type listed struct {
	ID     string          `json:"id"`
	Title  string          `json:"title"`
	Family scenario.Family `json:"family"`
	Origin scenario.Origin `json:"origin"`
	Tier   scenario.Tier   `json:"tier"`
	Modes  []topology.Mode `json:"modes"`
	Labs   []lab.Name      `json:"labs"`
	Claim  string          `json:"claim,omitempty"`
}

// json prints the scenarios that the focus selects in any mode on any lab asked for.
func (l listing) json() error {
	all := []listed{}
	for _, s := range l.suite.Catalogue {
		one := l.suite.Suite
		one.Catalogue = []scenario.Scenario{s}
		if texts, err := one.Selected(l.settings); err != nil || len(texts) == 0 {
			continue
		}
		all = append(all, listed{
			ID: s.ID, Title: s.Title, Family: s.Family(), Origin: s.Origin, Tier: s.Tier,
			Modes: s.Modes(), Labs: l.suite.PlacedLabs(s), Claim: s.Claim,
		})
	}
	return encodeJSON(l.out, all)
}

func encodeJSON(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

func (l listing) lines(texts []string) error {
	for _, t := range texts {
		if _, err := fmt.Fprintln(l.out, t); err != nil {
			return err
		}
	}
	return nil
}

// absent is something of the catalogue that has no verdict, and why.
type absent struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Reason string `json:"reason"`
}

// notRun prints what has no verdict: of the newest report, and else what cannot
// have one; then what is not testable here.
func (l listing) notRun(output string) error {
	results, err := l.suite.Unplaced(l.settings)
	if err != nil {
		return err
	}
	report, err := record.Read(filepath.Join(l.settings.ArtifactRoot, record.Latest, record.ReportFile))
	switch {
	case err == nil && slices.ContainsFunc(report.Results, func(r record.Result) bool { return l.suite.has(r.Scenario) }):
		results = report.Results
	case err == nil: // it is another suite's
	case !errors.Is(err, fs.ErrNotExist):
		return failed(err)
	}
	all := []absent{}
	for _, r := range results {
		if r.Outcome == record.NotRun {
			all = append(all, absent{Name: r.Name(), Title: r.Title, Reason: r.Reason})
		}
	}
	if l.suite.Name != conformanceSuite {
		return l.absent(all, output)
	}
	untestable, err := claims.LoadNotTestable()
	if err != nil {
		return failed(err)
	}
	for _, u := range untestable {
		all = append(all, absent{Name: u.ID, Title: u.Claim, Reason: "not testable here: " + u.Reason})
	}
	return l.absent(all, output)
}

func (l listing) absent(all []absent, output string) error {
	if output == "json" {
		return failed(encodeJSON(l.out, all))
	}
	w := tabwriter.NewWriter(l.out, 0, 0, 2, ' ', 0)
	for _, a := range all {
		// A tabwriter fails when it is flushed.
		_, _ = fmt.Fprintf(w, "%s\t%s\n", a.Name, a.Reason)
	}
	return failed(w.Flush())
}
