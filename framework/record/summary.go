package record

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
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

// paint colours a text by the outcome that it speaks of.
func (p Palette) paint(o Outcome, text string) string {
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
	return fmt.Sprintf("%s  %-26s %7s  %s", p.paint(r.Outcome, fmt.Sprintf("%-7s", r.Outcome)), r.Name(), span(r.Seconds), what)
}

// Summary is the end of a run on a terminal: the counts for each lab and mode,
// what failed, what did not run and why, how long it took and where to look.
// dir is the run's folder as the reader can open it.
func Summary(r Report, dir string, p Palette) string {
	var b strings.Builder
	table(&b, r.Results)
	services(&b, r.Environment.Services)
	lookAt := dir + "/" + ReportFile
	for _, result := range r.Results {
		if result.Outcome == Failure {
			fmt.Fprintf(&b, "\n%s\n", p.paint(Failure, FailureBlock(result, lookAt)))
		}
	}
	diagnosed(&b, r.Diagnosis)
	ledgers(&b, r)
	notRun(&b, r.Results, p)
	reason := ""
	if r.Run.Reason != "" {
		reason = ": " + r.Run.Reason
	}
	fmt.Fprintf(&b, "\nreport  %s\njunit   %s/%s\n", lookAt, dir, JUnitFile)
	claimsLine(&b, r)
	fmt.Fprintf(&b, "result  %s\n", p.paint(r.Run.Outcome, fmt.Sprintf("%s%s; %d success, %d failure, %d not run in %s",
		r.Run.Outcome, reason, r.Run.Counts.Success, r.Run.Counts.Failure, r.Run.Counts.NotRun, span(r.Run.Seconds))))
	return b.String()
}

func table(b *strings.Builder, results []Result) {
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	// A tabwriter on a strings.Builder cannot fail.
	_, _ = fmt.Fprintln(t, "lab\tmode\tsuccess\tfailure\tnot run\tmedian\tslowest")
	for _, l := range lab.Names() {
		for _, m := range topology.Modes() {
			cell := slices.Collect(func(yield func(Result) bool) {
				for _, r := range results {
					if r.Lab == l && r.Mode == m && r.Scenario != RunItself && !yield(r) {
						return
					}
				}
			})
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

// services lists what served managed instances, and what stands in for what.
func services(b *strings.Builder, all []Service) {
	if len(all) == 0 {
		return
	}
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "\nlab\tservice\tserved by")
	for _, s := range all {
		by := s.Name + " " + s.Version
		if s.StandIn != "" {
			by += ", a stand-in " + s.StandIn
		}
		_, _ = fmt.Fprintf(t, "%s\t%s\t%s\n", s.Lab, s.Use, by)
	}
	_ = t.Flush()
}

// times are the median and the longest of the executed results' times.
func times(results []Result) (median, slowest string) {
	ran := slices.DeleteFunc(slices.Clone(results), func(r Result) bool { return r.Outcome == NotRun })
	if len(ran) == 0 {
		return "-", "-"
	}
	slices.SortFunc(ran, func(a, b Result) int { return cmp.Compare(a.Seconds, b.Seconds) })
	last := ran[len(ran)-1]
	return span(ran[len(ran)/2].Seconds), span(last.Seconds) + " " + last.Scenario
}

// notRun lists what did not run, by reason, in the order of the results.
func notRun(b *strings.Builder, results []Result, p Palette) {
	var reasons []string
	names := map[string][]string{}
	for _, r := range results {
		if r.Outcome != NotRun {
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
		fmt.Fprintf(b, "\n%s\n  because   %s\n", p.paint(NotRun, "not run: "+which), strings.ReplaceAll(reason, "\n", "\n            "))
	}
}

// span prints seconds with the precision that a reader needs.
func span(seconds float64) string {
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
