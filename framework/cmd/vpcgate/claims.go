package main

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vpcgate/vpcgate/fixtures/claims"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func claimsCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "claims [RUN]", Short: "list what the documentation claims, and how it stands after a run", Args: cobra.MaximumNArgs(1),
		Long: "claims lists the checkable sentences of the documentation with their sources and the scenarios that prove them, and\n" +
			"where the documentation contradicts itself. With RUN, the folder of a run, its id or \"latest\", it says how each\n" +
			"stands in that run's report: proved, refuted, disputed, not-run or not-testable, and which results show it.\n\n" +
			"A claim is proved when each of its scenarios, in every mode in which its case can arise, has succeeded on some wire\n" +
			"lab and nothing of it failed; paper alone proves nothing, and a part of it neither. It is disputed when it is as good as\n" +
			"proved and the documentation says otherwise elsewhere.\n\n" +
			"With --page it compares a plain text of the page \"" + claims.ThePage + "\" with the one that the claims were\n" +
			"read from, and names each line that differs with the claims that rest on it.\n\n" +
			"It exits 0; 1 when a report cannot be read or has no claims, or the page differs; 2 when there is no such run, or it was\n" +
			"asked wrongly.",
		RunE: func(c *cobra.Command, args []string) error {
			a, err := newClaimsAsked(c, args)
			if err != nil {
				return err
			}
			if a.page != "" {
				return a.comparePage(c.OutOrStdout())
			}
			d, err := a.documentation(c)
			if err != nil {
				return err
			}
			return failed(a.print(c.OutOrStdout(), d))
		},
	}
	addOutputFlag(c, "text", "json", "markdown")
	c.Flags().StringSlice("status", nil, "only what stands so in the run: proved, refuted, disputed, not-run, not-testable")
	c.Flags().String("page", "", "file with the page's text, to compare")
	addArtifactsFlag(c)
	return c
}

// claimsAsked is what was asked for.
type claimsAsked struct {
	run, output, page string
	standings         []record.Standing
}

func newClaimsAsked(c *cobra.Command, args []string) (claimsAsked, error) {
	var a claimsAsked
	output, outputErr := outputOf(c)
	page, pageErr := c.Flags().GetString("page")
	statuses, statusErr := c.Flags().GetStringSlice("status")
	if err := errors.Join(outputErr, pageErr, statusErr); err != nil {
		return a, err
	}
	a.output, a.page = output, page
	if len(args) > 0 {
		a.run = args[0]
	}
	var known []string
	for _, s := range record.Standings() {
		known = append(known, string(s))
	}
	for _, s := range statuses {
		if !slices.Contains(known, s) {
			return a, fmt.Errorf("unknown status %q; %s", s, config.Suggest(s, known))
		}
		a.standings = append(a.standings, record.Standing(s))
	}
	switch {
	case len(statuses) > 0 && a.run == "":
		return a, errors.New("--status needs a run: claims have none before one, such as \"latest\"")
	case page != "" && (a.run != "" || output == "markdown"):
		return a, errors.New("--page compares a page, as text or json, and needs no run")
	}
	return a, nil
}

// documentation is what the run's report says of the claims, or without a run what
// the catalogue does.
func (a claimsAsked) documentation(c *cobra.Command) (record.Documentation, error) {
	if a.run == "" {
		d, err := claims.Documentation()
		return d.Bound(scenarios.Catalogue()), failed(err)
	}
	settings, _, err := load(c)
	if err != nil {
		return record.Documentation{}, err
	}
	path, err := reportPath(settings, a.run)
	if err != nil {
		return record.Documentation{}, err
	}
	r, err := record.Read(path)
	if err != nil {
		return record.Documentation{}, failed(err)
	}
	d := r.Claimed()
	if len(d.Claims) == 0 {
		return d, failed(fmt.Errorf("report %s: it has no claims; it did not finish, is of an older version or of scenarios that are not in the catalogue", path))
	}
	if len(a.standings) > 0 {
		d = d.Only(a.standings)
	}
	return d, nil
}

func (a claimsAsked) print(out io.Writer, d record.Documentation) error {
	if a.output == "json" {
		return encodeJSON(out, d)
	}
	text := d.Text()
	if a.output == "markdown" {
		text = "## Claims\n\n" + d.Markdown()
	}
	_, err := io.WriteString(out, text)
	return err
}

func (a claimsAsked) comparePage(out io.Writer) error {
	text, err := readForm(a.page)
	if err != nil {
		return err
	}
	drifts, err := claims.Compare(string(text))
	if err != nil {
		return failed(err)
	}
	if a.output == "json" {
		err = encodeJSON(out, drifts)
	} else {
		_, err = io.WriteString(out, driftText(drifts))
	}
	if err != nil || len(drifts) == 0 {
		return failed(err)
	}
	return &exitError{status: exitFailure}
}

func driftText(drifts []claims.Drift) string {
	if len(drifts) == 0 {
		return "the page is the one that the claims were read from\n"
	}
	var b strings.Builder
	for _, d := range drifts {
		now := d.Text
		if now == "" {
			now = "nothing"
		}
		fmt.Fprintf(&b, "line %d is not what it was\n  now      %s\n", d.Line, now)
		for _, s := range d.Said {
			fmt.Fprintf(&b, "  it said  %s\n", s)
		}
		if len(d.Claims) > 0 {
			fmt.Fprintf(&b, "  claims   %s\n", strings.Join(d.Claims, ", "))
		}
	}
	return b.String()
}
