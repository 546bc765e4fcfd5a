package compare

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/vpcgate/vpcgate/framework/record"
)

const (
	// textWidth is what a terminal shows in one line.
	textWidth = 80
	// textShown is how many findings of a kind a terminal is given.
	textShown = 10
	// fewAlike is from how many findings on those that end alike are shown together,
	// and linesOfNames is how many lines their names take.
	fewAlike     = 3
	linesOfNames = 4
)

// Title is a kind as a heading.
func (k Kind) Title() string {
	switch k {
	case NewlyFailing:
		return "newly failing"
	case NewAndFailing:
		return "failing, and not executed before"
	case NoLongerRun:
		return "no longer run"
	case ChangedSource:
		return "seen from another address"
	case ChangedCause:
		return "another cause"
	case Slower:
		return "slower to take effect"
	case Misdiagnosed:
		return "diagnosed wrongly"
	case NewlyPassing:
		return "newly passing"
	case New:
		return "new"
	default:
		return string(k)
	}
}

// Text is the comparison on a terminal.
func (c Comparison) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "old     %s\nnew     %s\n", c.Old, c.New)
	for _, s := range c.Baselines {
		fmt.Fprintf(&b, "beside  %s\n", s)
	}
	for _, k := range Kinds() {
		all := c.Of(k)
		if len(all) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s: %d%s\n", k.Title(), len(all), c.weight(all))
		b.WriteString(listed(all))
	}
	c.recovered(&b)
	c.surroundings(&b)
	fmt.Fprintf(&b, "\nresult  %s\n", strings.Join(wrap(c.Summary(), textWidth-8), "\n        "))
	return b.String()
}

// listed shows findings of a kind, those that end alike together.
func listed(all []Finding) string {
	var b strings.Builder
	left := len(all)
	for i, alike := range together(all) {
		if i == textShown {
			fmt.Fprintf(&b, "  and %d more, which -o json shows\n", left)
			break
		}
		left -= len(alike)
		if len(alike) < fewAlike {
			for _, f := range alike {
				b.WriteString(f.text())
			}
			continue
		}
		fmt.Fprintf(&b, "  %s\n    first  %s\n", cut(fmt.Sprintf("%d × %s", len(alike), alike[0].New), textWidth-2), cut(alike[0].Where(), textWidth-11))
		if alike[0].Kind != New {
			fmt.Fprintf(&b, "    old    %s\n", cut(alike[0].Old, textWidth-11))
		}
		b.WriteString(names(alike))
	}
	return b.String()
}

// together groups findings by what the new run shows, in the order of the first of
// each group: one lost rule fails many scenarios for one cause.
func together(all []Finding) [][]Finding {
	var groups [][]Finding
	for _, f := range all {
		i := slices.IndexFunc(groups, func(g []Finding) bool { return g[0].New == f.New && g[0].Regression == f.Regression })
		if i < 0 {
			groups = append(groups, nil)
			i = len(groups) - 1
		}
		groups[i] = append(groups[i], f)
	}
	var split [][]Finding
	for _, g := range groups {
		if len(g) >= fewAlike {
			split = append(split, g)
			continue
		}
		for _, f := range g {
			split = append(split, []Finding{f})
		}
	}
	return split
}

// names lists the findings' names over a few lines.
func names(all []Finding) string {
	const indent = "    "
	var texts []string
	for _, f := range all {
		// A name is not broken at its blanks.
		texts = append(texts, strings.ReplaceAll(f.Name, " ", noBreak))
	}
	lines := wrap(strings.Join(texts, ", "), textWidth-len(indent))
	if len(lines) > linesOfNames {
		shown := strings.Join(lines[:linesOfNames-1], " ")
		left := len(all) - strings.Count(shown, ",")
		lines = append(lines[:linesOfNames-1], fmt.Sprintf("and %d more", left))
	}
	return indent + strings.ReplaceAll(strings.Join(lines, "\n"+indent), noBreak, " ") + "\n"
}

// noBreak stands for a blank at which no line is broken. It is none for Fields.
const noBreak = "\x00"

// String is a run in one line.
func (s Side) String() string {
	return fmt.Sprintf("%s  %s: %d success, %d failure, %d not run", s.ID, s.Outcome, s.Counts.Success, s.Counts.Failure, s.Counts.NotRun)
}

