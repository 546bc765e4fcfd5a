package chaos

import (
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Effect is what one step of a schedule did to the traffic. Times are since the step began; a nil one was not seen.
type Effect struct {
	Step  string `json:"step"`
	Kinds []Kind `json:"kinds"`
	Heals bool   `json:"heals"`
	// Began is when, Took how long the lab took for it.
	Began time.Duration `json:"began"`
	Took  time.Duration `json:"took"`
	// Concerned counts the flows that the oracle answers otherwise from then on, Shown those of them that were seen to.
	Concerned int `json:"concerned"`
	Shown     int `json:"shown"`
	// Effect is when the first packet met the new world, Detect when a client first knew.
	Effect *time.Duration `json:"effect,omitempty"`
	Detect *time.Duration `json:"detect,omitempty"`
	// Recover is when the last of the flows that are allowed again was answered.
	Recover *time.Duration `json:"recover,omitempty"`
	// Old is when the last packet met the old world where the new one answers otherwise.
	Old *time.Duration `json:"old,omitempty"`
	// Breaches counts the operations that broke the budget: that failed although they were allowed again, or were answered although
	// they were forbidden, when it was over.
	Breaches int `json:"breaches,omitempty"`
	// Lost counts the operations without an answer of flows that were allowed before or are from then on.
	Lost int `json:"lost"`
	// Cut counts the connections that did not answer any more.
	Cut int `json:"cut"`
}

// effects measures every step, and calls those unknown of which nothing was seen.
func (j *judge) effects(byFlow [][]Operation) []Effect {
	var effects []Effect
	var quick succession
	for m := 1; m < len(j.timeline.Moments); m++ {
		at := j.timeline.Moments[m]
		e := Effect{Step: at.Step, Kinds: at.Kinds, Heals: at.Heals, Began: at.Began, Took: at.Done - at.Began}
		for flow, ops := range byFlow {
			j.effectOn(&e, m, flow, ops)
		}
		e.Breaches = j.late[m]
		if quick.takes(e, j.brief(m)) {
			effects = append(effects, e)
			continue
		}
		if quick.unproven() {
			j.unknown("none of the %d quick steps before %s was proven", quick.steps, at.Step)
		}
		quick = succession{}
		switch happened := at.happened(); {
		case len(at.Proofs) < happened:
			j.unknown("%s was not proven: the platform shows it %d times of %d", at.Step, len(at.Proofs), happened)
		case e.Shown == 0 && happened == 0:
			j.unknown("%s was not proven: it concerns %d flows that are asked, and none of them showed it", at.Step, e.Concerned)
		}
		effects = append(effects, e)
	}
	if quick.unproven() {
		j.unknown("none of the %d quick steps at the end was proven", quick.steps)
	}
	return effects
}

// effectOn adds what a step did to one flow.
func (j *judge) effectOn(e *Effect, m, flow int, ops []Operation) {
	if j.oracle.absent(m-1, m, flow) {
		return
	}
	was, is := j.oracle.fresh(m-1, flow), j.oracle.fresh(m, flow)
	f := j.history.Flows[flow]
	changed := visiblyOther(f, was, is)
	if changed {
		e.Concerned++
	}
	shown, recovered := false, false
	at, until := j.timeline.Moments[m], j.timeline.steady(m, j.terms.Grace).To
	start, _ := slices.BinarySearchFunc(ops, at.Began, func(op Operation, t time.Duration) int { return int(op.Sent - t) })
	answered := start > 0 && ops[start-1].Outcome == Answered
	for _, op := range ops[start:] {
		if op.Sent > until {
			break
		}
		if op.Outcome != Answered && (was.Positive() || is.Positive()) {
			e.Lost++
		}
		if op.Connection > 0 && !op.Opens {
			if answered && op.Outcome != Answered {
				e.Cut++
			}
			answered = op.Outcome == Answered
			continue
		}
		if changed && means(was, op) && !means(is, op) {
			e.Old = later(e.Old, op.Sent-at.Began)
			j.stale(op, m)
		}
		if !changed || !means(is, op) || means(was, op) {
			continue
		}
		e.Effect, e.Detect = earlier(e.Effect, op.Sent-at.Began), earlier(e.Detect, op.Ended-at.Began)
		if op.Sent >= at.Done+j.terms.Grace && !shown {
			shown = true
			e.Shown++
		}
		if is.Positive() && !recovered {
			recovered = true
			e.Recover = later(e.Recover, op.Ended-at.Began)
		}
	}
}

// stale judges an operation that met the old world: an answer after the budget is over comes too late. Silence is judged by who has
// to recover, and what comes after the grace has failed open, or moved, already.
func (j *judge) stale(op Operation, m int) {
	at := j.timeline.Moments[m]
	budget := j.terms.budget(at)
	if op.Outcome != Answered || op.Sent <= at.Done+budget || op.Sent > at.Done+j.terms.Grace {
		return
	}
	j.late[m]++
	j.violated(TakesEffect, op, "answered, and %s after %s nothing may show the old world", budget, at.Step)
}

// visiblyOther reports whether a client can tell two verdicts of a flow apart.
func visiblyOther(f topology.Flow, a, b verdict.Verdict) bool {
	if a.Positive() != b.Positive() {
		return true
	}
	if a.Positive() {
		return tellsWhom(f) && a.SeenAddress != b.SeenAddress
	}
	return loudness(a) != loudness(b)
}

// tellsWhom reports whether the client of a flow is told whom its server sees. Neither an echo says so nor the answer for a name, nor do
// Kafka and AMQP; and of a connection that stands the server said it when that was made.
func tellsWhom(f topology.Flow) bool {
	switch {
	case f.Live, f.Protocol == topology.ICMP, f.Protocol == topology.DNSQuery:
		return false
	default:
		return f.Use != topology.UseKafka && f.Use != topology.UseAMQP
	}
}

func loudness(v verdict.Verdict) string {
	switch v.Kind {
	case verdict.KindDropped, verdict.KindReplyLost, verdict.KindStalled:
		return "silent"
	case verdict.KindRejected:
		if v.Code == verdict.NoSuchName {
			return v.Code
		}
		return "refused"
	case verdict.KindRefused:
		return "refused"
	default:
		return string(v.Kind)
	}
}

func earlier(a *time.Duration, b time.Duration) *time.Duration {
	if a != nil && *a <= b {
		return a
	}
	return &b
}

func later(a *time.Duration, b time.Duration) *time.Duration {
	if a != nil && *a >= b {
		return a
	}
	return &b
}
