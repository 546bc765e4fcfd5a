package compare

import (
	"fmt"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// phases lists the phases in the order in which a scenario goes through them.
func phases() []record.Phase {
	return []record.Phase{
		record.Preflight, record.Adopt, record.Baseline, record.Break, record.Symptom, record.Cause, record.Decoy, record.Stage,
		record.Remedy, record.Outage, record.Undo, record.Close,
	}
}

// step is what a phase is known by in every run: a scenario has several decoys,
// which the change tells apart, also when one of them is new.
type step struct {
	phase  record.Phase
	change string
	nth    int
}

// place is what a check is known by in every run.
type place struct {
	step step
	role string
	flow topology.Flow
	nth  int
}

// steps names the phases of a result.
func steps(r record.Result) []step {
	count := map[step]int{}
	var all []step
	for _, p := range r.Phases {
		s := step{phase: p.Phase, change: p.Change}
		count[s]++
		s.nth = count[s]
		all = append(all, s)
	}
	return all
}

// checked is a check with its place.
type checked struct {
	at    place
	check record.Check
}

// checks lists the checks of a result with their places.
func checks(r record.Result) []checked {
	var all []checked
	names := steps(r)
	for i, p := range r.Phases {
		count := map[place]int{}
		for _, c := range p.Checks {
			at := place{step: names[i], role: c.Role, flow: c.Observation.Flow}
			count[at]++
			at.nth = count[at]
			all = append(all, checked{at: at, check: c})
		}
	}
	return all
}

// passing compares what two successes have seen: first by whom and where the flow
// was stopped, then whom the server saw.
func passing(p pair) []Finding {
	was := map[place]record.Check{}
	for _, c := range checks(*p.old) {
		was[c.at] = c.check
	}
	cause, source := finding(ChangedCause, *p.later), finding(ChangedSource, *p.later)
	// Who is no longer admitted by its address is worse off; who is stopped by
	// another rule was stopped before, as both scenarios wanted.
	source.Regression = true
	for _, c := range checks(*p.later) {
		before, ok := was[c.at]
		if !ok {
			continue
		}
		a, b := before.Observation.Verdict, c.check.Observation.Verdict
		switch {
		case a.Positive() && b.Positive():
			source.note(c, sourceOf(before.Observation, p.old.Lab), sourceOf(c.check.Observation, p.later.Lab))
		case a.Identity() != b.Identity():
			cause.note(c, a.String(), b.String())
		}
	}
	var all []Finding
	for _, f := range []Finding{source, cause} {
		if f.Old != "" {
			all = append(all, f)
		}
	}
	return all
}

// note takes down a difference; of several the first is shown and the others are
// counted.
func (f *Finding) note(at checked, old, later string) {
	switch {
	case old == later:
	case f.Old != "":
		f.More++
	default:
		f.Phase, f.Change, f.Flow = at.at.step.phase, at.at.step.change, at.check.Observation.Flow.String()
		f.Old, f.New = old, later
	}
}

// sourceOf is whom the server saw, with the address. A pod's own address is the
// cluster's choice in the kind lab: there it differs between runs of one commit,
// and only whose it is says something.
func sourceOf(o verdict.Observation, l lab.Name) string {
	v := o.Verdict
	switch {
	case !v.SeenAddress.IsValid():
		return "seen as " + v.SeenAs
	case l == lab.Kind && v.SeenAddress == o.From:
		return fmt.Sprintf("seen as %s (its own address)", v.SeenAs)
	default:
		return fmt.Sprintf("seen as %s (%s)", v.SeenAs, v.SeenAddress)
	}
}

// cause is why a result failed, without what differs from run to run.
type cause struct {
	phase record.Phase
	class record.Class
	flow  topology.Flow
	saw   verdict.Verdict
}

func causeOf(r record.Result) cause {
	c := cause{phase: r.Failed, class: r.Class}
	if _, check, ok := failedCheck(r); ok {
		c.flow, c.saw = check.Observation.Flow, check.Observation.Verdict.Identity()
	}
	return c
}

// text is the cause of a failure in one line, with its reason where no flow tells.
func (c cause) text(r record.Result) string {
	var parts []string
	for _, part := range []string{string(c.phase), string(c.class)} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if c.saw.Kind != "" {
		return strings.Join(append(parts, c.saw.String()), ": ")
	}
	return strings.Join(append(parts, firstLine(r.Reason)), ": ")
}

// failedCheck is the check that made a result fail, where one did: the last one
// of the phase that failed, since a phase ends with it.
func failedCheck(r record.Result) (place, record.Check, bool) {
	all := checks(r)
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].at.step.phase != r.Failed {
			continue
		}
		c := all[i].check
		disagrees := r.Class == record.Disagreement && !c.Predicted.Agrees(c.Observation.Verdict)
		return all[i].at, c, !c.OK || disagrees
	}
	return place{}, record.Check{}, false
}

// sameCheck is what a result has seen at a place of another one.
func sameCheck(of, other record.Result, at place) (record.Check, bool) {
	if of.Outcome == record.NotRun || other.Scenario == record.RunItself {
		return record.Check{}, false
	}
	for _, c := range checks(of) {
		if c.at == at {
			return c.check, true
		}
	}
	return record.Check{}, false
}
