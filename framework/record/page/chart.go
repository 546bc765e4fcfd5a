package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// How many of the slowest are drawn, and how finely times to effect are sorted:
// boundaries of a distribution, each twice the one before.
const (
	slowestDrawn = 15
	firstBin     = 0.001
	binFactor    = 2
)

// chart is rows of bars, or columns of a distribution. They are drawn here: libraries
// that write SVG fix its colours and its width, and the page has two themes and every
// width.
type chart struct {
	ID, Title, Says string
	Rows            []barRow
	Distributions   []distribution
	Legend          []lab.Name
}

// barRow is one line of bars, which begin where the one before ends.
type barRow struct {
	Label, Value, Anchor string
	Bars                 []bar
}

// bar is drawn from and as wide as percents of the chart.
type bar struct {
	Lab         lab.Name
	From, Width string
	Says        string
}

// distribution is how often what time was needed on one lab.
type distribution struct {
	Lab                             lab.Name
	Count                           int
	Median, Ninety, Most            float64
	MostName, MostAnchor            string
	Bins                            []bin
	MedianAt, NinetyAt              string
	FirstLabel, LastLabel, MidLabel string
}

// bin is one column of a distribution, in percents from the left and the bottom.
type bin struct {
	From, Width, Top, Height string
	Count                    int
	Says                     string
}

func charts(r record.Report) []chart {
	var all []chart
	for _, c := range []chart{familyTimes(r), slowest(r), effects(r)} {
		if len(c.Rows)+len(c.Distributions) > 0 {
			all = append(all, c)
		}
	}
	return all
}

func inPercent(share float64) string { return fmt.Sprintf("%.2f%%", 100*share) }

// familyTimes adds up what the scenarios of a family took, lab by lab.
func familyTimes(r record.Report) chart {
	c := chart{ID: "time-per-family", Title: "Time per family", Says: "The scenarios' own time, added up; labs and modes run side by side, so that the run itself is shorter."}
	took := map[scenario.Family]map[lab.Name]float64{}
	counts := map[scenario.Family]int{}
	for _, one := range r.Results {
		if one.Scenario == record.RunItself || one.Outcome == record.NotRun {
			continue
		}
		if took[one.Family] == nil {
			took[one.Family] = map[lab.Name]float64{}
		}
		took[one.Family][one.Lab] += one.Seconds
		counts[one.Family]++
		add(&c.Legend, one.Lab)
	}
	longest := 0.0
	for _, of := range took {
		longest = max(longest, sum(of))
	}
	for _, f := range append(families(), "") {
		if took[f] == nil || longest == 0 {
			continue
		}
		row := barRow{Label: cmp.Or(string(f), "no family"), Value: fmt.Sprintf("%s, %d results", span(sum(took[f])), counts[f])}
		from := 0.0
		for _, l := range lab.Names() {
			if s := took[f][l]; s > 0 {
				row.Bars = append(row.Bars, bar{Lab: l, From: inPercent(from / longest), Width: inPercent(s / longest), Says: string(l) + ": " + span(s)})
				from += s
			}
		}
		c.Rows = append(c.Rows, row)
	}
	slices.SortFunc(c.Legend, func(a, b lab.Name) int {
		return cmp.Compare(slices.Index(lab.Names(), a), slices.Index(lab.Names(), b))
	})
	return c
}

func sum(of map[lab.Name]float64) float64 {
	total := 0.0
	for _, l := range lab.Names() { // in an order, so that the sum is the same each time
		total += of[l]
	}
	return total
}

