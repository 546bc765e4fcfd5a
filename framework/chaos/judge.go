package chaos

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Invariant names what must hold while things break.
type Invariant string

const (
	// FailClosed: nothing gets through that every world it can have met forbids.
	FailClosed Invariant = "fail-closed"
	// Recovers: what is allowed again is answered within the fault's budget.
	Recovers Invariant = "recovers"
	// Cut: a connection whose end is documented does not live on.
	Cut Invariant = "cut"
	// Kept: a connection that is documented to live on is not cut.
	Kept Invariant = "kept"
	// Source: the server sees the documented source address.
	Source Invariant = "source"
	// Delivered: who answers is who was asked.
	Delivered Invariant = "delivered"
	// Manner: what is lost silently in the cloud is not answered aloud.
	Manner Invariant = "manner"
	// Acknowledged: what a service has acknowledged is there afterwards.
	Acknowledged Invariant = "acknowledged"
	// Control: a flow that every world allows never fails.
	Control Invariant = "control"
	// BlastRadius: a flow that a fault does not concern does not fail with it.
	BlastRadius Invariant = "blast-radius"
	// TakesEffect: what is forbidden from now on is answered within the fault's budget for the last time. Where a lab's grace is
	// shorter than the budget, FailClosed has said so before.
	TakesEffect Invariant = "takes-effect"
)

// Invariants lists them in the order of reports.
func Invariants() []Invariant {
	return []Invariant{FailClosed, Recovers, Cut, Kept, Source, Delivered, Manner, Acknowledged, Control, BlastRadius, TakesEffect}
}

// Patient reports whether a violation of the invariant is a silence: one that a busy machine can cause as well. It is believed
// when a more patient repetition shows it again; else nobody knows. What was answered needs no second look.
func (i Invariant) Patient() bool {
	return i == Recovers || i == Kept || i == Control || i == BlastRadius
}

// Result is what a history is worth.
type Result string

const (
	// Valid: everything was judged and nothing was violated.
	Valid Result = "valid"
	// Invalid: an invariant was violated.
	Invalid Result = "invalid"
	// Unknown: nothing was violated, and not everything could be judged. It is not a pass.
	Unknown Result = "unknown"
)

// Violation is one operation that broke an invariant.
type Violation struct {
	Invariant Invariant     `json:"invariant"`
	Flow      topology.Flow `json:"flow"`
	Operation Operation     `json:"operation"`
	// Step is the last step before the operation's end.
	Step string `json:"step,omitempty"`
	Text string `json:"text"`
}

// String is the violation as one line.
func (v Violation) String() string {
	after := ""
	if v.Step != "" {
		after = ", after " + v.Step
	}
	said := ""
	if v.Operation.Said != "" {
		said = " (" + v.Operation.Said + ")"
	}
	return fmt.Sprintf("%s: %s, operation %d at %s: %s%s%s", v.Invariant, v.Flow, v.Operation.Number, v.Operation.Sent.Round(time.Millisecond), v.Text, said, after)
}

// Judgement is the verdict on a history.
type Judgement struct {
	Result     Result      `json:"result"`
	Violations []Violation `json:"violations,omitempty"`
	// Reasons say what could not be judged.
	Reasons []string `json:"unknown,omitempty"`
	// Operations counts those that were judged, Excused those that failed as documented while something was being changed or
	// was recovering, Stalled those that failed while the machine stood still.
	Operations int `json:"operations"`
	Excused    int `json:"excused"`
	Stalled    int `json:"stalled"`
	// Written is what became of all that clients wrote meanwhile.
	Written Written `json:"written,omitzero"`
	// Effects are what each step did to the traffic.
	Effects []Effect `json:"effects,omitempty"`
}

// Terms are what a judge goes by.
type Terms struct {
	// Grace is how long after a change both worlds may still be met. A lab whose Adopt returns when its kernel has the rules
	// needs none.
	Grace time.Duration
	// Budget is how long after a step of the kind what is allowed may still fail.
	Budget func(Kind) time.Duration
	// Enough is how long a world has to be in force for every flow to have been asked in it, EnoughLive for every connection,
	// which is used again only when its last use has ended.
	Enough, EnoughLive time.Duration
	// Backoff is how long after its way is whole again a silent connection may take at least to be used: its kernel repeats
	// what was lost ever more rarely.
	Backoff time.Duration
	// Held is how long a message broker may hold, for a connection that has failed, what it had got, before it notices.
	Held time.Duration
}

