package storm

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"sync"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// sender is an agent that sends what one client asks. Agents come and go with their machines and pods, and whom they ask may have
// another address then; the client goes on with the next agent of its name.
type sender struct {
	from  string
	agent probe.Trafficker
	sent  *sent
	// base is what was counted before this agent began, by flow.
	base map[int]counted
	stop context.CancelFunc
	done chan struct{}
	err  error // once done
}

// counted is how far the numbers of a flow have come.
type counted struct{ number, connection uint64 }

// late is a time in which a client was held up.
type late struct {
	from string
	chaos.Span
}

// send begins to send what a client asks.
func (e *episode) send(ctx context.Context, from string, t *sent) error {
	agent, ok := e.lab.Trafficker(from)
	if !ok {
		return fmt.Errorf("send traffic from %s: the lab has no such agent", from)
	}
	ctx, stop := context.WithCancel(ctx)
	s := &sender{from: from, agent: agent, sent: t, base: map[int]counted{}, stop: stop, done: make(chan struct{})}
	e.mu.Lock()
	for _, flow := range t.flows {
		s.base[flow] = e.counted[flow]
	}
	e.mu.Unlock()
	e.senders[from] = s
	go func() {
		defer close(s.done)
		missed, err := agent.Traffic(ctx, t.Traffic, func(events []probe.Event) { e.heard(s, events) })
		e.mu.Lock()
		defer e.mu.Unlock()
		e.history.Skipped += missed
		s.err = err
	}()
	return nil
}

// resume has the clients go on whose agents are others than before, or who have to ask elsewhere. One whose agent is gone may be on
// a machine that is; it is asked for again after the next step.
func (e *episode) resume(ctx context.Context) error {
	for from, t := range e.traffic(e.history.Flows) {
		s := e.senders[from]
		agent, there := e.lab.Trafficker(from)
		if !there || agent == s.agent && reflect.DeepEqual(t.Traffic, s.sent.Traffic) {
			continue
		}
		s.stop()
		<-s.done
		if err := e.send(ctx, from, t); err != nil {
			return err
		}
	}
	return nil
}

// hangUp ends all traffic. An agent that had ended before that by itself is an error.
func (e *episode) hangUp() error {
	var errs []error
	var ending sync.WaitGroup
	for _, s := range e.senders {
		select {
		case <-s.done:
			if s.err == nil {
				s.err = fmt.Errorf("traffic from %s ended before the schedule did", s.from)
			}
		default:
		}
		s.stop()
		ending.Go(func() { <-s.done })
	}
	ending.Wait()
	for _, s := range e.senders {
		errs = append(errs, s.err)
	}
	return errors.Join(errs...)
}

// stalls are when clients were held up by the machine, and not by what was done to their own.
func (e *episode) stalls() []chaos.Span {
	var all []chaos.Span
	for _, l := range e.late {
		if !e.timeline.Away(l.from, l.Span) {
			all = append(all, l.Span)
		}
	}
	return all
}
