package record

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/vpcgate/vpcgate/framework/verdict"
)

// sideBySide lays the path that paper predicted beside the one that the lab has
// shown, both ways; each line begins a new one.
func sideBySide(c Check) string {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	row := func(name, paper, lab string) {
		// A tabwriter on a strings.Builder cannot fail.
		_, _ = fmt.Fprintf(t, "\n  %-8s\t%s\t%s", name, paper, lab)
	}
	row("paths", "on paper", "in the lab")
	row("", c.Predicted.String(), c.Observation.Verdict.String())
	way := func(name string, paper, lab []verdict.Step) {
		for i := range max(len(paper), len(lab), 1) {
			row(name, stepAt(paper, i), stepAt(lab, i))
			name = ""
		}
	}
	way("forth", c.PredictedPath.Forth, c.Observation.Path.Forth)
	way("back", c.PredictedPath.Back, c.Observation.Path.Back)
	_ = t.Flush()
	lines := strings.Split(b.String(), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n")
}

func stepAt(steps []verdict.Step, i int) string {
	switch {
	case i < len(steps):
		return steps[i].String()
	case i == 0:
		return "nothing"
	default:
		return ""
	}
}
