package record

import (
	"fmt"
	"html"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// mostBlocks is how many failures a summary in Markdown shows whole: a CI takes one
// megabyte of a step's summary, and nobody reads more.
const mostBlocks = 25

// Markdown is a report's end as the summary of a CI's step: the result, the counts
// for each lab and mode, the block of each failure, and what core did not run.
func Markdown(r Report) string {
	var b strings.Builder
	fmt.Fprintf(&b, "## vpcgate: %s\n\n", r.Run.Outcome)
	fmt.Fprintf(&b, "**%d success, %d failure, %d not run** in %s, run `%s`", r.Run.Counts.Success, r.Run.Counts.Failure, r.Run.Counts.NotRun, Span(r.Run.Seconds), r.Run.ID)
	if c := r.Environment.Git.Commit; c != "" {
		fmt.Fprintf(&b, ", commit `%s`", c)
	}
	b.WriteString("\n")
	if r.Run.Reason != "" {
		fmt.Fprintf(&b, "\n%s\n", inline(r.Run.Reason))
	}
	markdownTable(&b, r.Results)
	markdownFailures(&b, r)
	markdownNotRun(&b, r.Results)
	var notes strings.Builder
	standIns(&notes, r.Environment.Services)
	diagnosed(&notes, r.Diagnosis)
	ledgers(&notes, r)
	unplaced(&notes, r.Results)
	claimsLine(&notes, r)
	if notes.Len() > 0 {
		fenced(&b, notes.String())
	}
	return b.String()
}

func markdownTable(b *strings.Builder, results []Result) {
	rows := false
	for _, l := range lab.Names() {
		for _, m := range topology.Modes() {
			cell := cellOf(results, l, m)
			if len(cell) == 0 {
				continue
			}
			if !rows {
				b.WriteString("\n| lab | mode | success | failure | not run | median | slowest |\n|---|---|---:|---:|---:|---:|---|\n")
				rows = true
			}
			c := count(cell)
			median, slowest := times(cell)
			fmt.Fprintf(b, "| %s | %s | %d | %d | %d | %s | %s |\n", l, m, c.Success, c.Failure, c.NotRun, median, inline(slowest))
		}
	}
}

// markdownFailures shows each failure folded, its first line open.
func markdownFailures(b *strings.Builder, r Report) {
	shown := 0
	for _, result := range r.Results {
		if result.Outcome != Failure {
			continue
		}
		if shown == 0 {
			b.WriteString("\n### Failed\n")
		}
		if shown++; shown > mostBlocks {
			continue
		}
		block := FailureBlock(result, ReportFile)
		fmt.Fprintf(b, "\n<details><summary>%s</summary>\n", html.EscapeString(firstLine(block)))
		fenced(b, block+"\n")
		b.WriteString("\n</details>\n")
	}
	if more := shown - mostBlocks; more > 0 {
		fmt.Fprintf(b, "\nand %d more, in the report.\n", more)
	}
}

func markdownNotRun(b *strings.Builder, results []Result) {
	var text strings.Builder
	coreNotRun(&text, results, Plain)
	if text.Len() == 0 {
		return
	}
	b.WriteString("\n### Core, and not run\n")
	fenced(b, strings.TrimRight(text.String(), "\n")+"\n")
}

// fenced is a text as it is, in a fence that is longer than any in it.
func fenced(b *strings.Builder, text string) {
	fence := "```"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	fmt.Fprintf(b, "\n%s\n%s%s\n", fence, text, fence)
}

// inline is a text of one line that is no markup.
func inline(text string) string {
	return strings.NewReplacer("\n", " ", "|", `\|`, "<", "&lt;", "*", `\*`, "_", `\_`, "`", "\\`").Replace(text)
}
