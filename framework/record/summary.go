package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Palette says whether a text may be coloured.
type Palette string

const (
	// Plain is text without escape sequences: files, pipes, NO_COLOR.
	Plain Palette = "plain"
	// Coloured is text for a terminal.
	Coloured Palette = "coloured"
)

// notRunNamed is up to how many results with one reason are named one by one.
const notRunNamed = 4

// Paint colours a text by the outcome that it speaks of.
func (p Palette) Paint(o Outcome, text string) string {
	if p != Coloured {
		return text
	}
	const reset = "\x1b[0m"
	switch o {
	case Success:
		return "\x1b[32m" + text + reset
	case NotRun, Partial:
		return "\x1b[33m" + text + reset
	default:
		return "\x1b[31m" + text + reset
	}
}

// Line is a result in one line, as it is shown while a run goes on.
func Line(r Result, p Palette) string {
	what := r.Title
	if r.Outcome != Success {
		what = firstLine(r.Reason)
	}
	return fmt.Sprintf("%s  %-26s %7s  %s", p.Paint(r.Outcome, fmt.Sprintf("%-7s", r.Outcome)), r.Name(), Span(r.Seconds), what)
}

// Failures are the blocks of the results that failed. lookAt is where the report
// is.
func Failures(results []Result, lookAt string, p Palette) string {
	var b strings.Builder
	for _, r := range results {
		if r.Outcome == Failure {
			fmt.Fprintf(&b, "%s\n\n", p.Paint(Failure, FailureBlock(r, lookAt)))
		}
	}
	return b.String()
}

// Summary is the end of a run on a terminal: the counts for each lab and mode,
// what did not run and why, how long it took and where to look. Where all is well
// it fits a screen of 24 lines of 80 characters; what is not well is said in full.
// m is what the run's folder was sealed with, if it was, and dir that folder as the
// reader can open it.
func Summary(r Report, m seal.Manifest, dir string, p Palette) string {
	var b strings.Builder
	coreNotRun(&b, r.Results, p)
	table(&b, r.Results)
	b.WriteString("\n")
	standIns(&b, r.Environment.Services)
	diagnosed(&b, r.Diagnosis)
	ledgers(&b, r)
	unplaced(&b, r.Results)
	claimsLine(&b, r)
	fmt.Fprintf(&b, "report     %s/%s\n           beside it %s, %s, %s\n", dir, PageFile, ReportFile, JUnitFile, SummaryFile)
	sealed(&b, m)
	b.WriteString(ResultLine(r, p) + "\n")
	return b.String()
}

// ResultLine is the last line of a run: how it ended and why.
func ResultLine(r Report, p Palette) string {
	reason := ""
	if r.Run.Reason != "" {
		reason = ": " + r.Run.Reason
	}
	return "result     " + p.Paint(r.Run.Outcome, fmt.Sprintf("%s%s; %d success, %d failure, %d not run in %s",
		r.Run.Outcome, reason, r.Run.Counts.Success, r.Run.Counts.Failure, r.Run.Counts.NotRun, Span(r.Run.Seconds)))
}

func table(b *strings.Builder, results []Result) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	// A tabwriter on a strings.Builder cannot fail.
	_, _ = fmt.Fprintln(t, "lab\tmode\tsuccess\tfailure\tnot run\tmedian\tslowest")
	for _, l := range lab.Names() {
		for _, m := range topology.Modes() {
			cell := cellOf(results, l, m)
			if len(cell) == 0 {
				continue
			}
			c := count(cell)
			median, most := times(cell)
			_, _ = fmt.Fprintf(t, "%s\t%s\t%d\t%d\t%d\t%s\t%s\n", l, m, c.Success, c.Failure, c.NotRun, median, most)
		}
	}
	_ = t.Flush()
}

// cellOf are the results of a lab in a mode.
func cellOf(results []Result, l lab.Name, m topology.Mode) []Result {
	var cell []Result
	for _, r := range results {
		if r.Lab == l && r.Mode == m && r.Scenario != RunItself {
			cell = append(cell, r)
		}
	}
	return cell
}

// standIns names, lab by lab, the managed services for which something else stood
// in; what and why is in the report.
func standIns(b *strings.Builder, all []Service) {
	title := "stand-ins"
	for _, l := range lab.Names() {
		var uses []string
		for _, s := range all {
			if s.Lab == l && s.StandIn != "" && !slices.Contains(uses, string(s.Use)) {
				uses = append(uses, string(s.Use))
			}
		}
		if len(uses) > 0 {
			fmt.Fprintf(b, "%-9s  %s: %s\n", title, l, strings.Join(uses, ", "))
			title = ""
		}
	}
}

// times are the median and the longest of the executed results' times.
func times(results []Result) (median, slowest string) {
	ran := slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return r.Outcome == NotRun })
	if len(ran) == 0 {
		return "-", "-"
	}
	slices.SortFunc(ran, func(a, b Result) int { return cmp.Compare(a.Seconds, b.Seconds) })
	last := ran[len(ran)-1]
	return Span(ran[len(ran)/2].Seconds), Span(last.Seconds) + " " + last.Scenario
}

// coreNotRun lists what makes a run partial, by reason, in the order of the
// results.
func coreNotRun(b *strings.Builder, results []Result, p Palette) {
	var reasons []string
	names := map[string][]string{}
	for _, r := range results {
		if r.Outcome != NotRun || r.Tier == scenario.Extended {
			continue
		}
		if names[r.Reason] == nil {
			reasons = append(reasons, r.Reason)
		}
		names[r.Reason] = append(names[r.Reason], r.Name())
	}
	for _, reason := range reasons {
		which := strings.Join(names[reason], ", ")
		if n := len(names[reason]); n > notRunNamed {
			which = fmt.Sprintf("%d results, %s to %s", n, names[reason][0], names[reason][n-1])
		}
		fmt.Fprintf(b, "%s\n  because   %s\n\n", p.Paint(NotRun, "not run: "+which), strings.ReplaceAll(reason, "\n", "\n            "))
	}
}

// unplaced counts what did not run and had not to, by what their reasons end
// with.
func unplaced(b *strings.Builder, results []Result) {
	var kinds []string
	counts := map[string]int{}
	for _, r := range results {
		if r.Outcome != NotRun || r.Tier != scenario.Extended {
			continue
		}
		kind := firstLine(r.Reason)
		if i := strings.LastIndex(kind, ": "); i >= 0 {
			kind = kind[i+len(": "):]
		}
		if counts[kind] == 0 {
			kinds = append(kinds, kind)
		}
		counts[kind]++
	}
	title := "not run"
	for _, k := range kinds {
		hint := ""
		if title != "" {
			hint = " (vpcgate list --not-run)"
		}
		fmt.Fprintf(b, "%-9s  %d: %s%s\n", title, counts[k], k, hint)
		title = ""
	}
}

// Span prints seconds with the precision that a reader needs.
func Span(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1f s", d.Seconds())
	default:
		return fmt.Sprintf("%d min %02d s", int(d.Minutes()), int(d.Seconds())%60)
	}
}