// slowest draws the results that took longest.
func slowest(r record.Report) chart {
	c := chart{ID: "slowest", Title: "Slowest scenarios"}
	ran := slices.DeleteFunc(slices.Clone(r.Results), func(one record.Result) bool {
		return one.Scenario == record.RunItself || one.Outcome == record.NotRun || one.Seconds <= 0
	})
	slices.SortStableFunc(ran, func(a, b record.Result) int { return cmp.Compare(b.Seconds, a.Seconds) })
	for _, one := range ran[:min(len(ran), slowestDrawn)] {
		c.Rows = append(c.Rows, barRow{
			Label: one.Name(), Value: span(one.Seconds), Anchor: anchor(one.Scenario, one.Mode, one.Lab),
			Bars: []bar{{Lab: one.Lab, From: "0%", Width: inPercent(one.Seconds / ran[0].Seconds), Says: one.Title}},
		})
	}
	return c
}

// effect is how long one remedy took to show.
type effect struct {
	seconds      float64
	name, anchor string
}

// effects sorts the remedies of each wire lab by the time from the change to the first
// wanted verdict. What paper needs is the time of a computation and says nothing.
func effects(r record.Report) chart {
	c := chart{ID: "time-to-effect", Title: "Time to effect of the remedies", Says: "From the remedy's change until the wanted verdict was first seen. Each step to the right is twice the time."}
	of := map[lab.Name][]effect{}
	for _, one := range r.Results {
		for _, p := range one.Phases {
			if p.Phase == record.Remedy && p.EffectSeconds > 0 && one.Lab != lab.Paper {
				of[one.Lab] = append(of[one.Lab], effect{p.EffectSeconds, one.Name(), anchor(one.Scenario, one.Mode, one.Lab)})
			}
		}
	}
	lowest, highest := math.MaxInt, 0
	for _, all := range of {
		for _, e := range all {
			lowest, highest = min(lowest, binOf(e.seconds)), max(highest, binOf(e.seconds))
		}
	}
	for _, l := range lab.Names() {
		if len(of[l]) > 0 {
			c.Distributions = append(c.Distributions, distributionOf(l, of[l], lowest, highest))
		}
	}
	return c
}

func distributionOf(l lab.Name, all []effect, lowest, highest int) distribution {
	slices.SortStableFunc(all, func(a, b effect) int { return cmp.Compare(a.seconds, b.seconds) })
	times := make([]float64, len(all))
	counts := make([]int, highest-lowest+1)
	for i, e := range all {
		times[i] = e.seconds
		counts[binOf(e.seconds)-lowest]++
	}
	last := all[len(all)-1]
	d := distribution{
		Lab: l, Count: len(all), Median: quantile(times, 0.5), Ninety: quantile(times, 0.9),
		Most: last.seconds, MostName: last.name, MostAnchor: last.anchor,
	}
	bins := float64(len(counts))
	most := float64(slices.Max(counts))
	for i, n := range counts {
		height := float64(n) / most
		d.Bins = append(d.Bins, bin{
			From: inPercent(float64(i) / bins), Width: inPercent(0.94 / bins), Top: inPercent(1 - height), Height: inPercent(height), Count: n,
			Says: fmt.Sprintf("%s to %s: %d remedies", span(edge(lowest+i)), span(edge(lowest+i+1)), n),
		})
	}
	at := func(seconds float64) string {
		return inPercent((math.Log(max(seconds, firstBin)/firstBin)/math.Log(binFactor) - float64(lowest)) / bins)
	}
	d.MedianAt, d.NinetyAt = at(d.Median), at(d.Ninety)
	d.FirstLabel, d.MidLabel, d.LastLabel = span(edge(lowest)), span(edge(lowest+len(counts)/2)), span(edge(highest+1))
	return d
}

// binOf is the column that a time belongs to; edge is where one begins.
func binOf(seconds float64) int {
	return int(math.Floor(math.Log(max(seconds, firstBin)/firstBin) / math.Log(binFactor)))
}

func edge(bin int) float64 { return firstBin * math.Pow(binFactor, float64(bin)) }

// quantile is the value that the share of all do not exceed.
func quantile(all []float64, share float64) float64 {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[int(share*float64(len(sorted)-1)+0.5)]
}
