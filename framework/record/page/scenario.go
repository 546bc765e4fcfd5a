package page

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// scenarioView is a scenario in all modes on all labs.
type scenarioView struct {
	ID, Title, Claim, Disputed string
	Family                     scenario.Family
	Origin                     scenario.Origin
	Tier                       scenario.Tier
	Outcome                    record.Outcome
	// OnlyIn and OnlyBecause say why it has one mode only.
	OnlyIn      topology.Mode
	OnlyBecause string
	Disruptive  bool
	// ClaimKnown is set when the page shows how the claim stands.
	ClaimKnown bool
	// Search is what the text search looks into.
	Search string
	// Cells are one for each of the document's columns.
	Cells []cell
	Modes []modeView
}

// cell is one place of the matrix; its Outcome is empty where there is no result.
type cell struct {
	Lab     lab.Name
	Mode    topology.Mode
	Anchor  string
	Outcome record.Outcome
	Seconds float64
	Hint    string
}

// modeView is a scenario in one mode.
type modeView struct {
	ID       string
	Mode     topology.Mode
	Anchor   string
	Drawing  drawingView
	Labs     []labView
	Expected []expectedView
	Story    []storyView
	Decoys   []decoyView
	Controls []controlView
	Found    []foundView
	Phases   []phaseView
	// Best is the lab that the story is told of: the one nearest to a real cluster.
	Best lab.Name
}

// labView is a scenario in one mode on one lab.
type labView struct {
	record.Result
	Anchor   string
	Rerun    string
	Timeline timeline
	Block    string
}

// expectedView is a flow with what the scenario says of it.
type expectedView struct {
	Flow                    topology.Flow
	Healthy, Symptom, Cured verdict.Verdict
}

func (d *document) scenario(results []record.Result, known scenario.Scenario, found bool) scenarioView {
	first := results[0]
	v := scenarioView{
		ID: first.Scenario, Title: first.Title, Claim: first.Claim, Disputed: first.Disputed,
		Family: first.Family, Origin: first.Origin, Tier: first.Tier, Outcome: worst(results),
	}
	if found {
		v.OnlyIn, v.OnlyBecause, v.Disruptive = known.OnlyIn, known.OnlyBecause, known.Disruptive
	}
	v.ClaimKnown = slices.ContainsFunc(d.Claims, func(c record.ClaimStatus) bool { return c.ID == v.Claim })
	v.Search = strings.ToLower(strings.Join([]string{v.ID, v.Title, v.Claim, string(v.Family), string(v.Origin), string(v.Tier)}, " "))
	for _, c := range d.Columns {
		one := cell{Lab: c.Lab, Mode: c.Mode}
		if i := slices.IndexFunc(results, func(r record.Result) bool { return r.Lab == c.Lab && r.Mode == c.Mode }); i >= 0 {
			r := results[i]
			one.Anchor, one.Outcome, one.Seconds = anchor(r.Scenario, r.Mode, r.Lab), r.Outcome, r.Seconds
			one.Hint = word(r.Outcome)
			if r.Outcome != record.Success {
				one.Hint += ": " + firstLine(r.Reason)
			}
		}
		v.Cells = append(v.Cells, one)
	}
	for _, m := range topology.Modes() {
		of := slices.DeleteFunc(slices.Clone(results), func(r record.Result) bool { return r.Mode != m })
		if len(of) > 0 {
			v.Modes = append(v.Modes, d.mode(of, known, found))
		}
	}
	return v
}

// worst is the outcome that a scenario is shown with: a failure before all, and what
// did not run only where nothing ran.
func worst(results []record.Result) record.Outcome {
	worst := record.NotRun
	for _, r := range results {
		switch r.Outcome {
		case record.Success:
			worst = record.Success
		case record.NotRun:
		default:
			return record.Failure
		}
	}
	return worst
}

func (d *document) mode(results []record.Result, known scenario.Scenario, found bool) modeView {
	first := results[0]
	v := modeView{ID: first.Scenario, Mode: first.Mode, Anchor: anchor(first.Scenario, first.Mode, "")}
	for _, r := range results {
		one := labView{Result: r, Anchor: anchor(r.Scenario, r.Mode, r.Lab), Rerun: rerun(r)}
		if r.Lab != lab.Paper || len(results) == 1 {
			one.Timeline = timelineOf(r) // how long paper computes says nothing beside a wire lab
		}
		if r.Outcome == record.Failure {
			one.Block = record.FailureBlock(r, record.ReportFile)
		}
		v.Labs = append(v.Labs, one)
	}
	best := bestOf(results)
	v.Best = best.Lab
	if found {
		for _, e := range known.Expectations(first.Mode) {
			v.Expected = append(v.Expected, expectedView(e))
		}
	}
	v.Story, v.Decoys = d.story(best), decoysOf(best)
	v.Controls, v.Found = controlsOf(best, known), foundOf(results)
	v.Phases = d.phases(results)
	v.Drawing = d.drawing(best, results, known, found)
	return v
}

// bestOf is the result that says most: judged, and on the lab that is nearest to a real
// cluster. A failed one is told before all.
func bestOf(results []record.Result) record.Result {
	best := results[0]
	for _, r := range results {
		if rank(r) >= rank(best) {
			best = r
		}
	}
	return best
}

func rank(r record.Result) int {
	const failed = 10
	at := slices.Index(lab.Names(), r.Lab) + 1
	switch {
	case len(r.Phases) == 0:
		return 0
	case r.Outcome == record.Failure:
		return failed + at
	default:
		return at
	}
}

// rerun is the command that runs a result again, and only that.
func rerun(r record.Result) string {
	if r.Origin == scenario.UserOwn {
		return fmt.Sprintf("bin/vpcgate run FILE --lab %s   # FILE: the scenario %s", r.Lab, r.Scenario)
	}
	if r.Family == scenario.Chaos {
		return fmt.Sprintf("make chaos-suite FOCUS='^%s ' MODE=%s LAB=%s", r.Scenario, r.Mode, r.Lab)
	}
	return fmt.Sprintf("make conformance FOCUS=%s MODE=%s LAB=%s", r.Scenario, r.Mode, r.Lab)
}
