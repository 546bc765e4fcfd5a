package chaos

import (
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Outcome is what came of one operation, as its client saw it.
type Outcome string

const (
	// Answered: the server that is stated answered.
	Answered Outcome = "answered"
	// Silent: nothing came back within the operation's patience.
	Silent Outcome = "silent"
	// Refused: somebody said that nothing listens.
	Refused Outcome = "refused"
	// Reset: a connection stood and was cut aloud.
	Reset Outcome = "reset"
	// Unreachable: a hop, or the client's own machine, said that there is no way.
	Unreachable Outcome = "unreachable"
	// Denied: the connection stood and the application said no.
	Denied Outcome = "denied"
	// DataLost: the service did not have what it had acknowledged.
	DataLost Outcome = "data-lost"
	// Unasked: the agent could not ask. It says nothing about the network.
	Unasked Outcome = "unasked"
)

// Operation is one entry of a history. Times are since the beginning of the history, of one clock.
type Operation struct {
	// Number counts the operations of one flow from one.
	Number uint64 `json:"number"`
	// Flow is an index into the history's flows.
	Flow int `json:"flow"`
	// Connection tells the connections of a stream apart, from one. It is zero for everything else.
	Connection uint64 `json:"connection,omitempty"`
	// Opens marks the operation that made the connection.
	Opens   bool          `json:"opens,omitempty"`
	Sent    time.Duration `json:"sent"`
	Ended   time.Duration `json:"ended"`
	Outcome Outcome       `json:"outcome"`
	// Server is who said that he answered, Seen the source address that he saw.
	Server string     `json:"server,omitempty"`
	Seen   netip.Addr `json:"seen,omitzero"`
	// Code is what an application meant that said no, one of package verdict's; empty when that is not known.
	Code string `json:"code,omitempty"`
	// Said is the client's text of a failure.
	Said string `json:"said,omitempty"`
}

// Span is a stretch of time.
type Span struct {
	From time.Duration `json:"from"`
	To   time.Duration `json:"to"`
}

func (s Span) overlaps(from, to time.Duration) bool { return s.From <= to && from <= s.To }

// Production is what became of the records that a client wrote while the world changed.
type Production struct {
	Flow  topology.Flow `json:"flow"`
	Tally managed.Tally `json:"tally"`
	// Begun is whether the first record was acknowledged. Failed is why it could not begin, or why what was acknowledged could not be
	// read back.
	Begun  bool   `json:"begun"`
	Failed string `json:"failed,omitempty"`
}

// History is what the traffic saw.
type History struct {
	Flows []topology.Flow `json:"flows"`
	// Operations are in any order.
	Operations []Operation `json:"operations"`
	// Stalls are when the machine did not let the traffic work: nobody's silence counts then.
	Stalls []Span `json:"stalls,omitempty"`
	// Skipped counts operations that were due and were not asked, Forgotten those that did not fit into the history.
	Skipped     int          `json:"skipped,omitempty"`
	Forgotten   int          `json:"forgotten,omitempty"`
	Productions []Production `json:"productions,omitempty"`
}

// stalled reports whether the machine stood still during a stretch of time.
func (h History) stalled(from, to time.Duration) bool {
	for _, s := range h.Stalls {
		if s.overlaps(from, to) {
			return true
		}
	}
	return false
}

// Moment is a world on the timeline: from Began to Done it was being put into force in place of the one before, and from
// then on it was in force.
type Moment struct {
	Began time.Duration  `json:"began"`
	Done  time.Duration  `json:"done"`
	World topology.World `json:"-"`
	// Step is what led to it, such as "inject rule-revoked sg-ecs/from-nodes", and Kinds are those of the faults that came and
	// went with it. The first moment has neither.
	Step  string `json:"step,omitempty"`
	Kinds []Kind `json:"kinds,omitempty"`
	// Heals is whether the step took faults back, and brought none.
	Heals bool `json:"heals,omitempty"`
	// Happenings are what is the matter with the platform from then on; Passing is what happened to it with the step, and came
	// right by itself.
	Happenings []lab.Happening `json:"happenings,omitempty"`
	Passing    []lab.Happening `json:"passing,omitempty"`
	// Lost names the hops that forgot every connection when it began.
	Lost []string `json:"lost,omitempty"`
	// Proofs are what the platform itself showed of what happened to it or was healed, one text each.
	Proofs []string `json:"proofs,omitempty"`
}

// happened counts what happened to the platform, or was healed of it, with the moment's step.
func (m Moment) happened() int {
	n := 0
	for _, k := range m.Kinds {
		if slices.Contains(lab.HappeningKinds(), lab.HappeningKind(k)) {
			n++
		}
	}
	return n
}

// Timeline is the worlds that were in force, one after the other, until its end.
type Timeline struct {
	Moments []Moment
	End     time.Duration
}

// steady is when only that moment's world can have been met.
func (t Timeline) steady(i int, grace time.Duration) Span {
	s := Span{From: t.Moments[i].Done + grace, To: t.End}
	if i+1 < len(t.Moments) {
		s.To = t.Moments[i+1].Began
	}
	return s
}

// during returns the first and the last moment whose world an operation can have met.
func (t Timeline) during(from, to, grace time.Duration) (first, last int) {
	for i, m := range t.Moments {
		if m.Done+grace < from {
			first = i
		}
		if m.Began <= to {
			last = i
		}
	}
	return first, max(first, last)
}

// Validate reports a timeline that cannot be: it has to begin with a world, and its moments follow one another.
func (t Timeline) Validate() error {
	if len(t.Moments) == 0 {
		return fmt.Errorf("timeline: there is no world")
	}
	before := time.Duration(0)
	for i, m := range t.Moments {
		if m.Done < m.Began || m.Began < before {
			return fmt.Errorf("timeline: moment %d of %s to %s is not after the one before", i, m.Began, m.Done)
		}
		before = m.Done
	}
	if t.End < before {
		return fmt.Errorf("timeline: it ends at %s, before its last world is in force", t.End)
	}
	return nil
}
