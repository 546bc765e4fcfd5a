package compare

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Rule says in one sentence what counts as slower. Its numbers come from 216
// comparisons of runs in which nothing was slower by intention, netns and kind, on two
// cores that were between idle and fifteen times overloaded. What was more than twice as
// late was so by up to 2.53 s in 105,412 single effects (a question waits up to 2.5 s for
// its answer), by up to 0.77 s in the fastest effect of 41,334 phases of scenarios, by
// 0.31 s in the medians of 8,686 scenarios, and by 0.024 s in the medians of 2,898
// phases of families. Labs as a whole drifted by up to 2.3 times.
const Rule = "slower is what takes effect more than 2 times as late as in every old run, after the lab's own drift " +
	"(the median over the baselines, in which nothing was changed yet; believed up to 4 times), and later by more than 3 s " +
	"for one effect, 1 s for each effect of a scenario in one phase, 0.6 s for the median of a scenario's, " +
	"0.05 s for the median of a family's in one phase; what paper takes is the machine's time and is not compared"

const (
	// slowFactor is how many times as late is slower.
	slowFactor = 2
	// mostDrift is how much of a lab's drift is believed to be the environment's;
	// above it, everything has become slower.
	mostDrift = 4
	// leastBaselines is of how many baselines a lab's drift can be told: a run of one
	// scenario says nothing about the machine.
	leastBaselines = 10
	// worthTelling is from which drift on it is shown, up or down.
	worthTelling = 1.25
)

// grain is how many effects are looked at together. Noise strikes single effects,
// so that the more there are, the less a median moves by chance.
type grain string

const (
	ofFamily   grain = "family and phase"
	ofScenario grain = "scenario"
	ofPhase    grain = "scenario and phase"
	ofEffect   grain = "effect"
)

// measure is how a grain is judged: by a figure over at least so many effects, which
// has to be over the floor, in seconds.
type measure struct {
	grain  grain
	least  int
	figure func([]float64) float64
	floor  float64
}

// measures lists the grains, the widest first.
func measures() []measure {
	return []measure{
		{ofFamily, 5, median, 0.05},
		{ofScenario, 5, median, 0.6},
		{ofPhase, 2, fastest, 1},
		{ofEffect, 1, fastest, 3},
	}
}

// Timing is how the times to effect of a lab compare.
type Timing struct {
	Lab lab.Name `json:"lab"`
	// Effects is how many were measured in both runs, Baselines how many of them with
	// nothing changed yet.
	Effects   int `json:"effects"`
	Baselines int `json:"baselines"`
	// Drift is how many times as late the baselines are in the median, and Believed how
	// much of that is taken for the environment's.
	Drift    float64 `json:"drift,omitempty"`
	Believed float64 `json:"believed"`
	// OldMedian and NewMedian are of all effects, in seconds.
	OldMedian float64 `json:"oldMedian"`
	NewMedian float64 `json:"newMedian"`
}

// effectKey is what an effect is known by in every run.
type effectKey struct {
	result key
	family scenario.Family
	step   step
}

// effects lists the times to effect of the wire labs' successes.
func effects(r record.Report) map[effectKey]float64 {
	all := map[effectKey]float64{}
	for _, result := range r.Results {
		if result.Outcome != record.Success || result.Lab == lab.Paper {
			continue
		}
		names := steps(result)
		for i, p := range result.Phases {
			if p.EffectSeconds > 0 {
				all[effectKey{keyOf(result), result.Family, names[i]}] = p.EffectSeconds
			}
		}
	}
	return all
}

// group is a set of effects of one lab that are looked at together.
type group struct {
	grain    grain
	lab      lab.Name
	family   scenario.Family
	scenario string
	mode     topology.Mode
	step     step
}

func groupOf(g grain, k effectKey) group {
	all := group{grain: g, lab: k.result.lab, family: k.family}
	switch g {
	case ofFamily:
		all.step.phase = k.step.phase
	case ofScenario:
		all.scenario = k.result.scenario
	case ofPhase:
		all.scenario, all.step.phase = k.result.scenario, k.step.phase
	case ofEffect:
		all.scenario, all.mode, all.step = k.result.scenario, k.result.mode, k.step
	}
	return all
}

// delay is what a group's effects show against one old run.
type delay struct {
	ratio, seconds, old, later float64
	effects                    int
}

// slower compares the times of a run with those of all old ones, of which the first
// is the one that is compared with.
func slower(later record.Report, olds []record.Report) ([]Finding, []Timing) {
	now := effects(later)
	delays := map[group][]delay{}
	var timing []Timing
	for i, old := range olds {
		then := effects(old)
		drift := driftsOf(now, then)
		for _, m := range measures() {
			for name, d := range delaysOf(m, now, then, drift) {
				delays[name] = append(delays[name], d)
			}
		}
		if i == 0 {
			for _, l := range lab.Names() {
				if t, ok := drift[l]; ok {
					timing = append(timing, t)
				}
			}
		}
	}
	return report(delays, len(olds)), timing
}