// weight says where findings of a kind do not count.
func (c Comparison) weight(all []Finding) string {
	n := 0
	for _, f := range all {
		if f.Regression {
			n++
		}
	}
	switch {
	case n == len(all) || all[0].Kind == NewlyPassing || all[0].Kind == New:
		return ""
	case n == 0:
		return " (no regression)"
	default:
		return fmt.Sprintf(" (%d a regression)", n)
	}
}

// Where is the finding's name with the place where it shows.
func (f Finding) Where() string {
	text := f.Name
	if f.Phase != "" {
		text += " at " + string(f.Phase)
	}
	if f.Flow != "" {
		text += ": " + f.Flow
	}
	if f.More > 0 {
		text += fmt.Sprintf(", and %d more", f.More)
	}
	return text
}

func (f Finding) text() string {
	text := "  " + cut(f.Where(), textWidth-2) + "\n"
	if f.Change != "" {
		text += "    after  " + cut(f.Change, textWidth-11) + "\n"
	}
	if f.Kind == New {
		return text
	}
	return text + "    old    " + cut(f.Old, textWidth-11) + "\n    new    " + cut(f.New, textWidth-11) + "\n"
}

// surroundings is what is no finding: what still fails, and what changed around.
func (c Comparison) surroundings(b *strings.Builder) {
	if n := len(c.StillFailing); n > 0 {
		fmt.Fprintf(b, "\nstill failing for the same cause: %d\n", n)
		for _, name := range c.StillFailing[:min(n, textShown)] {
			fmt.Fprintf(b, "  %s\n", name)
		}
		if n > textShown {
			fmt.Fprintf(b, "  and %d more, which -o json shows\n", n-textShown)
		}
	}
	if len(c.Environment) > 0 {
		b.WriteString("\nchanged around the runs\n")
		for _, d := range c.Environment {
			line := fmt.Sprintf("  %-15s %s → %s", d.What, d.Old, d.New)
			if utf8.RuneCountInString(line) > textWidth {
				line = fmt.Sprintf("  %-15s %s\n  %15s → %s", d.What, cut(d.Old, textWidth-18), "", cut(d.New, textWidth-20))
			}
			b.WriteString(line + "\n")
		}
	}
	if len(c.Timing) > 0 {
		b.WriteString("\ntimes   ")
		for i, t := range c.Timing {
			if i > 0 {
				b.WriteString("        ")
			}
			fmt.Fprintf(b, "%s\n", t)
		}
		fmt.Fprintf(b, "        slower: over %d times as late, and by over %g s (one effect), %g s (each of\n        a scenario's phase), %g s (a scenario's median), %g s (a family's)\n",
			slowFactor, floorOf(ofEffect), floorOf(ofPhase), floorOf(ofScenario), floorOf(ofFamily))
	}
}

// Summary is the comparison in one line.
func (c Comparison) Summary() string {
	var parts []string
	for _, k := range Kinds() {
		if n := len(c.Of(k)); n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(k), "-", " ")))
		}
	}
	text := string(c.Outcome)
	if len(parts) > 0 {
		text += ": " + strings.Join(parts, ", ")
	}
	text += fmt.Sprintf("; %d of %d unchanged", c.Unchanged, c.Compared)
	if c.NotSelected > 0 {
		text += fmt.Sprintf("; %d not selected in the new run", c.NotSelected)
	}
	if c.NotSelectedBefore > 0 {
		text += fmt.Sprintf("; %d not selected in the old run", c.NotSelectedBefore)
	}
	if len(c.Allowed) > 0 {
		text += "; allowed: " + join(c.Allowed)
	}
	return text
}

func floorOf(g grain) float64 {
	for _, one := range measures() {
		if one.grain == g {
			return one.floor
		}
	}
	return 0
}

// wrap breaks a text into lines of a width.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > width {
			lines, line = append(lines, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(lines, line)
}

// cut shortens a text to a width; what is cut is in the other forms.
func cut(text string, width int) string {
	text = strings.Join(strings.Fields(text), " ")
	if utf8.RuneCountInString(text) <= width {
		return text
	}
	return string([]rune(text)[:width-1]) + "…"
}

// gitText is the source of a run, for tables.
func gitText(g record.Git) string {
	if text := gitOf(g); text != "" {
		return text
	}
	return "unknown"
}
