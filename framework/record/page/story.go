package page

import (
	"cmp"
	"slices"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// storyView is one of the states that the main flow is shown in, side by side: as it
// was, broken, cured, broken again.
type storyView struct {
	Title  string
	Phase  record.Phase
	Change string
	// Refusal is what the platform said instead of doing it.
	Refusal string
	Check   *record.Check
	Flow    string
	Path    pathView
}

// decoyView is a plausible change that must not cure.
type decoyView struct {
	Change  string
	Refusal string
	Got     string
	OK      bool
}

// controlView is a flow that keeps its answer, and in how many phases it did.
type controlView struct {
	Flow       topology.Flow
	Why        string
	Verdict    verdict.Verdict
	Kept, Seen int
}

// foundView is what a blind diagnosis said.
type foundView struct {
	Lab    lab.Name
	Flow   topology.Flow
	Named  diagnose.Layer
	Remedy string
	Right  bool
	Wrong  string
}

// story tells a result in the phases that ask the main flow.
func (d *document) story(r record.Result) []storyView {
	titles := map[record.Phase]string{
		record.Baseline: "before", record.Symptom: "broken", record.Stage: "partly cured", record.Remedy: "cured", record.Undo: "broken again",
	}
	var all []storyView
	change, refusal := "", ""
	for _, p := range r.Phases {
		if p.Phase == record.Break {
			change, refusal = p.Change, p.Refusal
		}
		title, told := titles[p.Phase]
		if !told {
			continue
		}
		s := storyView{Title: title, Phase: p.Phase, Change: p.Change, Refusal: p.Refusal}
		if p.Phase == record.Symptom {
			s.Change, s.Refusal = cmp.Or(s.Change, change), cmp.Or(s.Refusal, refusal)
		}
		if p.Phase == record.Remedy && p.Error != "" {
			s.Title = "not cured"
		}
		if s.Refusal != "" {
			s.Title = "refused" // and what stood before goes on to answer
		}
		if i := slices.IndexFunc(p.Checks, func(c record.Check) bool { return c.Role == "flow" }); i >= 0 {
			c := p.Checks[i]
			s.Check, s.Flow, s.Path = &c, flowText(c.Observation), pathOf(c.Observation.Path, c.Observation.Verdict)
		}
		if p.Phase == record.Undo && (s.Check == nil || s.Check.OK) {
			continue // as told before
		}
		all = append(all, s)
	}
	return all
}

func decoysOf(r record.Result) []decoyView {
	var all []decoyView
	for _, p := range r.Phases {
		if p.Phase != record.Decoy {
			continue
		}
		d := decoyView{Change: p.Change, Refusal: p.Refusal, OK: p.Error == ""}
		if i := slices.IndexFunc(p.Checks, func(c record.Check) bool { return c.Role == "flow" }); i >= 0 {
			d.Got = p.Checks[i].Observation.Verdict.String()
		}
		all = append(all, d)
	}
	return all
}

func controlsOf(r record.Result, known scenario.Scenario) []controlView {
	var all []controlView
	for _, p := range r.Phases {
		for _, c := range p.Checks {
			if c.Role != "control" {
				continue
			}
			f := c.Observation.Flow
			i := slices.IndexFunc(all, func(v controlView) bool { return v.Flow == f })
			if i < 0 {
				i = len(all)
				all = append(all, controlView{Flow: f, Verdict: c.Want, Why: whyOf(known, f)})
			}
			all[i].Seen++
			if c.OK {
				all[i].Kept++
			}
		}
	}
	return all
}

func whyOf(known scenario.Scenario, f topology.Flow) string {
	for _, c := range known.Controls {
		if c.Flow == f {
			return c.Why
		}
	}
	return ""
}

func foundOf(results []record.Result) []foundView {
	var all []foundView
	for _, r := range results {
		for _, p := range r.Phases {
			for _, s := range p.Diagnosed {
				all = append(all, foundView{Lab: r.Lab, Flow: s.Flow, Named: s.Named, Remedy: s.Remedy, Right: s.Right(), Wrong: s.WrongTurn})
			}
		}
	}
	return all
}
