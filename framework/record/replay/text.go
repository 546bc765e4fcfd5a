package replay

import (
	"fmt"
	"strings"
)

// Text is the comparison as a terminal shows it: a line for each phase, and below it
// what is not the same.
func (c Comparison) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s [%s]: recorded on %s, repeated on %s in %.2f s\n", c.Scenario, c.Mode, c.Recorded, c.Repeated, c.Seconds)
	answers, equal := 0, 0
	for _, p := range c.Phases {
		line := fmt.Sprintf("  %-9s  %-9s", word(p.Equal), p.Phase)
		if p.Answers > 0 {
			line += fmt.Sprintf("  %d answers", p.Answers)
		}
		if p.Change != "" {
			line += "  " + p.Change
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
		different(&b, p.Differences)
		answers += p.Answers
		if p.Equal {
			equal++
		}
	}
	if c.Ends != nil {
		different(&b, []Difference{*c.Ends})
	}
	fmt.Fprintf(&b, "%s: %d of %d phases with %d answers are equal\n", word(c.Equal), equal, len(c.Phases), answers)
	return b.String()
}

func different(b *strings.Builder, all []Difference) {
	for _, d := range all {
		fmt.Fprintf(b, "             %s\n               recorded  %s\n               repeated  %s\n", d.What, d.Recorded, d.Repeated)
	}
}

func word(equal bool) string {
	if equal {
		return "equal"
	}
	return "different"
}
