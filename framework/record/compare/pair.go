package compare

import (
	"regexp"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// key is what a result is known by in every run.
type key struct {
	scenario string
	// title tells the results of a run itself apart; it is empty for scenarios,
	// whose titles may be reworded.
	title string
	mode  topology.Mode
	lab   lab.Name
}

func keyOf(r record.Result) key {
	k := key{scenario: r.Scenario, mode: r.Mode, lab: r.Lab}
	if r.Scenario == record.RunItself {
		k.title = r.Title
	}
	return k
}

// pair is one result in both runs; one of the two may be missing.
type pair struct{ old, later *record.Result }

// pairs lists the results of both runs, the new run's first and in its order.
func pairs(old, later record.Report) []pair {
	olds := map[key]*record.Result{}
	for i := range old.Results {
		olds[keyOf(old.Results[i])] = &old.Results[i]
	}
	var all []pair
	seen := map[key]bool{}
	for i := range later.Results {
		r := &later.Results[i]
		all = append(all, pair{old: olds[keyOf(*r)], later: r})
		seen[keyOf(*r)] = true
	}
	for i := range old.Results {
		if r := &old.Results[i]; !seen[keyOf(*r)] {
			all = append(all, pair{old: r})
		}
	}
	return all
}

// state is what a pair's side says: the empty one is a missing or unjudged result.
func state(r *record.Result) record.Outcome {
	if r == nil || r.Outcome == record.NotRun {
		return ""
	}
	return r.Outcome
}

// results finds what became of each result.
func (c *Comparison) results(all []pair, old, run record.Run) {
	for _, p := range all {
		was, is := state(p.old), state(p.later)
		if was != "" && is != "" && p.later.Scenario != record.RunItself {
			c.Compared++
		}
		before := len(c.Findings)
		switch {
		case was == "" && is == "":
			continue
		case was == record.Success && is == record.Success:
			c.Findings = append(c.Findings, passing(p)...)
		case was == record.Failure && is == record.Failure:
			c.failing(p)
		case is == record.Failure:
			c.Findings = append(c.Findings, broken(p))
		case is == record.Success && p.old == nil && !selected(*p.later, run, old):
			c.NotSelectedBefore++
		case is == record.Success:
			c.Findings = append(c.Findings, mended(p))
		default:
			c.gone(p, old, run)
		}
		if len(c.Findings) == before && was == is {
			c.Unchanged++
		}
	}
}

// noTrouble stands for a result of a run itself, which only a trouble has.
const noTrouble = "no such trouble"

// finding is a finding about a result.
func finding(k Kind, r record.Result) Finding {
	return Finding{
		Kind: k, Name: r.Name(), Title: r.Title, Scenario: r.Scenario, Mode: r.Mode, Lab: r.Lab, Tier: r.Tier, Family: r.Family,
	}
}

// broken fails, and did not or was not executed. What the old run does not show
// to have failed before is a regression: not knowing is never passing.
func broken(p pair) Finding {
	kind := NewlyFailing
	if state(p.old) == "" && p.later.Scenario != record.RunItself {
		kind = NewAndFailing
	}
	f := finding(kind, *p.later)
	f.Phase, f.Regression = p.later.Failed, true
	f.Old, f.New = shown(p.old), reason(*p.later)
	if p.old == nil && p.later.Scenario == record.RunItself {
		f.Old = noTrouble
	}
	if at, check, ok := failedCheck(*p.later); ok {
		f.Flow = check.Observation.Flow.String()
		f.New = seen(*p.later, check)
		if p.old != nil {
			if before, ok := sameCheck(*p.old, *p.later, at); ok {
				f.Old = "success: " + before.Observation.Verdict.String()
			}
		}
	}
	return f
}

// mended passes, and did not or was not executed.
func mended(p pair) Finding {
	kind := NewlyPassing
	if state(p.old) == "" {
		kind = New
	}
	f := finding(kind, *p.later)
	f.Old, f.New = shown(p.old), string(p.later.Outcome)
	if p.old != nil {
		f.Phase = p.old.Failed
		if _, check, ok := failedCheck(*p.old); ok {
			f.Flow, f.Old = check.Observation.Flow.String(), seen(*p.old, check)
		}
	}
	return f
}

// seen is what a failure has seen and of what kind it is, in one line.
func seen(r record.Result, check record.Check) string {
	text := check.Observation.Verdict.String()
	if r.Class == "" || r.Class == record.Unknown {
		return text // an inconclusive verdict says so itself
	}
	return string(r.Class) + ": " + text
}

// failing compares the causes of two failures. One that is met later than before
// got further and is none the worse; of any other nobody knows.
func (c *Comparison) failing(p pair) {
	was, is := causeOf(*p.old), causeOf(*p.later)
	if was == is {
		c.StillFailing = append(c.StillFailing, p.later.Name())
		return
	}
	f := finding(ChangedCause, *p.later)
	f.Phase, f.Old, f.New = is.phase, was.text(*p.old), is.text(*p.later)
	if _, check, ok := failedCheck(*p.later); ok {
		f.Flow = check.Observation.Flow.String()
	}
	f.Regression = slices.Index(phases(), is.phase) <= slices.Index(phases(), was.phase)
	c.Findings = append(c.Findings, f)
}

// gone was executed and is not any more. It is a regression where it was asked
// for and belongs to the core; a lab's results are asked for if the lab is.
func (c *Comparison) gone(p pair, old, run record.Run) {
	if p.old.Scenario == record.RunItself {
		// A trouble that is over.
		c.Findings = append(c.Findings, withOldAndNew(finding(NewlyPassing, *p.old), reason(*p.old), noTrouble))
		return
	}
	if p.later == nil && !selected(*p.old, old, run) {
		c.NotSelected++
		return
	}
	f := finding(NoLongerRun, *p.old)
	f.Old, f.New = shown(p.old), "no result, although it was selected"
	if p.later != nil {
		f.New = "not run: " + firstLine(p.later.Reason)
	}
	f.Regression = p.old.Tier != scenario.Extended
	c.Findings = append(c.Findings, f)
}

func withOldAndNew(f Finding, old, later string) Finding {
	f.Old, f.New = old, later
	return f
}

// selected reports whether a run that has no result of this, which the other run
// has, was asked for one. What another label filter takes away is not known here,
// and is not held against the run.
func selected(r record.Result, other, run record.Run) bool {
	if !slices.Contains(run.Labs, r.Lab) || !slices.Contains(run.Modes, r.Mode) || run.Filter != "" && run.Filter != other.Filter {
		return false
	}
	focus, err := regexp.Compile(run.Focus)
	return err != nil || focus.MatchString(r.Name()+" "+r.Title)
}

// shown is a result in one line.
func shown(r *record.Result) string {
	switch {
	case r == nil:
		return "no result"
	case r.Outcome == record.Success:
		return string(record.Success)
	case r.Outcome == record.NotRun:
		return "not run: " + firstLine(r.Reason)
	default:
		return reason(*r)
	}
}

// reason is why a result failed, in one line.
func reason(r record.Result) string {
	text := firstLine(r.Reason)
	if r.Class != "" {
		text = string(r.Class) + ": " + text
	}
	return text
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return line
}

// misdiagnosed are the labs on which diagnose was wrong more often than before.
func misdiagnosed(old, later record.Report) []Finding {
	var all []Finding
	for _, is := range later.Diagnosis {
		i := slices.IndexFunc(old.Diagnosis, func(d record.Diagnosis) bool { return d.Lab == is.Lab })
		if i < 0 || is.Wrong <= old.Diagnosis[i].Wrong {
			continue
		}
		was := old.Diagnosis[i]
		all = append(all, Finding{
			Kind: Misdiagnosed, Name: "diagnosis [" + string(is.Lab) + "]", Lab: is.Lab, Regression: true,
			Old: wrongOf(was), New: wrongOf(is),
		})
	}
	return all
}
