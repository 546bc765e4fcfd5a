package progress

import (
	"fmt"
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
)

// mostLines bounds the view: it stands below what scrolls and must leave room
// for that.
const mostLines = 10

// Size is that of a terminal, in characters.
type Size struct{ Columns, Rows int }

// View is what is known of a run by its events. The zero value is a run that
// has not begun.
type View struct {
	// Run is the run's id.
	Run string
	// Note is what is done before the suite tells anything itself.
	Note string

	begun    bool
	selected []Share
	done     map[lab.Name]int
	counts   record.Counts
	doing    map[int]activity
}

// activity is what one process is doing, and since when.
type activity struct {
	what  string
	since float64
}

// Begun reports whether the suite has told that its run began.
func (v *View) Begun() bool { return v.begun }

// Apply takes an event in. Events of different processes may come in any order.
func (v *View) Apply(e Event) {
	if v.doing == nil {
		v.doing, v.done = map[int]activity{}, map[lab.Name]int{}
	}
	switch e.Kind {
	case Begun:
		v.begun, v.selected = true, e.Selected
	case Doing:
		v.doing[e.Process] = activity{firstLine(e.Text), e.Seconds}
	case Entered:
		v.doing[e.Process] = activity{fmt.Sprintf("%-25s %-9s", e.Name(), e.Phase), e.Seconds}
	case Ended:
		v.doing[e.Process] = activity{"", e.Seconds}
		v.end(e)
	}
}

func (v *View) end(e Event) {
	switch e.Outcome {
	case record.Success:
		v.counts.Success++
	case record.NotRun:
		v.counts.NotRun++
	default:
		v.counts.Failure++
	}
	if e.Scenario != record.RunItself {
		v.done[e.Lab]++
	}
}

// Lines are the view in at most as many lines as fit, each shorter than the
// terminal is wide, so that none wraps. now is the time since the run began, in
// seconds.
func (v *View) Lines(size Size, now float64, p record.Palette) []string {
	lines := append(v.head(size, now, p), v.processes(now)...)
	if v.idle() {
		lines = append(v.head(size, now, p), "writing the report")
	}
	most := max(1, min(mostLines, size.Rows-1))
	if len(lines) > most {
		more := len(lines) - most + 1
		lines = append(lines[:most-1], fmt.Sprintf("   and %d more", more))
		if most == 1 {
			lines = v.head(size, now, p)[:1]
		}
	}
	for i, l := range lines {
		lines[i] = ansi.Truncate(strings.TrimRight(l, " "), max(1, size.Columns-1), "…")
	}
	return lines
}

// head says how far the run is.
func (v *View) head(size Size, now float64, p record.Palette) []string {
	all, done := 0, 0
	var labs []string
	for _, s := range v.selected {
		all, done = all+s.Results, done+v.done[s.Lab]
		labs = append(labs, fmt.Sprintf("%s %d of %d", s.Lab, v.done[s.Lab], s.Results))
	}
	title := fmt.Sprintf("run %s  %s", v.Run, clock(now))
	if !v.begun {
		if v.Note != "" {
			title += "  " + v.Note
		}
		return []string{title}
	}
	title += fmt.Sprintf("  %d of %d", done, all)
	return []string{
		strings.TrimRight(title+"  "+bar(done, all, min(size.Columns-1-ansi.StringWidth(title)-2, widestBar)), " "),
		strings.Join([]string{
			count(p, record.Success, v.counts.Success, "success"), count(p, record.Failure, v.counts.Failure, "failure"),
			count(p, record.NotRun, v.counts.NotRun, "not run"), fmt.Sprintf("%d left", all-done),
		}, ", "),
		strings.Join(labs, ", "),
	}
}

// idle reports whether everything that was selected has its result and nobody
// does anything else.
func (v *View) idle() bool {
	for _, s := range v.selected {
		if v.done[s.Lab] < s.Results {
			return false
		}
	}
	for _, a := range v.doing {
		if a.what != "" {
			return false
		}
	}
	return v.begun
}

// processes says what each process does, by number.
func (v *View) processes(now float64) []string {
	numbers := make([]int, 0, len(v.doing))
	for n := range v.doing {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	lines := make([]string, 0, len(numbers))
	for _, n := range numbers {
		a := v.doing[n]
		line := fmt.Sprintf("%2d  -", n)
		if a.what != "" {
			line = fmt.Sprintf("%2d  %s", n, a.what)
			if s := int(now - a.since); s > 0 {
				line += fmt.Sprintf("  %d s", s)
			}
		}
		lines = append(lines, line)
	}
	return lines
}

// The bar's width: narrower it says nothing, wider nothing more.
const (
	narrowestBar = 8
	widestBar    = 30
)

// bar shows a share; where there is no room for one it is empty.
func bar(done, all, width int) string {
	if width < narrowestBar || all == 0 {
		return ""
	}
	full := min(done*(width-2)/all, width-2)
	return "[" + strings.Repeat("=", full) + strings.Repeat(" ", width-2-full) + "]"
}

// clock is a time in minutes and seconds, which changes once a second only.
func clock(seconds float64) string {
	s := max(0, int(seconds))
	return fmt.Sprintf("%d:%02d", s/60, s%60)
}

// count is a number with its word, coloured where it is not zero.
func count(p record.Palette, o record.Outcome, n int, word string) string {
	text := fmt.Sprintf("%d %s", n, word)
	if n == 0 {
		return text
	}
	return p.Paint(o, text)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}
