package page

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
)

// faultView is a kind of faults with what it did on each stage.
type faultView struct {
	storm.Budget
	Rows []rowView
	// Plots are the distributions of the rows that have one.
	Plots []plotView
	// Over is set when some row is over the budget.
	Over bool
}

// rowView is what a kind did on a stage when it came, or when it was taken back.
type rowView struct {
	chaos.Row
	Mode, World, Step string
}

// axis is the logarithmic scale of times that all plots share.
type axis struct {
	from, to time.Duration
	Ticks    []tick
}

type tick struct{ At, Text string }

// plotView is a distribution: its quarters as a box, the middle, a line to the slow end, a point each for some of its times, and
// the budget.
type plotView struct {
	Label, Says               string
	Box, BoxWidth, Middle     string
	Whisker, WhiskerTo, Limit string
	Points                    []string
	Over                      bool
}

func faultsOf(r storm.Report) ([]faultView, axis) {
	scale := axis{from: time.Millisecond, to: 10 * time.Millisecond}
	for _, row := range r.Rows {
		for _, d := range []chaos.Distribution{row.Effect, row.Recover} {
			scale.to = max(scale.to, d.Most)
		}
	}
	for _, b := range r.Budgets {
		scale.to = max(scale.to, b.Here)
	}
	scale.to = time.Duration(float64(time.Millisecond) * math.Pow(10, math.Ceil(math.Log10(float64(scale.to)/float64(time.Millisecond)))))
	for t := scale.from; t <= scale.to; t *= 10 {
		scale.Ticks = append(scale.Ticks, tick{At: scale.at(t), Text: short(t)})
	}
	var all []faultView
	for _, b := range r.Budgets {
		f := faultView{Budget: b}
		for _, row := range r.Rows {
			if row.Kind == b.Fault {
				f.add(row, scale)
			}
		}
		all = append(all, f)
	}
	return all, scale
}

func (f *faultView) add(row chaos.Row, scale axis) {
	v := rowView{Row: row, Step: "comes", World: row.Stage}
	if world, mode, ok := cutLast(row.Stage, "/"); ok {
		v.World, v.Mode = world, mode
	}
	d, what := row.Effect, "effect"
	if row.Heals {
		v.Step, d, what = "goes", row.Recover, "recovered"
	}
	f.Over = f.Over || row.Breached > 0
	f.Rows = append(f.Rows, v)
	if d.Count == 0 {
		return
	}
	p := plotView{
		Label: strings.TrimSpace(v.Mode+" "+v.World) + ", " + v.Step, Over: row.Breached > 0,
		Says: fmt.Sprintf("%s after %s in the middle, %s at the 95th percentile, %s at most, of %d", what, short(d.Median), short(d.P95), short(d.Most), d.Count),
		Box:  scale.at(d.Lower), BoxWidth: percent(scale.share(d.Upper) - scale.share(d.Lower)), Middle: scale.at(d.Median),
		Whisker: scale.at(d.Least), WhiskerTo: scale.at(d.P95),
	}
	if f.Here > 0 {
		p.Limit = scale.at(f.Here)
	}
	for _, t := range d.Points {
		p.Points = append(p.Points, scale.at(t))
	}
	f.Plots = append(f.Plots, p)
}

func cutLast(text, sep string) (before, after string, found bool) {
	at := strings.LastIndex(text, sep)
	if at < 0 {
		return text, "", false
	}
	return text[:at], text[at+len(sep):], true
}

func (a axis) share(t time.Duration) float64 {
	t = min(max(t, a.from), a.to)
	return math.Log(float64(t)/float64(a.from)) / math.Log(float64(a.to)/float64(a.from))
}

func (a axis) at(t time.Duration) string { return percent(a.share(t)) }

func percent(share float64) string { return fmt.Sprintf("%.2f%%", 100*share) }

// short prints a duration as tables do.
func short(d time.Duration) string {
	switch {
	case d == 0:
		return "0"
	case d < 10*time.Millisecond:
		return fmt.Sprintf("%.1f ms", d.Seconds()*1e3)
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < time.Minute:
		return fmt.Sprintf("%.3g s", d.Seconds())
	default:
		return fmt.Sprintf("%.3g min", d.Minutes())
	}
}

// moment prints when something was in an episode.
func moment(d time.Duration) string { return fmt.Sprintf("%.3f s", d.Seconds()) }
