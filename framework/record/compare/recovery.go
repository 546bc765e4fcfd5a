package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// Recovery is how long a kind of faults took to show when it came, or to be recovered from when it went, in both runs of chaos. It
// is shown and judges nothing: what is slower is said by Rule.
type Recovery struct {
	Name  string       `json:"name"`
	Phase record.Phase `json:"phase"`
	Old   Spread       `json:"old"`
	New   Spread       `json:"new"`
}

// Spread is a distribution of times, in seconds.
type Spread struct {
	Count  int     `json:"count"`
	Median float64 `json:"median"`
	P95    float64 `json:"p95"`
	Most   float64 `json:"most"`
}

// String is the spread in one line.
func (s Spread) String() string {
	if s.Count == 0 {
		return "–"
	}
	return fmt.Sprintf("%s/%s/%s of %d", span(s.Median), span(s.P95), span(s.Most), s.Count)
}

// recoveries lists the specs of chaos that both runs have measured, in the new run's order.
func recoveries(old, later record.Report) []Recovery {
	before := map[key]record.Result{}
	for _, r := range old.Results {
		before[keyOf(r)] = r
	}
	var all []Recovery
	for _, r := range later.Results {
		was, ok := before[keyOf(r)]
		if !ok || r.Family != scenario.Chaos {
			continue
		}
		for _, p := range []record.Phase{record.Break, record.Remedy} {
			x := Recovery{Name: r.Name(), Phase: p, Old: spreadOf(was, p), New: spreadOf(r, p)}
			if x.Old.Count > 0 && x.New.Count > 0 {
				all = append(all, x)
			}
		}
	}
	return all
}

func spreadOf(r record.Result, of record.Phase) Spread {
	var times []float64
	for _, p := range r.Phases {
		if p.Phase == of && p.EffectSeconds > 0 {
			times = append(times, p.EffectSeconds)
		}
	}
	if len(times) == 0 {
		return Spread{}
	}
	slices.Sort(times)
	const percentile = 95
	return Spread{
		Count: len(times), Median: median(times), P95: times[min(len(times)-1, len(times)*percentile/100)], Most: times[len(times)-1],
	}
}

// recovered shows the distributions on a terminal.
func (c Comparison) recovered(b *strings.Builder) {
	if len(c.Recoveries) == 0 {
		return
	}
	fmt.Fprintf(b, "\nfaults under traffic, p50/p95/max, old → new\n")
	for _, r := range c.Recoveries {
		fmt.Fprintf(b, "  %s %s: %s → %s\n", r.Name, r.What(), r.Old, r.New)
	}
}

// What says in one word what was measured.
func (r Recovery) What() string {
	if r.Phase == record.Remedy {
		return "recovers"
	}
	return "shows"
}
