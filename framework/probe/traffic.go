package probe

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"sync"
	"time"
)

const (
	// minPace bounds how much one flow of traffic asks.
	minPace = time.Millisecond
	// maxSilent is after how many uses without an answer a connection is given up for a new one.
	maxSilent = 8
	// maxSaid bounds the text of an event's failure.
	maxSaid = 200
	// MaxTrafficPayload bounds the bytes of one question of traffic.
	MaxTrafficPayload = 4096
	// MaxEvents is how many events one response carries at most.
	MaxEvents = 1000
)

// Traffic is steady asking, of many flows, until its time is over.
type Traffic struct {
	// Questions are each asked anew every Interval, however long the one before takes; Count and Lasting must be 0, and Payload at
	// most MaxTrafficPayload.
	Questions []Question `json:"questions,omitempty"`
	// Streams are each a TCP connection that is used every Interval; one that is cut, or silent for long, is made anew.
	Streams []Question `json:"streams,omitempty"`
	// Lasting is how long.
	Lasting time.Duration `json:"lasting"`
}

// Event is what came of one operation of traffic.
type Event struct {
	// Question is the index of the question; streams count on after the questions.
	Question int `json:"question"`
	// Number counts the operations of the question from one.
	Number uint64 `json:"number"`
	// Connection counts the connections of a stream from one, and Opens marks the operation that made it.
	Connection uint64 `json:"connection,omitempty"`
	Opens      bool   `json:"opens,omitempty"`

	Started time.Time `json:"started"`
	// Late is by how much later it began than it was due: the agent's machine was busy.
	Late    time.Duration  `json:"late,omitempty"`
	Elapsed time.Duration  `json:"elapsed"`
	Outcome Outcome        `json:"outcome"`
	Code    string         `json:"code,omitempty"`
	Server  string         `json:"server,omitempty"`
	Saw     netip.AddrPort `json:"saw,omitzero"`
	Err     string         `json:"error,omitempty"`
}

// Trafficker is an agent that can send steady traffic. Local and Client are traffickers.
type Trafficker interface {
	// Traffic sends until its time is over or ctx ends, neither of which is an error, and tells every operation that has
	// ended, a few at a time and one call after the other. What is under way at the end is not told. It returns how many
	// operations were due and could not be begun, since too many were under way.
	Traffic(ctx context.Context, t Traffic, tell func([]Event)) (missed int, err error)
}

// Validate reports all that is wrong with the traffic at once, or nil.
func (t Traffic) Validate() error {
	if n := len(t.Questions) + len(t.Streams); n == 0 || n > MaxQuestions {
		return fmt.Errorf("traffic of %d flows: want 1 to %d", n, MaxQuestions)
	}
	var problems []error
	if t.Lasting <= 0 || t.Lasting > maxTimeout {
		problems = append(problems, fmt.Errorf("traffic lasting %s: want at most %s", t.Lasting, maxTimeout))
	}
	for _, q := range append(t.Questions[:len(t.Questions):len(t.Questions)], t.Streams...) {
		problems = append(problems, q.Validate())
		if q.Count > 1 || q.Payload > MaxTrafficPayload || q.Lasting != 0 {
			problems = append(problems, fmt.Errorf("question %q: traffic asks once, with a payload of at most %d bytes", q.ID, MaxTrafficPayload))
		}
		if q.Interval != 0 && q.Interval < minPace {
			problems = append(problems, fmt.Errorf("question %q: interval %s: want at least %s", q.ID, q.Interval, minPace))
		}
	}
	for _, q := range t.Streams {
		if q.Protocol != TCP || q.Use != (Use{}) || q.Payload != 0 {
			problems = append(problems, fmt.Errorf("question %q: a stream is of TCP, without a payload or use", q.ID))
		}
	}
	return errors.Join(problems...)
}

