package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/fixtures/claims"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/specs"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func listCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "list the scenarios that the settings select", Args: cobra.NoArgs,
		Long: "list shows what the settings select, one spec a line. With -o json it shows the catalogue as an array, with\n" +
			"-o markdown as suites/README.md holds it. With --not-run it says why what was selected did not run: in the\n" +
			"newest report, or, before there is one, what no lab can show, and what is not testable here at all.",
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
			texts, err := specs.Selected(scenarios.Catalogue(), settings)
			if err != nil {
				return err
			}
			if len(texts) == 0 && !notRun {
				return specs.NothingSelected(scenarios.Catalogue(), settings.Focus)
			}
			l := listing{settings: settings, out: c.OutOrStdout()}
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
				_, err = io.WriteString(l.out, specs.Markdown(scenarios.Catalogue(), documentation))
				return failed(err)
			default:
				return failed(l.lines(texts))
			}
		},
	}
	addSettingFlags(c)
	addOutputFlag(c, "text", "json", "markdown")
	c.Flags().Bool("not-run", false, "say why what was selected did not run")
	return c
}

// listing prints the catalogue, or parts of it.
type listing struct {
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
	Claim  string          `json:"claim"`
}

// json prints the scenarios that the focus selects in any mode on any lab asked for.
func (l listing) json() error {
	all := []listed{}
	for _, s := range scenarios.Catalogue() {
		one := []scenario.Scenario{s}
		if texts, err := specs.Selected(one, l.settings); err != nil || len(texts) == 0 {
			continue
		}
		all = append(all, listed{
			ID: s.ID, Title: s.Title, Family: s.Family(), Origin: s.Origin, Tier: s.Tier,
			Modes: s.Modes(), Labs: specs.PlacedLabs(s), Claim: s.Claim,
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
	results, err := specs.Unplaced(scenarios.Catalogue(), l.settings)
	if err != nil {
		return err
	}
	report, err := record.Read(filepath.Join(l.settings.ArtifactRoot, record.Latest, record.ReportFile))
	switch {
	case err == nil:
		results = report.Results
	case !errors.Is(err, fs.ErrNotExist):
		return failed(err)
	}
	all := []absent{}
	for _, r := range results {
		if r.Outcome == record.NotRun {
			all = append(all, absent{Name: r.Name(), Title: r.Title, Reason: r.Reason})
		}
	}
	untestable, err := claims.LoadNotTestable()
	if err != nil {
		return failed(err)
	}
	for _, u := range untestable {
		all = append(all, absent{Name: u.ID, Title: u.Claim, Reason: "not testable here: " + u.Reason})
	}
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