// driftsOf says of each lab how much later it is with nothing changed yet.
func driftsOf(now, then map[effectKey]float64) map[lab.Name]Timing {
	ratios, olds, news := map[lab.Name][]float64{}, map[lab.Name][]float64{}, map[lab.Name][]float64{}
	for k, is := range now {
		was, ok := then[k]
		if !ok {
			continue
		}
		l := k.result.lab
		olds[l], news[l] = append(olds[l], was), append(news[l], is)
		if k.step.phase == record.Baseline {
			ratios[l] = append(ratios[l], is/was)
		}
	}
	all := map[lab.Name]Timing{}
	for l := range olds {
		t := Timing{Lab: l, Effects: len(olds[l]), Baselines: len(ratios[l]), Believed: 1, OldMedian: median(olds[l]), NewMedian: median(news[l])}
		if t.Baselines >= leastBaselines {
			t.Drift = median(ratios[l])
			// Where everything became faster, what did not is no slower.
			t.Believed = min(max(t.Drift, 1), mostDrift)
		}
		all[l] = t
	}
	return all
}

// delaysOf compares each group of a grain in two runs.
func delaysOf(m measure, now, then map[effectKey]float64, drift map[lab.Name]Timing) map[group]delay {
	type lists struct{ ratio, seconds, old, later []float64 }
	groups := map[group]*lists{}
	for k, is := range now {
		was, ok := then[k]
		if !ok {
			continue
		}
		name := groupOf(m.grain, k)
		if groups[name] == nil {
			groups[name] = &lists{}
		}
		l, expected := groups[name], was*drift[k.result.lab].Believed
		l.ratio, l.seconds = append(l.ratio, is/expected), append(l.seconds, is-expected)
		l.old, l.later = append(l.old, was), append(l.later, is)
	}
	all := map[group]delay{}
	for name, l := range groups {
		if len(l.ratio) >= m.least {
			all[name] = delay{m.figure(l.ratio), m.figure(l.seconds), m.figure(l.old), m.figure(l.later), len(l.ratio)}
		}
	}
	return all
}

// report makes findings of the groups that are slower than in each of the old runs.
// What a wider finding has said already is not said again.
func report(delays map[group][]delay, runs int) []Finding {
	var all []Finding
	var said []group
	names := slices.SortedFunc(maps.Keys(delays), compareGroups)
	for _, m := range measures() {
		for _, name := range names {
			covered := func(wide group) bool { return covers(wide, name) }
			if name.grain == m.grain && !slices.ContainsFunc(said, covered) && m.over(delays[name]) {
				all, said = append(all, late(name, delays[name], runs)), append(said, name)
			}
		}
	}
	return all
}

// over reports whether a group is slower than in each of the old runs.
func (m measure) over(all []delay) bool {
	return !slices.ContainsFunc(all, func(d delay) bool { return d.ratio <= slowFactor || d.seconds <= m.floor })
}

// late is the finding of a group that is slower.
func late(name group, d []delay, runs int) Finding {
	f := Finding{
		Kind: Slower, Name: name.String(), Scenario: name.scenario, Mode: name.mode, Lab: name.lab, Family: name.family, Phase: name.step.phase,
		Change: name.step.change, Old: "after " + span(d[0].old), New: "after " + span(d[0].later), Regression: true,
	}
	if d[0].effects > 1 {
		f.Old += fmt.Sprintf(" (%s of %d)", name.grain.figure(), d[0].effects)
	}
	if runs > 1 {
		f.Old += fmt.Sprintf(", slower than in each of %d runs", len(d))
	}
	return f
}

// figure names what is shown of a grain's effects.
func (g grain) figure() string {
	if g == ofPhase {
		return "the fastest"
	}
	return "median"
}

// covers reports whether a wide group was found slower that has all of a narrow one.
func covers(wide, narrow group) bool {
	if wide.lab != narrow.lab || wide.grain == narrow.grain {
		return false
	}
	switch wide.grain {
	case ofFamily:
		return narrow.step.phase == wide.step.phase && narrow.family == wide.family
	case ofScenario:
		return narrow.scenario == wide.scenario
	case ofPhase:
		return narrow.scenario == wide.scenario && narrow.step.phase == wide.step.phase
	default:
		return false
	}
}

func compareGroups(a, b group) int { return strings.Compare(a.sortKey(), b.sortKey()) }

func (g group) sortKey() string {
	return fmt.Sprintf("%d %s %s %s %02d %s %d", slices.Index(lab.Names(), g.lab), g.family, g.scenario, g.mode,
		slices.Index(phases(), g.step.phase), g.step.change, g.step.nth)
}

// String names a group as findings do.
func (g group) String() string {
	switch g.grain {
	case ofFamily:
		return fmt.Sprintf("%s, all scenarios [%s]", g.family, g.lab)
	case ofScenario:
		return fmt.Sprintf("%s, all phases [%s]", g.scenario, g.lab)
	case ofPhase:
		return fmt.Sprintf("%s, every effect [%s]", g.scenario, g.lab)
	default:
		return fmt.Sprintf("%s [%s] [%s]", g.scenario, g.mode, g.lab)
	}
}

// median is of a list that is not empty.
func median(of []float64) float64 {
	of = slices.Sorted(slices.Values(of))
	if n := len(of); n%2 == 0 {
		return (of[n/2-1] + of[n/2]) / 2
	}
	return of[len(of)/2]
}

// span is a time to effect for people.
func span(seconds float64) string {
	if seconds < 1 {
		return fmt.Sprintf("%.0f ms", seconds*1000)
	}
	return fmt.Sprintf("%.1f s", seconds)
}

// fastest is of a list that is not empty.
func fastest(of []float64) float64 { return slices.Min(of) }