// budget is the longest of those of what came and went in a moment.
func (t Terms) budget(m Moment) time.Duration {
	var longest time.Duration
	for _, k := range m.Kinds {
		longest = max(longest, t.Budget(k))
	}
	return longest
}

// Judge holds a history against a timeline. It is pure.
func Judge(o lab.Oracle, h History, t Timeline, terms Terms) Judgement {
	j := judge{history: h, timeline: t, terms: terms, oracle: newOracle(o, t, h.Flows), late: map[int]int{}}
	if err := t.Validate(); err != nil {
		j.unknown("%v", err)
		return j.judgement()
	}
	byFlow := make([][]Operation, len(h.Flows))
	for _, op := range h.Operations {
		if op.Flow < 0 || op.Flow >= len(h.Flows) {
			j.unknown("operation %d is of no flow", op.Number)
			continue
		}
		byFlow[op.Flow] = append(byFlow[op.Flow], op)
	}
	for flow, ops := range byFlow {
		slices.SortStableFunc(ops, func(a, b Operation) int { return cmp.Compare(a.Sent, b.Sent) })
		j.flow(flow, ops)
	}
	for _, p := range h.Productions {
		j.production(p)
	}
	j.completeness()
	j.Effects = j.effects(byFlow)
	return j.judgement()
}

// Silences reports whether all that was violated is a silence.
func (j Judgement) Silences() bool {
	return len(j.Violations) > 0 && all(j.Violations, func(v Violation) bool { return v.Invariant.Patient() })
}

// Unsteady is the judgement of a history whose violations a more patient repetition did not show.
func (j Judgement) Unsteady() Judgement {
	for _, v := range j.Violations {
		j.Reasons = append(j.Reasons, "not seen again: "+v.String())
	}
	j.Effects = slices.Clone(j.Effects)
	for i := range j.Effects {
		j.Effects[i].Breaches = 0
	}
	j.Result, j.Violations = Unknown, nil
	return j
}

type judge struct {
	history History
	Judgement
	timeline Timeline
	terms    Terms
	oracle   *oracle
	// seen are, by flow, the moments in which it was judged while their world alone was in force; touched those in which an
	// operation of it was under way, judged together with others.
	seen, touched []map[int]bool
	// late counts the operations that broke the budget of a moment.
	late map[int]int
}

func (j *judge) judgement() Judgement {
	switch {
	case len(j.Violations) > 0:
		j.Result = Invalid
	case len(j.Reasons) > 0:
		j.Result = Unknown
	default:
		j.Result = Valid
	}
	slices.SortStableFunc(j.Violations, func(a, b Violation) int { return cmp.Compare(a.Operation.Sent, b.Operation.Sent) })
	return j.Judgement
}

func (j *judge) unknown(format string, args ...any) {
	j.Reasons = append(j.Reasons, fmt.Sprintf(format, args...))
}

func (j *judge) violated(i Invariant, op Operation, format string, args ...any) {
	_, last := j.timeline.during(op.Sent, op.Ended, j.terms.Grace)
	j.Violations = append(j.Violations, Violation{
		Invariant: i, Flow: j.history.Flows[op.Flow], Operation: op, Step: j.timeline.Moments[last].Step, Text: fmt.Sprintf(format, args...),
	})
}

// flow judges the operations of one flow, in the order in which they were sent.
func (j *judge) flow(flow int, ops []Operation) {
	seen, touched := map[int]bool{}, map[int]bool{}
	var s stream
	for _, op := range ops {
		first, last := j.timeline.during(op.Sent, op.Ended, j.terms.Grace)
		if j.oracle.absent(first, last, flow) {
			if op.Opens {
				s = j.opened(op, first, last)
			}
			continue
		}
		if op.Outcome == Unasked {
			j.unknown("%s, operation %d could not be asked: %s", j.history.Flows[flow], op.Number, op.Said)
			continue
		}
		j.Operations++
		excused := j.Stalled
		if j.history.Flows[flow].Live && !op.Opens {
			j.exchange(&s, op, first, last)
		} else {
			j.first(op, first, last)
			if op.Opens {
				s = j.opened(op, first, last)
			}
		}
		if excused < j.Stalled {
			continue
		}
		for m := first; m <= last; m++ {
			touched[m] = true
		}
		if first == last {
			seen[first] = true
		}
	}
	for len(j.seen) <= flow {
		j.seen, j.touched = append(j.seen, nil), append(j.touched, nil)
	}
	j.seen[flow], j.touched[flow] = seen, touched
}

