package page

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// phaseView is one phase on all labs.
type phaseView struct {
	Phase   record.Phase
	Change  string
	Refusal string
	Labs    []phaseLab
	Asked   []askedView
	Tallies []tallyView
	Errors  []errorView
}

// phaseLab is when a phase began on a lab, how long it took, and how long its effect.
type phaseLab struct {
	Lab                 lab.Name
	At, Seconds, Effect float64
}

type tallyView struct {
	Lab  lab.Name
	Text string
}

type errorView struct {
	Lab  lab.Name
	Text string
}

// askedView is a flow that a phase asked, with what each lab answered.
type askedView struct {
	Role string
	Flow string
	Want verdict.Verdict
	// Got is the answer where all labs gave one; else each lab's line has its own.
	Got     string
	OK      bool
	Path    string
	Answers []answerView
}

// answerView is what one lab answered to a flow.
type answerView struct {
	Lab            lab.Name
	Got            string
	OK             bool
	Predicted      string
	PredictedPath  string
	Path           string
	Sent, Received int
	Milliseconds   float64
	Rules          []verdict.RuleCount
	Errno, Server  string
	Evidence       string
	Transcript     string
}

// phaseKey tells the phases of one result apart; a phase of another lab with the same
// key is the same one.
type phaseKey struct {
	phase  record.Phase
	change string
	nth    int
}

type askedKey struct {
	role string
	flow topology.Flow
	nth  int
}

// merger lays the phases of several labs over each other.
type merger struct {
	document *document
	views    []*phaseView
	at       map[phaseKey]int
	asked    map[phaseKey]map[askedKey]int
}

// phases lays the phases of a scenario's labs over each other, so that what each lab
// answered to a flow stands side by side.
func (d *document) phases(results []record.Result) []phaseView {
	m := merger{document: d, at: map[phaseKey]int{}, asked: map[phaseKey]map[askedKey]int{}}
	for _, r := range results {
		seen := map[phaseKey]int{}
		began, after := 0.0, -1
		for _, p := range r.Phases {
			k := phaseKey{phase: p.Phase, change: p.Change}
			k.nth = seen[k]
			seen[phaseKey{phase: p.Phase, change: p.Change}]++
			after = m.phase(k, p, r.Lab, began, after)
			began += p.Seconds
		}
	}
	views := make([]phaseView, len(m.views))
	for i, v := range m.views {
		views[i] = v.settled()
	}
	return views
}

// phase adds one lab's phase; one that no lab had before comes behind the given place.
// It returns the phase's own place.
func (m *merger) phase(k phaseKey, p record.PhaseRecord, l lab.Name, began float64, after int) int {
	i, known := m.at[k]
	if !known {
		i = after + 1
		m.views = append(m.views[:i], append([]*phaseView{{Phase: p.Phase, Change: p.Change, Refusal: p.Refusal}}, m.views[i:]...)...)
		for other, at := range m.at {
			if at >= i {
				m.at[other] = at + 1
			}
		}
		m.at[k], m.asked[k] = i, map[askedKey]int{}
	}
	v := m.views[i]
	v.Labs = append(v.Labs, phaseLab{Lab: l, At: began, Seconds: p.Seconds, Effect: p.EffectSeconds})
	if p.Tally != nil {
		v.Tallies = append(v.Tallies, tallyView{Lab: l, Text: p.Tally.String()})
	}
	if p.Error != "" {
		v.Errors = append(v.Errors, errorView{Lab: l, Text: p.Error})
	}
	seen := map[askedKey]int{}
	for _, c := range p.Checks {
		a := askedKey{role: c.Role, flow: c.Observation.Flow}
		a.nth = seen[a]
		seen[askedKey{role: c.Role, flow: c.Observation.Flow}]++
		j, known := m.asked[k][a]
		if !known {
			j = len(v.Asked)
			m.asked[k][a] = j
			v.Asked = append(v.Asked, askedView{Role: c.Role, Flow: flowText(c.Observation), Want: c.Want, OK: true})
		}
		v.Asked[j].Answers = append(v.Asked[j].Answers, m.document.answer(c, l))
	}
	return i
}

func (d *document) answer(c record.Check, l lab.Name) answerView {
	o := c.Observation
	a := answerView{
		Lab: l, Got: o.Verdict.String(), OK: c.OK, Path: d.path(o), Sent: o.Evidence.Sent, Received: o.Evidence.Received,
		Milliseconds: o.Milliseconds, Rules: o.Evidence.Rules, Errno: o.Evidence.Errno, Server: o.Evidence.Server,
		Evidence: d.evidence(o.Evidence), Transcript: d.transcript(o),
	}
	if c.Predicted.Kind != "" && !c.Predicted.Agrees(o.Verdict) {
		a.Predicted = c.Predicted.String()
		a.PredictedPath = d.pathOf(c.PredictedPath, c.Predicted)
	}
	return a
}

// settled says once what all labs of the phase answered alike. What paper computed
// within some microseconds is left out then: it has no counters and no transcript.
func (v *phaseView) settled() phaseView {
	if len(v.Labs) > 1 {
		v.Labs = slices.DeleteFunc(v.Labs, func(l phaseLab) bool { return l.Lab == lab.Paper })
	}
	for i := range v.Asked {
		a := &v.Asked[i]
		got, path, alike := a.Answers[0].Got, a.Answers[0].Path, true
		for _, one := range a.Answers {
			a.OK = a.OK && one.OK
			alike = alike && one.Got == a.Answers[0].Got && one.Path == a.Answers[0].Path
			if one.Got != got {
				got = ""
			}
			if one.Path != path {
				path = ""
			}
		}
		a.Got, a.Path = got, path
		for j := range a.Answers {
			if got != "" {
				a.Answers[j].Got = ""
			}
			if path != "" {
				a.Answers[j].Path = ""
			}
		}
		if alike && len(a.Answers) > 1 {
			a.Answers = slices.DeleteFunc(a.Answers, func(one answerView) bool { return one.Lab == lab.Paper })
		}
	}
	return *v
}

// timeline is the phases of one result, one after the other.
type timeline struct {
	Parts []timelinePart
	Total float64
}

// timelinePart is where a phase is drawn, in percent, and what is said of it.
type timelinePart struct {
	Phase       record.Phase
	From, Width string
	Says        string
	// Label is written into a part that is wide enough for it.
	Label string
}

// labelled is the share of a timeline from which a part has its name in it.
const labelled = 0.14

func timelineOf(r record.Result) timeline {
	var t timeline
	for _, p := range r.Phases {
		t.Total += p.Seconds
	}
	began := 0.0
	for _, p := range r.Phases {
		if t.Total > 0 && p.Seconds > 0 {
			part := timelinePart{
				Phase: p.Phase, From: fmt.Sprintf("%.2f%%", 100*began/t.Total), Width: fmt.Sprintf("%.2f%%", 100*p.Seconds/t.Total),
				Says: fmt.Sprintf("%s: %s, from %s", p.Phase, span(p.Seconds), span(began)),
			}
			if p.EffectSeconds > 0 {
				part.Says += ", effect after " + span(p.EffectSeconds)
			}
			if p.Seconds/t.Total >= labelled {
				part.Label = string(p.Phase)
			}
			t.Parts = append(t.Parts, part)
		}
		began += p.Seconds
	}
	return t
}
