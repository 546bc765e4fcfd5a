package chaos

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// mostSamples bounds the memory of a distribution; further ones replace earlier ones in turn.
const mostSamples = 2000

// mostPoints bounds what a plot of a distribution shows.
const mostPoints = 40

// Distribution is of durations.
type Distribution struct {
	Count  int           `json:"count"`
	Least  time.Duration `json:"least"`
	Median time.Duration `json:"median"`
	P95    time.Duration `json:"p95"`
	Most   time.Duration `json:"most"`
	// Lower and Upper are the quarters, Points some of the durations, evenly spread over all that are kept, for plots.
	Lower  time.Duration   `json:"lower"`
	Upper  time.Duration   `json:"upper"`
	Points []time.Duration `json:"points,omitempty"`

	samples []time.Duration
}

func (d *Distribution) add(t *time.Duration) {
	if t == nil {
		return
	}
	if len(d.samples) < mostSamples {
		d.samples = append(d.samples, *t)
	} else {
		d.samples[d.Count%mostSamples] = *t
	}
	d.Count++
}

func (d *Distribution) settle() {
	if len(d.samples) == 0 {
		return
	}
	s := slices.Sorted(slices.Values(d.samples))
	d.Least, d.Median, d.P95, d.Most = s[0], s[len(s)/2], s[min(len(s)-1, len(s)*95/100)], s[len(s)-1]
	d.Lower, d.Upper = s[len(s)/4], s[len(s)*3/4]
	d.Points = nil
	n := min(len(s), mostPoints)
	for i := range n {
		d.Points = append(d.Points, s[i*(len(s)-1)/max(n-1, 1)])
	}
}

// Row is what a kind of faults did on a stage, when it came or when it was taken back.
type Row struct {
	Kind  Kind   `json:"kind"`
	Stage string `json:"stage"`
	Heals bool   `json:"heals"`
	Times int    `json:"times"`
	// Took is how long the lab took, the others are as in Effect.
	Took    Distribution `json:"took"`
	Effect  Distribution `json:"effect"`
	Detect  Distribution `json:"detect"`
	Recover Distribution `json:"recover"`
	Old     Distribution `json:"old"`
	Lost    int          `json:"lost"`
	Cut     int          `json:"cut"`
	// Breaches counts the operations that broke the kind's budget, Breached the steps that had such.
	Breaches int `json:"breaches,omitempty"`
	Breached int `json:"breached,omitempty"`
}

// Table gathers effects by kind, stage and direction. Steps of several kinds at once are left out.
type Table struct {
	rows map[string]*Row
}

// Add gathers the effects of one episode.
func (t *Table) Add(stage string, effects []Effect) {
	if t.rows == nil {
		t.rows = map[string]*Row{}
	}
	for _, e := range effects {
		if len(e.Kinds) != 1 {
			continue
		}
		key := fmt.Sprint(e.Kinds[0], " ", stage, " ", e.Heals)
		r := t.rows[key]
		if r == nil {
			r = &Row{Kind: e.Kinds[0], Stage: stage, Heals: e.Heals}
			t.rows[key] = r
		}
		r.Times++
		r.Lost += e.Lost
		r.Cut += e.Cut
		r.Breaches += e.Breaches
		if e.Breaches > 0 {
			r.Breached++
		}
		r.Old.add(e.Old)
		r.Took.add(&e.Took)
		r.Effect.add(e.Effect)
		r.Detect.add(e.Detect)
		r.Recover.add(e.Recover)
	}
}

// Rows lists what was gathered: by kind, then by stage, first what came.
func (t *Table) Rows() []Row {
	var all []Row
	for _, r := range t.rows {
		for _, d := range []*Distribution{&r.Took, &r.Effect, &r.Detect, &r.Recover, &r.Old} {
			d.settle()
		}
		all = append(all, *r)
	}
	slices.SortFunc(all, func(a, b Row) int { return strings.Compare(a.key(), b.key()) })
	return all
}

func (r Row) key() string { return fmt.Sprint(r.Kind, " ", r.Stage, " ", r.Heals) }

// String is the table for a terminal.
func (t *Table) String() string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	// A tabwriter on a strings.Builder cannot fail.
	_, _ = fmt.Fprintln(w, "fault\tstage\tstep\ttimes\teffect p50/p95\tdetect p50/p95\trecover p50/p95\told until p50/p95\tlost\tcut\tover budget")
	for _, r := range t.Rows() {
		step := "inject"
		if r.Heals {
			step = "heal"
		}
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\t%s\t%d\t%d\t%s\n",
			r.Kind, r.Stage, step, r.Times, r.Effect, r.Detect, r.Recover, r.Old, r.Lost, r.Cut, r.over())
	}
	_ = w.Flush()
	return b.String()
}

// over is how often the budget was broken; none is a dash.
func (r Row) over() string {
	if r.Breached == 0 {
		return "-"
	}
	return fmt.Sprintf("%d of %d", r.Breached, r.Times)
}

// String is the middle and the slow end of a distribution.
func (d Distribution) String() string {
	if d.Count == 0 {
		return "-"
	}
	return fmt.Sprintf("%s/%s", d.Median.Round(time.Millisecond), d.P95.Round(time.Millisecond))
}