// first judges an operation that is the first of its own connection.
func (j *judge) first(op Operation, first, last int) {
	var met []verdict.Verdict
	for m := first; m <= last; m++ {
		v := j.oracle.fresh(m, op.Flow)
		met = append(met, v)
		if means(v, op) && (op.Outcome != Answered || v.Kind != verdict.KindReached || j.rightly(op, m)) {
			return
		}
	}
	switch {
	case op.Outcome == DataLost:
		j.violated(Acknowledged, op, "the service has lost what it had acknowledged: %s", op.Said)
	case op.Outcome == Answered:
		j.answered(op, met, FailClosed)
	case !all(met, verdict.Verdict.Positive):
		j.otherwise(op, met, first != last || j.oracle.loose(first, last, op.Flow, op.Outcome))
	default:
		j.failed(op, first, last)
	}
}

// rightly reports whether the server that answered is the one that was asked in a moment's world; one that is not is a
// violation, and judged with that.
func (j *judge) rightly(op Operation, moment int) bool {
	return speaksFor(j.timeline.Moments[moment].World, j.history.Flows[op.Flow], op.Server)
}

// answered judges an answer that no world explains.
func (j *judge) answered(op Operation, met []verdict.Verdict, forbidden Invariant) {
	for _, v := range met {
		if !v.Positive() {
			continue
		}
		if !sameAddress(v.SeenAddress, op.Seen) {
			j.violated(Source, op, "%s saw %s, and the documentation has %s", op.Server, op.Seen, v.SeenAddress)
			return
		}
		j.violated(Delivered, op, "%s answered", op.Server)
		return
	}
	j.violated(forbidden, op, "answered, and it must be %s", met[len(met)-1])
}

// otherwise judges a failure that no world explains, where at least one world forbids the flow. While worlds change, how a
// packet is lost is not documented.
func (j *judge) otherwise(op Operation, met []verdict.Verdict, changing bool) {
	if changing || j.history.stalled(op.Sent, op.Ended) {
		j.Excused++
		return
	}
	j.violated(Manner, op, "%s, and it must be %s", op.Outcome, met[0])
}

// failed judges a failure of what every world that can have been met allows.
func (j *judge) failed(op Operation, first, last int) {
	if j.held(op, last) {
		j.Excused++
		return
	}
	if j.oracle.disturbed(first, last, op.Flow) || j.oracle.loose(first, last, op.Flow, op.Outcome) {
		j.Excused++ // under way when a hop was told to forget it, or on a way that loses packets
		return
	}
	if j.history.stalled(op.Sent, op.Ended) {
		j.Stalled++
		return
	}
	since, recovering := j.recovering(op.Flow, first)
	switch m := j.timeline.Moments[max(since, 0)]; {
	case recovering && op.Sent <= m.Done+j.terms.Grace+j.terms.budget(m):
		j.Excused++
	case recovering:
		j.late[since]++
		j.violated(Recovers, op, "%s, and %s after %s it has to be answered", op.Outcome, j.terms.budget(m), m.Step)
	case j.oracle.always(op.Flow):
		j.violated(Control, op, "%s, and every world allows it", op.Outcome)
	default:
		j.violated(BlastRadius, op, "%s, and nothing that changed concerns it", op.Outcome)
	}
}

// recovering finds the moment from which on a flow is allowed until the given one, if a moment before it forbade it.
func (j *judge) recovering(flow, moment int) (since int, ok bool) {
	for m := moment; m > 0; m-- {
		if !j.oracle.fresh(m-1, flow).Positive() || j.oracle.expected(m-1, flow, false).bearing == Loose || j.oracle.passing(m, flow) != Clear {
			return m, true
		}
	}
	return 0, false
}

func all[T any](of []T, is func(T) bool) bool {
	for _, x := range of {
		if !is(x) {
			return false
		}
	}
	return true
}
