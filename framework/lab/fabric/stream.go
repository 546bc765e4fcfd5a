package fabric

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// connection is what an earlier Ask of a Live flow left open.
type connection struct {
	probe.Stream
	from, to topology.Endpoint
	port     uint16 // the server's
	legs     []leg
	// silentIn is the adoption in which it did not answer; zero while it does.
	silentIn int
}

// aside lists the connections that stand and that a question about the flow does
// not ask over, although their packets look like the flow's: they go on repeating
// what was not answered. Others are no concern of it. A client's port may be that
// of a connection to elsewhere, and all that it sends would be passed over.
func (f *Fabric) aside(flow topology.Flow, legs []leg) []standing {
	all := slices.Clone(f.retired)
	for other, c := range f.connections {
		if other != flow {
			all = append(all, c.standing())
		}
	}
	all = slices.DeleteFunc(all, func(s standing) bool { return !s.meets(legs) })
	slices.SortFunc(all, func(a, b standing) int { return int(a.client) - int(b.client) })
	return all
}

func (c *connection) standing() standing {
	return standing{server: c.port, client: c.Opened().Local.Port(), legs: c.legs}
}

// askLive asks a flow over the connection that stands. One that did not answer in
// this world is left aside and a new one is made; in a new world it is tried once
// more, and only then replaced.
func (f *Fabric) askLive(ctx context.Context, q asked, eye watched, flow topology.Flow, agent probe.Agent) (verdict.Observation, error) {
	streamer, ok := agent.(probe.Streamer)
	if !ok {
		return verdict.Observation{}, fmt.Errorf("ask %s: the agent of %s cannot hold a connection", flow, q.from.Name)
	}
	c := f.connections[flow]
	if c != nil && (c.from.Address != q.from.Address || c.to.Address != q.to.Address) {
		f.retire(flow)
		c = nil
	}
	if c != nil && c.silentIn != f.adoptions {
		again := c.silentIn != 0
		o, state, err := f.exchange(ctx, q, eye, c)
		switch {
		case err != nil:
			return verdict.Observation{}, fmt.Errorf("ask %s: %w", flow, err)
		case state == answering:
			c.silentIn = 0
			return o, nil
		case state == silent && !again:
			c.silentIn = f.adoptions
			return o, nil
		case state == silent:
			c.silentIn = f.adoptions
		default:
			f.retire(flow)
		}
	}
	o, err := f.connect(ctx, q, eye, flow, streamer)
	if err != nil {
		return verdict.Observation{}, fmt.Errorf("ask %s: %w", flow, err)
	}
	return o, nil
}

// state is what became of an exchange over a connection.
type state uint8

const (
	answering state = iota + 1
	silent
	ended
)

// exchange has one number echoed over a connection. One that was silent before
// may need the time until its next repetition.
func (f *Fabric) exchange(ctx context.Context, q asked, eye watched, c *connection) (verdict.Observation, state, error) {
	eye.stream = c.Opened().Local.Port()
	patience := f.timing.ProbeTimeout
	if c.silentIn != 0 {
		patience *= 2
	}
	became := ended
	o, err := f.observe(ctx, q, eye, func(ctx context.Context) (probe.Answer, error) {
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		n, err := c.Exchange(limited)
		a := c.Opened()
		a.Outcome, a.Received, a.RTTs = probe.OutcomeOf(err), 0, nil
		switch a.Outcome {
		case probe.Answered:
			became, a.Received = answering, 1
			a.Transcript = fmt.Sprintf("tcp %s:%d: exchange %d over the connection from port %d was answered\n", q.to.Address, q.flow.Port, n, eye.stream)
		case probe.Canceled:
			became = silent
			a.Transcript = fmt.Sprintf("tcp %s:%d: no answer over the connection from port %d\n", q.to.Address, q.flow.Port, eye.stream)
		default:
			a.Err = err.Error()
		}
		return a, nil
	})
	return o, became, err
}

// connect makes a new connection of the flow. When it stands, it takes the place
// of one that was silent.
func (f *Fabric) connect(ctx context.Context, q asked, eye watched, flow topology.Flow, agent probe.Streamer) (verdict.Observation, error) {
	if c := f.connections[flow]; c != nil {
		eye.aside = append(eye.aside, c.standing())
	}
	var opened probe.Stream
	o, err := f.observe(ctx, q, eye, func(ctx context.Context) (probe.Answer, error) {
		s, err := agent.Open(ctx, f.question(q))
		if err == nil {
			opened = s
			return s.Opened(), nil
		}
		return probe.Answer{Outcome: probe.OutcomeOf(err), Errno: probe.ErrnoName(err), Err: err.Error(), Sent: 1, Transcript: f.silence(q)}, nil
	})
	if opened == nil || err != nil {
		if opened != nil {
			err = errors.Join(err, opened.Close())
		}
		return o, err
	}
	f.retire(flow)
	f.connections[flow] = &connection{Stream: opened, from: q.from, to: q.to, port: q.flow.Port, legs: q.legs}
	return o, nil
}

// retire ends the connection of a flow. Its other end may not hear of it and go
// on repeating.
func (f *Fabric) retire(flow topology.Flow) {
	c := f.connections[flow]
	if c == nil {
		return
	}
	f.retired = append(f.retired, c.standing())
	_ = c.Close() // it ends here, whatever its agent says
	delete(f.connections, flow)
}

// Forget ends the connections that Live flows have left open, so that the next
// question of such a flow makes a new one. Their other ends may not hear of it.
func (f *Fabric) Forget() {
	for flow := range f.connections {
		f.retire(flow)
	}
}

// Close ends the connections that Live flows have left open. What the fabric has
// realised stays; it is the site's.
func (f *Fabric) Close() error {
	var errs []error
	for _, c := range f.connections {
		errs = append(errs, c.Close())
	}
	clear(f.connections)
	f.retired = nil
	return errors.Join(errs...)
}
