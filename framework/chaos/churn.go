package chaos

import (
	"slices"

	"pgregory.net/rapid"
)

// How often one thing is edited in quick succession.
const (
	fewestEdits = 2
	mostEdits   = 5
	// churnsOneIn is in how many faults there is one churn.
	churnsOneIn = 8
)

// churned are the kinds of faults that people make and take back within a breath.
func churned() []Kind { return []Kind{RuleRevoked, RuleDenies, WhitelistOverwritten} }

// churn has one rule or list edited again and again, each time for no longer than Quick, and left as it was. It reports whether
// there is something to edit that shows. Each of its steps is one as any other; none but the last is in force for long enough
// to be shown by everybody whom it concerns.
func (p *plot) churn() bool {
	kinds := slices.DeleteFunc(p.kinds(), func(k Kind) bool { return !slices.Contains(churned(), k) })
	if p.Quick <= 0 || len(kinds) == 0 {
		return false
	}
	for range len(p.all) {
		f := rapid.SampledFrom(p.of(rapid.SampledFrom(kinds).Draw(p.t, "churned"))).Draw(p.t, "edited")
		if slices.ContainsFunc(p.active, func(a Fault) bool { return a.Name() == f.Name() }) || !p.become(append(slices.Clone(p.active), f)) {
			continue
		}
		for range rapid.IntRange(fewestEdits, mostEdits).Draw(p.t, "edits") {
			p.schedule.Steps = append(p.schedule.Steps,
				Step{Inject: []string{f.Name()}, Hold: p.Quick}, Step{Heal: []string{f.Name()}, Hold: p.Quick})
		}
		p.schedule.Steps[len(p.schedule.Steps)-1].Hold = p.hold()
		return p.become(p.active)
	}
	return false
}

// succession is steps of which none was in force for long enough to be shown by itself: of some in a row, one is enough.
type succession struct{ steps, shown int }

// takes enters the effect of a step if it was in force only briefly, and reports whether it was.
func (s *succession) takes(e Effect, brief bool) bool {
	if brief {
		s.steps, s.shown = s.steps+1, s.shown+e.Shown
	}
	return brief
}

func (s *succession) unproven() bool { return s.steps > 0 && s.shown == 0 }

// brief reports whether a moment's world was in force for less time than it takes to ask every flow.
func (j *judge) brief(moment int) bool {
	s := j.timeline.steady(moment, 0)
	return s.To-s.From < j.terms.Enough
}
