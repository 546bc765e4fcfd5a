package chaos

import (
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/verdict"
)

// stream is a connection that stands, as a judge follows it.
type stream struct {
	stands bool
	// first and last are the moments in one of which it was last answered, answered when.
	first, last int
	answered    time.Duration
}

// opened is a connection that was made, or not, in one of these moments.
func (j *judge) opened(op Operation, first, last int) stream {
	j.oracle.made[op.Flow] = nil
	for m := first; m <= last; m++ {
		j.oracle.made[op.Flow] = append(j.oracle.made[op.Flow], m)
	}
	return stream{first: first, last: last, answered: op.Ended, stands: op.Outcome == Answered}
}

// exchange judges one use of a connection that was made before.
//
// A connection is known to every hop from its last answer on until a change forgets it. Then its next packet meets the rules as
// if it were the first. When further worlds came and went since, one of them may have made it known again without an answer:
// then both is possible. A forgotten one may stay silent: it is disconnected, and what is made anew meets the rules. That is so as well
// for one that a restarted router forgot, of which nothing is documented.
//
// Source: VPC user guide, "Security Groups and Security Group Rules" (inbound connections are cut by a change, outbound ones
// stay) and "Firewall Overview" (live flows stay).
func (j *judge) exchange(s *stream, op Operation, first, last int) {
	if !s.stands {
		j.unknown("%s, operation %d uses a connection that nobody saw being made", j.history.Flows[op.Flow], op.Number)
		return
	}
	var met []verdict.Verdict
	if first <= s.first {
		met = append(met, j.oracle.standing(s.first, op.Flow)...)
	}
	known, forgotten, since := true, -1, -1
	for m := s.first; m <= min(s.last, first-1); m++ {
		if j.oracle.expected(m, op.Flow, true).bearing == Loose {
			since = m + 1
		}
	}
	for m := s.first + 1; m <= last; m++ {
		if !j.oracle.survives(m, op.Flow) {
			known, forgotten = false, m
		}
		here := j.meets(op.Flow, m, known, forgotten)
		if m >= first {
			met = append(met, here...)
		} else if !all(here, verdict.Verdict.Positive) || j.oracle.expected(m, op.Flow, true).bearing == Loose {
			since = m + 1
		} else if j.oracle.passing(m, op.Flow) != Clear {
			since = m
		}
	}
	if op.Outcome == Answered {
		if !anyOf(met, verdict.Verdict.Positive) {
			j.violated(Cut, op, "the connection lives on, and it must be %s", met[len(met)-1])
		}
		*s = stream{stands: true, first: first, last: last, answered: op.Ended}
		return
	}
	j.broken(*s, op, met, course{forgotten: forgotten, since: since, loose: j.oracle.loose(first, last, op.Flow, op.Outcome)})
	s.stands = op.Outcome == Silent
}

// meets lists what a packet of a connection may meet in a moment.
func (j *judge) meets(flow, moment int, known bool, forgotten int) []verdict.Verdict {
	fresh, standing := j.oracle.fresh(moment, flow), j.oracle.standing(moment, flow)
	switch {
	case known:
		return standing
	case moment > forgotten, !fresh.Positive() && !j.forgot(moment, fresh.Hop):
		return append([]verdict.Verdict{fresh}, standing...)
	default:
		return []verdict.Verdict{fresh}
	}
}

// forgot reports whether a hop forgot connections when a moment began. Of the cloud it is its routers that forget: what a machine
// keeps in mind is its own.
func (j *judge) forgot(moment int, hop string) bool {
	m := j.timeline.Moments[moment]
	if len(m.Lost) > 0 {
		return slices.Contains(m.Lost, hop)
	}
	_, router := m.World.VPC(hop)
	return router
}

// course is what a connection has been through since its last answer: the moment that last made hops forget it, and the one from which
// on it can be used again; -1 when there was none.
// loose is whether what is being used now is loose.
type course struct {
	forgotten, since int
	loose            bool
}

// broken judges an exchange without an answer.
func (j *judge) broken(s stream, op Operation, met []verdict.Verdict, c course) {
	switch {
	case !all(met, verdict.Verdict.Positive):
		return // one of the worlds has it so
	case c.forgotten >= 0:
		j.Excused++ // it is disconnected, and has to be made anew
		return
	case c.loose:
		j.Excused++
		return
	case j.history.stalled(op.Sent, op.Ended):
		j.Stalled++
		return
	case c.since < 0:
		j.violated(Kept, op, "%s, and nothing that changed may cut it", op.Outcome)
		return
	}
	// What was lost since the last answer is repeated ever more rarely.
	m := j.timeline.Moments[c.since]
	within := j.terms.budget(m) + 2*max(m.Done-s.answered, 0) + j.terms.Backoff
	if op.Outcome != Silent || op.Sent <= m.Done+j.terms.Grace+within {
		j.Excused++
		return
	}
	j.violated(Kept, op, "%s, and %s after %s it has to be used again", op.Outcome, within, m.Step)
}

func anyOf[T any](of []T, is func(T) bool) bool {
	for _, x := range of {
		if is(x) {
			return true
		}
	}
	return false
}
