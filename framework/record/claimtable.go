package record

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// Claimed is what a report says of the documentation.
func (r Report) Claimed() Documentation {
	return Documentation{Run: r.Run.ID, Claims: r.Claims, Findings: r.Findings}
}

// Only keeps the claims and findings of the given standings.
func (d Documentation) Only(standings []Standing) Documentation {
	kept := Documentation{Run: d.Run, Claims: []ClaimStatus{}, Findings: []Finding{}}
	for _, c := range d.Claims {
		if slices.Contains(standings, c.Status) {
			kept.Claims = append(kept.Claims, c)
		}
	}
	for _, f := range d.Findings {
		if slices.Contains(standings, f.Status) {
			kept.Findings = append(kept.Findings, f)
		}
	}
	return kept
}

// judged reports whether a run has said how the claims stand.
func (d Documentation) judged() bool { return d.Run != "" }

// Text is a table of the claims, what lacks where one is not proved, and the
// findings with what was seen of them. Before a run, it shows the scenarios that
// prove each claim.
func (d Documentation) Text() string {
	var b strings.Builder
	judged := d.judged()
	d.table(&b, judged)
	if judged && len(d.Claims) > 0 {
		fmt.Fprintf(&b, "\n%s\n", TallyOfClaims(d.Claims))
	}
	for _, f := range d.Findings {
		b.WriteString("\n" + f.text())
	}
	return b.String()
}

// table is one line for each claim, one for what it says, and one for what lacks.
func (d Documentation) table(b *strings.Builder, judged bool) {
	var rows strings.Builder
	t := tabwriter.NewWriter(&rows, 0, 0, 2, ' ', 0)
	// A tabwriter on a strings.Builder cannot fail.
	if judged {
		_, _ = fmt.Fprintln(t, "status\tclaim\tshown by\tsource")
	} else {
		_, _ = fmt.Fprintln(t, "claim\tscenarios\tsource")
	}
	for _, c := range d.Claims {
		by := c.Scenarios
		if judged {
			_, _ = fmt.Fprintf(t, "%s\t", c.Status)
			by = c.Results
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", c.ID, orNone(strings.Join(by, ", "), "-"), c.Source)
	}
	_ = t.Flush()
	lines := strings.SplitAfter(rows.String(), "\n")
	b.WriteString(lines[0])
	for i, c := range d.Claims {
		fmt.Fprintf(b, "%s  %s\n", lines[i+1], c.Text)
		if c.Reason != "" {
			fmt.Fprintf(b, "  because  %s\n", c.Reason)
		}
	}
}

// by is what a claim rests on, in one line.
func (c ClaimStatus) by(judged bool) string {
	switch {
	case c.Reason != "":
		return c.Reason
	case judged:
		return strings.Join(c.Results, ", ")
	default:
		return strings.Join(c.Scenarios, ", ")
	}
}

func (f Finding) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "finding %s (%s)\n  %s\n", f.ID, f.standing(), f.Title)
	for _, s := range f.Says {
		fmt.Fprintf(&b, "  says     %s: %s\n", s.Where, s.Text)
	}
	fmt.Fprintf(&b, "  reading  %s\n  claims   %s\n", f.Reading, strings.Join(f.Claims, ", "))
	if f.Reason != "" {
		fmt.Fprintf(&b, "  because  %s\n", f.Reason)
	}
	for _, s := range f.Evidence {
		fmt.Fprintf(&b, "  saw      %s\n", s)
	}
	return b.String()
}

// standing is the finding's kind, and after a run how its reading stands.
func (f Finding) standing() string {
	if f.Status == "" {
		return string(f.Kind)
	}
	return string(f.Kind) + ", reading " + strings.ReplaceAll(string(f.Status), "-", " ")
}

// String is the sight in one line.
func (s Sight) String() string {
	return fmt.Sprintf("%s, %s: %s: %s", s.Result, s.Phase, s.Flow, s.Saw)
}

// Markdown is two tables, of the claims and of the findings, with what Text shows.
func (d Documentation) Markdown() string {
	var b strings.Builder
	judged := d.judged()
	if judged {
		b.WriteString("| status | claim | source | what it promises | shown by |\n|---|---|---|---|---|\n")
	} else {
		b.WriteString("| claim | source | what it promises | scenarios |\n|---|---|---|---|\n")
	}
	for _, c := range d.Claims {
		by := c.by(judged)
		if c.Status == NotTestable {
			by = "not testable here: " + c.Reason
		}
		if judged {
			fmt.Fprintf(&b, "| %s ", c.Status)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", c.ID, markdownCell(c.Source), markdownCell(c.Text), markdownCell(by))
	}
	b.WriteString("\n## Findings\n\nWhere the documentation contradicts itself, seems to, or is silent, and the reading that the labs implement.\n\n")
	b.WriteString("| finding | kind | what the documentation says | reading of the labs | claims |\n|---|---|---|---|---|\n")
	for _, f := range d.Findings {
		says := []string{f.Title}
		for _, s := range f.Says {
			says = append(says, s.Where+": "+s.Text)
		}
		reading := []string{f.Reading}
		for _, s := range f.Evidence {
			reading = append(reading, s.String())
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", f.ID, f.standing(), markdownCell(says...), markdownCell(reading...), strings.Join(f.Claims, ", "))
	}
	return b.String()
}

// markdownCell is one cell of a table, one line below the other.
func markdownCell(lines ...string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ").Replace(strings.Join(lines, "<br>"))
}
