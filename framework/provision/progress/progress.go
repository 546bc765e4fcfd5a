package progress

import (
	"fmt"
	"strings"
	"sync"
	"time"
)

// Every is how often a running step is reported; a line in that time keeps CI
// systems and people from taking a long compilation for a hang.
const Every = 10 * time.Second

// State is how far a step has come.
type State int

// The states of a step.
const (
	// Began is reported once, when the step starts.
	Began State = iota + 1
	// Running is reported every few seconds.
	Running
	// Done is reported once, when the step has succeeded.
	Done
	// Cached is reported instead of all others when there was nothing to do.
	Cached
	// Failed is reported once, when the step has failed.
	Failed
)

// String returns the state's word in a line.
func (s State) String() string {
	switch s {
	case Began:
		return "begins"
	case Running:
		return "running"
	case Done:
		return "done"
	case Cached:
		return "at hand"
	case Failed:
		return "failed"
	default:
		return fmt.Sprintf("state %d", int(s))
	}
}

// Step is one report about one piece of work.
type Step struct {
	// Task is what the step is part of, as "node image".
	Task string
	// Name is the step's own name, as "kubernetes".
	Name string
	// Index is the step's number from 1, 0 when the task has one step only.
	Index int
	// Total is the number of steps of the task.
	Total int
	// State is how far it has come.
	State State
	// Elapsed is the time since the step began.
	Elapsed time.Duration
	// Note is what there is to add, as a version or the last line of output.
	Note string
}

// String returns the step as one plain line.
func (s Step) String() string {
	var b strings.Builder
	b.WriteString(s.Task)
	if s.Index > 0 {
		fmt.Fprintf(&b, ": component %d of %d", s.Index, s.Total)
	}
	if s.Name != "" {
		b.WriteString(": " + s.Name)
	}
	b.WriteString(" " + s.State.String())
	if s.State != Began && s.State != Cached {
		fmt.Fprintf(&b, " %s", s.Elapsed.Round(100*time.Millisecond))
	}
	if s.Note != "" {
		b.WriteString(" (" + s.Note + ")")
	}
	return b.String()
}

// Func is told about steps. Reports of different steps may come at once, so it
// must be safe for concurrent use; Serial makes any function so. A nil Func
// tells nobody.
type Func func(Step)

// Serial returns a Func that calls report one step at a time. A nil report
// stays nil.
func Serial(report Func) Func {
	if report == nil {
		return nil
	}
	var mu sync.Mutex
	return func(s Step) {
		mu.Lock()
		defer mu.Unlock()
		report(s)
	}
}

// Tell reports one step as it is.
func (f Func) Tell(s Step) {
	if f != nil {
		f(s)
	}
}

// Begin reports that the step begins, then that it runs, every few seconds,
// until the returned function is called with how it ended. That function must
// be called exactly once.
func (f Func) Begin(s Step) (end func(error)) {
	began := time.Now()
	report := func(state State, note string) {
		s := s
		s.State, s.Elapsed = state, time.Since(began)
		if note != "" {
			s.Note = note
		}
		f.Tell(s)
	}
	report(Began, "")
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		tick := time.NewTicker(Every)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				report(Running, "")
			case <-stop:
				return
			}
		}
	}()
	return func(err error) {
		close(stop)
		<-stopped
		if err != nil {
			first, _, _ := strings.Cut(err.Error(), "\n")
			report(Failed, first)
			return
		}
		report(Done, "")
	}
}