// Traffic implements Trafficker.
func (l *Local) Traffic(ctx context.Context, t Traffic, tell func([]Event)) (int, error) {
	if err := l.usable(); err != nil {
		return 0, err
	}
	if err := t.Validate(); err != nil {
		return 0, fmt.Errorf("traffic: %w: %w", ErrCannotAsk, err)
	}
	ctx, cancel := context.WithTimeout(ctx, t.Lasting)
	defer cancel()
	s := &sender{agent: l, asker: l.asker, tell: tell}
	s.asker.sockets = trafficSockets{
		streamSockets: streamSockets{Sockets: l.asker.sockets, first: firstTrafficPort, ports: trafficPorts, last: l.traffic}, echoes: l.echoes,
	}
	all := len(t.Questions) + len(t.Streams)
	var flows sync.WaitGroup
	for i, q := range t.Questions {
		q = q.normal()
		flows.Go(func() { s.ask(ctx, i, q, q.Interval*time.Duration(i)/time.Duration(all)) })
	}
	for i, q := range t.Streams {
		q, i = q.normal(), i+len(t.Questions)
		flows.Go(func() { s.stream(ctx, i, q, q.Interval*time.Duration(i)/time.Duration(all)) })
	}
	flows.Wait()
	return s.missed, nil
}

// sender sends the traffic of one agent.
type sender struct {
	agent *Local
	asker asker

	mu     sync.Mutex
	tell   func([]Event)
	missed int
}

// done tells of an operation unless the end of the traffic has ended it.
func (s *sender) done(e Event) {
	if e.Outcome == Canceled {
		return
	}
	if len(e.Err) > maxSaid {
		e.Err = e.Err[:maxSaid]
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tell([]Event{e})
}

func (s *sender) miss() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.missed++
}

// ask asks a question anew with every tick.
func (s *sender) ask(ctx context.Context, index int, q Question, after time.Duration) {
	room := make(chan struct{}, q.Timeout/q.Interval+2)
	var asking sync.WaitGroup
	defer asking.Wait()
	number := uint64(0)
	ticking(ctx, after, q.Interval, func(late time.Duration) {
		select {
		case room <- struct{}{}:
		default:
			s.miss()
			return
		}
		number++
		e := Event{Question: index, Number: number, Started: time.Now(), Late: late}
		asking.Go(func() {
			a := s.asker.askOne(ctx, q)
			e.Elapsed = time.Since(e.Started)
			e.Outcome, e.Code, e.Server, e.Saw, e.Err = a.Outcome, a.Code, a.Server, a.Saw, a.Err
			<-room
			s.done(e)
		})
	})
}

// ticking calls work now and then until ctx ends, and says how late it is.
func ticking(ctx context.Context, after, every time.Duration, work func(late time.Duration)) {
	if !pause(ctx, after) {
		return
	}
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	late := time.Duration(0)
	for ctx.Err() == nil {
		work(late)
		select {
		case <-ctx.Done():
		case due := <-ticks.C:
			late = time.Since(due)
		}
	}
}

// stream uses a connection with every tick.
func (s *sender) stream(ctx context.Context, index int, q Question, after time.Duration) {
	var stream Stream
	hangUp := func() {
		if stream != nil {
			_ = stream.Close() // it is reset, whatever stands in the way
		}
		stream = nil
	}
	defer hangUp()
	var number, connection uint64
	silent := 0
	ticking(ctx, after, q.Interval, func(time.Duration) { // its last use may have taken long
		number++
		e := Event{Question: index, Number: number, Started: time.Now(), Opens: stream == nil}
		if stream == nil {
			connection++
			var err error
			stream, err = s.agent.Open(ctx, q)
			if err == nil {
				e.Server, e.Saw = stream.Opened().Server, stream.Opened().Saw
			}
			silent = 0
			e.ended(err)
		} else {
			e.ended(exchange(ctx, stream, q.Timeout))
		}
		e.Connection = connection
		s.done(e)
		if e.Outcome == Timeout {
			silent++
		} else {
			silent = 0
		}
		if e.Outcome != Answered && e.Outcome != Timeout || silent >= maxSilent {
			hangUp()
		}
	})
}

func exchange(ctx context.Context, stream Stream, patience time.Duration) error {
	limited, cancel := context.WithTimeoutCause(ctx, patience, errSilence)
	defer cancel()
	_, err := stream.Exchange(limited)
	return err
}

// ended enters how an operation ended.
func (e *Event) ended(err error) {
	e.Elapsed, e.Outcome = time.Since(e.Started), OutcomeOf(err)
	if err != nil {
		e.Err = err.Error()
	}
}
