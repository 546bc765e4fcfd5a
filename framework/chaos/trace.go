package chaos

import (
	"cmp"
	"slices"
	"time"
)

// Bounds of a trace, so that many can be kept: the stretches of one flow, and the violations that are marked.
const (
	mostStretches = 200
	mostMarks     = 20
)

// Sort is what a reader of a picture tells apart of an outcome.
type Sort string

// The sorts, the good one first.
const (
	SortAnswered Sort = "answered"
	// SortSilent is no answer within the operation's patience.
	SortSilent Sort = "silent"
	// SortAloud is a failure that somebody told: a refusal, a reset, an unreachable host, a denial.
	SortAloud Sort = "aloud"
	// SortUnasked says nothing about the network.
	SortUnasked Sort = "unasked"
)

// Sorts lists them in the order of legends.
func Sorts() []Sort { return []Sort{SortAnswered, SortSilent, SortAloud, SortUnasked} }

// Sort tells what a picture shows of an outcome.
func (o Outcome) Sort() Sort {
	switch o {
	case Answered:
		return SortAnswered
	case Silent:
		return SortSilent
	case Unasked:
		return SortUnasked
	default:
		return SortAloud
	}
}

// Stretch is operations of one flow, one after the other, that came out alike: from when the first was sent until the last was.
type Stretch struct {
	From  time.Duration `json:"from"`
	To    time.Duration `json:"to"`
	Sort  Sort          `json:"sort"`
	Count int           `json:"count"`
}

// Track is the traffic of one flow.
type Track struct {
	Flow      string    `json:"flow"`
	Stretches []Stretch `json:"stretches"`
	// More counts operations behind the stretches that did not fit.
	More int `json:"more,omitempty"`
}

// Band is a fault and when it was in the world. What comes right by itself, such as a router that was restarted, is there for
// the time of its step.
type Band struct {
	Fault string        `json:"fault"`
	From  time.Duration `json:"from"`
	To    time.Duration `json:"to"`
}

// Mark is a violation and where in the picture it is.
type Mark struct {
	Track     int           `json:"track"`
	At        time.Duration `json:"at"`
	Invariant Invariant     `json:"invariant"`
	Text      string        `json:"text"`
}

// Trace is what a picture of an episode needs, with far less than its history.
type Trace struct {
	Number uint64 `json:"number"`
	Stage  string `json:"stage"`
	Result Result `json:"result"`
	// File is the schedule's own, in the folder of the report, where it was kept.
	File string `json:"file,omitempty"`
	// Schedule is its steps in one line.
	Schedule   string        `json:"schedule"`
	Operations int           `json:"operations"`
	End        time.Duration `json:"end"`
	// Changes are when worlds changed, with what led to each.
	Changes []Turn  `json:"changes"`
	Bands   []Band  `json:"bands"`
	Tracks  []Track `json:"tracks"`
	Marks   []Mark  `json:"marks,omitempty"`
	// Marked counts all violations, also those beyond Marks.
	Marked  int      `json:"marked,omitempty"`
	Reasons []string `json:"reasons,omitempty"`
	// Least is the trace of the smallest schedule that showed the same again.
	Least *Trace `json:"least,omitempty"`
}

// Turn is a change of the world: from Began to Done it was being made.
type Turn struct {
	Began time.Duration `json:"began"`
	Done  time.Duration `json:"done"`
	Step  string        `json:"step"`
	// Proofs are what the platform itself showed of it.
	Proofs []string `json:"proofs,omitempty"`
}

// Traced draws what a picture needs from an episode. It keeps nothing of the history.
func Traced(number uint64, s Schedule, h History, t Timeline, j Judgement) Trace {
	r := Trace{
		Number: number, Stage: s.Stage, Result: j.Result, Schedule: s.String(), Operations: j.Operations, End: t.End,
		Bands: bands(s, t), Tracks: tracks(h), Reasons: slices.Clone(j.Reasons[:min(len(j.Reasons), mostMarks)]), Marked: len(j.Violations),
	}
	for _, m := range t.Moments[min(1, len(t.Moments)):] {
		r.Changes = append(r.Changes, Turn{Began: m.Began, Done: m.Done, Step: m.Step, Proofs: m.Proofs})
	}
	for _, v := range j.Violations[:min(len(j.Violations), mostMarks)] {
		r.Marks = append(r.Marks, Mark{
			Track: slices.Index(h.Flows, v.Flow), At: v.Operation.Sent, Invariant: v.Invariant, Text: v.String(),
		})
	}
	return r
}

// bands says from when to when each fault was in the world.
func bands(s Schedule, t Timeline) []Band {
	var all []Band
	open := map[string]int{}
	for i, step := range s.Steps {
		if i+1 >= len(t.Moments) {
			break
		}
		m := t.Moments[i+1]
		for _, name := range step.Heal {
			if at, there := open[name]; there {
				all[at].To = m.Done
				delete(open, name)
			}
		}
		for _, name := range step.Inject {
			b := Band{Fault: name, From: m.Began, To: m.Done}
			if s.heals(i, name) {
				b.To = t.End
				open[name] = len(all)
			}
			all = append(all, b)
		}
	}
	return all
}

// heals reports whether a step after the given one takes a fault back.
func (s Schedule) heals(after int, fault string) bool {
	return slices.ContainsFunc(s.Steps[after+1:], func(step Step) bool { return slices.Contains(step.Heal, fault) })
}

// tracks makes stretches of the operations of each flow.
func tracks(h History) []Track {
	all := make([]Track, len(h.Flows))
	for i, f := range h.Flows {
		all[i].Flow = f.String()
	}
	ops := slices.Clone(h.Operations)
	slices.SortStableFunc(ops, func(a, b Operation) int { return cmp.Compare(a.Sent, b.Sent) })
	for _, op := range ops {
		if op.Flow < 0 || op.Flow >= len(all) {
			continue
		}
		t, sort := &all[op.Flow], op.Outcome.Sort()
		n := len(t.Stretches)
		switch {
		case n > 0 && t.More == 0 && t.Stretches[n-1].Sort == sort:
			t.Stretches[n-1].To = op.Sent
			t.Stretches[n-1].Count++
		case n >= mostStretches:
			t.More++
		default:
			t.Stretches = append(t.Stretches, Stretch{From: op.Sent, To: op.Sent, Sort: sort, Count: 1})
		}
	}
	return all
}
