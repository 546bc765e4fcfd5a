package compare

import (
	"fmt"
	"strings"
)

// markdownShown is how many findings of a kind a pull request is given: a comment
// may have 65,536 characters.
const markdownShown = 40

// recoveriesShown is how many distributions of faults it is given.
const recoveriesShown = 100

// Markdown is the comparison as a comment on a pull request, or as the summary of
// a CI job.
func (c Comparison) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "### vpcgate compare: %s\n\n%s\n\n", c.Outcome, escape(c.Summary()))
	row := func(cells ...string) {
		for i, text := range cells {
			cells[i] = escape(text)
		}
		b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
	}
	row("", "old", "new")
	b.WriteString("|---|---|---|\n")
	row("run", c.Old.ID, c.New.ID)
	row("result", string(c.Old.Outcome), string(c.New.Outcome))
	row("success / failure / not run", countsOf(c.Old), countsOf(c.New))
	row("git", gitText(c.Old.Git), gitText(c.New.Git))
	for _, k := range Kinds() {
		all := c.Of(k)
		if len(all) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n#### %s: %d%s\n\n", upperFirst(k.Title()), len(all), c.weight(all))
		b.WriteString(causes(k, all))
		row("scenario", "where", "old", "new")
		b.WriteString("|---|---|---|---|\n")
		for _, f := range all[:min(len(all), markdownShown)] {
			row(f.Name, f.Place(), f.Old, f.New)
		}
		if len(all) > markdownShown {
			fmt.Fprintf(&b, "\nand %d more.\n", len(all)-markdownShown)
		}
	}
	if len(c.StillFailing) > 0 {
		shown := c.StillFailing[:min(len(c.StillFailing), markdownShown)]
		fmt.Fprintf(&b, "\n<details><summary>Still failing for the same cause: %d</summary>\n\n%s\n\n</details>\n",
			len(c.StillFailing), escape(strings.Join(shown, ", ")))
	}
	if len(c.Environment) > 0 {
		fmt.Fprintf(&b, "\n<details><summary>Changed around the runs: %d</summary>\n\n", len(c.Environment))
		row("what", "old", "new")
		b.WriteString("|---|---|---|\n")
		for _, d := range c.Environment {
			row(d.What, d.Old, d.New)
		}
		b.WriteString("\n</details>\n")
	}
	if len(c.Recoveries) > 0 {
		shown := c.Recoveries[:min(len(c.Recoveries), recoveriesShown)]
		fmt.Fprintf(&b, "\n<details><summary>Faults under traffic, p50/p95/max: %d</summary>\n\n", len(c.Recoveries))
		row("fault", "what", "old", "new")
		b.WriteString("|---|---|---|---|\n")
		for _, r := range shown {
			row(r.Name, r.What(), r.Old.String(), r.New.String())
		}
		if len(c.Recoveries) > len(shown) {
			fmt.Fprintf(&b, "\nand %d more.\n", len(c.Recoveries)-len(shown))
		}
		b.WriteString("\n</details>\n")
	}
	fmt.Fprintf(&b, "\n<details><summary>Times to effect</summary>\n\n")
	for _, t := range c.Timing {
		fmt.Fprintf(&b, "- %s\n", escape(t.String()))
	}
	fmt.Fprintf(&b, "\nRule: %s.\n\n</details>\n", escape(c.Rule))
	return b.String()
}

// causes lists what several findings of a kind share.
func causes(k Kind, all []Finding) string {
	text := ""
	for _, alike := range together(all) {
		if len(alike) >= fewAlike && k != New {
			text += fmt.Sprintf("- %d × %s\n", len(alike), escape(alike[0].New))
		}
	}
	if text != "" {
		text += "\n"
	}
	return text
}

// String is the timing of a lab in one line.
func (t Timing) String() string {
	text := fmt.Sprintf("%s: %d effects, median %s → %s", t.Lab, t.Effects, span(t.OldMedian), span(t.NewMedian))
	if t.Drift > 0 {
		text += fmt.Sprintf("; baselines %.2f times as late", t.Drift)
	}
	return text
}

func countsOf(s Side) string {
	return fmt.Sprintf("%d / %d / %d", s.Counts.Success, s.Counts.Failure, s.Counts.NotRun)
}

// Place is where a finding shows, without its name.
func (f Finding) Place() string {
	var parts []string
	if f.Phase != "" {
		parts = append(parts, string(f.Phase))
	}
	for _, text := range []string{f.Change, f.Flow} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	text := strings.Join(parts, ": ")
	if f.More > 0 {
		text += fmt.Sprintf(", and %d more", f.More)
	}
	return text
}

func upperFirst(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// escape keeps a text from being markup; what reports quote may hold anything.
func escape(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	return strings.NewReplacer(
		`\`, `\\`, "|", `\|`, "<", "&lt;", ">", "&gt;", "&", "&amp;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "]", `\]`, "@", "&#64;", "#", `\#`,
	).Replace(text)
}
