package replay

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Comparison is a recorded result beside the one that repeats it.
type Comparison struct {
	Scenario string        `json:"scenario"`
	Mode     topology.Mode `json:"mode"`
	// Recorded and Repeated are the labs.
	Recorded lab.Name `json:"recorded"`
	Repeated lab.Name `json:"repeated"`
	// Seconds is how long it took to repeat it.
	Seconds float64 `json:"seconds"`
	Equal   bool    `json:"equal"`
	Phases  []Phase `json:"phases"`
	// Ends is how the two ended, where that is not the same.
	Ends *Difference `json:"ends,omitempty"`
}

// Phase is one phase of both.
type Phase struct {
	Phase  record.Phase `json:"phase"`
	Change string       `json:"change,omitempty"`
	Equal  bool         `json:"equal"`
	// Answers is how many answers were compared.
	Answers     int          `json:"answers"`
	Differences []Difference `json:"differences,omitempty"`
}

// Difference is one thing that is not the same.
type Difference struct {
	What     string `json:"what"`
	Recorded string `json:"recorded"`
	Repeated string `json:"repeated"`
}

// nothing is said of what one of the two does not have.
const nothing = "nothing"

// Compare lays a result beside the one that was recorded.
func Compare(recorded, repeated record.Result) Comparison {
	c := Comparison{
		Scenario: recorded.Scenario, Mode: recorded.Mode, Recorded: recorded.Lab, Repeated: repeated.Lab,
		Seconds: repeated.Seconds, Equal: true, Phases: []Phase{},
	}
	was, is := told(recorded), told(repeated)
	for i := range max(len(was), len(is)) {
		p := phase(at(was, i), at(is, i))
		c.Equal = c.Equal && p.Equal
		c.Phases = append(c.Phases, p)
	}
	if a, b := end(recorded), end(repeated); a != b {
		c.Ends, c.Equal = &Difference{What: "how it ended", Recorded: a, Repeated: b}, false
	}
	return c
}

// told lists the phases that tell something of the scenario: closing is the lab's own
// affair, and left out by one that stays open.
func told(r record.Result) []record.PhaseRecord {
	var all []record.PhaseRecord
	for _, p := range r.Phases {
		if p.Phase != record.Close {
			all = append(all, p)
		}
	}
	return all
}

func at(all []record.PhaseRecord, i int) *record.PhaseRecord {
	if i < len(all) {
		return &all[i]
	}
	return nil
}

func end(r record.Result) string {
	switch {
	case r.Outcome == record.Success:
		return string(r.Outcome)
	case r.Failed != "":
		return fmt.Sprintf("%s in phase %s (%s): %s", r.Outcome, r.Failed, r.Class, r.Reason)
	default:
		return fmt.Sprintf("%s: %s", r.Outcome, r.Reason)
	}
}

func phase(was, is *record.PhaseRecord) Phase {
	if was == nil || is == nil {
		p := Phase{Differences: []Difference{{What: "the phase", Recorded: nothing, Repeated: nothing}}}
		if was != nil {
			p.Phase, p.Change, p.Differences[0].Recorded = was.Phase, was.Change, "there is one"
		} else {
			p.Phase, p.Change, p.Differences[0].Repeated = is.Phase, is.Change, "there is one"
		}
		return p
	}
	p := Phase{Phase: was.Phase, Change: was.Change}
	differ := func(what, a, b string) {
		if a != b {
			p.Differences = append(p.Differences, Difference{what, orNothing(a), orNothing(b)})
		}
	}
	differ("the phase", string(was.Phase), string(is.Phase))
	differ("its change", was.Change, is.Change)
	differ("what the plan was refused for", was.Refusal, is.Refusal)
	for i := range max(len(was.Checks), len(is.Checks)) {
		p.Answers++
		if d := answer(check(was.Checks, i), check(is.Checks, i)); d != nil {
			p.Differences = append(p.Differences, *d)
		}
	}
	p.Equal = len(p.Differences) == 0
	return p
}

func check(all []record.Check, i int) *record.Check {
	if i < len(all) {
		return &all[i]
	}
	return nil
}

// answer compares what a flow was answered; nil if it is the same.
func answer(was, is *record.Check) *Difference {
	if was == nil || is == nil {
		d := Difference{Recorded: nothing, Repeated: nothing}
		if was != nil {
			d.What, d.Recorded = asked(*was), was.Observation.Verdict.String()
		} else {
			d.What, d.Repeated = asked(*is), is.Observation.Verdict.String()
		}
		return &d
	}
	a, b := was.Observation.Verdict, is.Observation.Verdict
	if asked(*was) != asked(*is) {
		return &Difference{What: "the flow", Recorded: asked(*was), Repeated: asked(*is)}
	}
	if same(a, b) {
		return nil
	}
	return &Difference{What: asked(*was), Recorded: a.String(), Repeated: b.String()}
}

func asked(c record.Check) string { return c.Role + " " + c.Observation.Flow.String() }

// same compares all of a verdict, and the source address where both know it. Two that
// know nothing are not the same.
func same(a, b verdict.Verdict) bool {
	return a.SatisfiedBy(b) && (!a.SeenAddress.IsValid() || !b.SeenAddress.IsValid() || a.SeenAddress == b.SeenAddress)
}

func orNothing(text string) string {
	if text == "" {
		return nothing
	}
	return text
}
