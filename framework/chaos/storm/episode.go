package storm

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Lab is a lab whose agents can send traffic while it adopts worlds.
type Lab interface {
	lab.Lab
	lab.Platform
	// Trafficker is the agent of a host, node or pod.
	Trafficker(endpoint string) (probe.Trafficker, bool)
	// Roots are the certificates, in PEM, of what its world serves over HTTPS.
	Roots() string
	// ForgetConnections makes all of the lab forget every connection.
	ForgetConnections() error
}

// Namer is a lab whose cluster has a DNS.
type Namer interface {
	// NameServer is where the pods of the world that is adopted ask for names.
	NameServer(ctx context.Context) (netip.AddrPort, error)
}

// mostOperations bounds the history of an episode.
const mostOperations = 200_000

// Episode takes a lab through a schedule and returns what its traffic met, and when which world was in force. The lab is left
// with the world of the last step.
func Episode(ctx context.Context, l Lab, stage chaos.Stage, s chaos.Schedule, pace config.Chaos) (chaos.History, chaos.Timeline, error) {
	plan, err := s.Plan(stage)
	if err != nil {
		return chaos.History{}, chaos.Timeline{}, err
	}
	if f, serves := l.(lab.Forgetter); serves {
		f.Forget()
	}
	if err := l.Adopt(ctx, stage.World); err != nil {
		return chaos.History{}, chaos.Timeline{}, err
	}
	if err := l.ForgetConnections(); err != nil {
		return chaos.History{}, chaos.Timeline{}, err
	}
	e := &episode{
		lab: l, pace: pace, began: time.Now(), history: chaos.History{Flows: s.Flows}, ongoing: map[lab.Happening]*ongoing{},
		senders: map[string]*sender{}, counted: map[int]counted{},
	}
	if e.names, err = nameServer(ctx, l, s.Flows); err != nil {
		return chaos.History{}, chaos.Timeline{}, err
	}
	e.timeline.Moments = []chaos.Moment{{World: l.World()}}
	err = e.run(ctx, s, plan)
	return e.history, e.timeline, errors.Join(err, e.healAll(context.WithoutCancel(ctx)))
}

// nameServer is whom the clients of a schedule ask for names; nobody where none of them does.
func nameServer(ctx context.Context, l Lab, flows []topology.Flow) (netip.AddrPort, error) {
	if !slices.ContainsFunc(flows, func(f topology.Flow) bool { return f.Protocol == topology.DNSQuery }) {
		return netip.AddrPort{}, nil
	}
	n, names := l.(Namer)
	if !names {
		return netip.AddrPort{}, fmt.Errorf("the %s lab has no DNS that traffic could ask", l.Name())
	}
	return n.NameServer(ctx)
}

type episode struct {
	lab      Lab
	pace     config.Chaos
	began    time.Time
	timeline chaos.Timeline
	ongoing  map[lab.Happening]*ongoing
	senders  map[string]*sender
	// names is where clients ask for names. It is one address, whatever happens to who serves there.
	names netip.AddrPort

	mu      sync.Mutex
	history chaos.History
	counted map[int]counted
	late    []late
}

func (e *episode) now() time.Duration { return time.Since(e.began) }

// run sends the traffic and, meanwhile, goes through the steps.
func (e *episode) run(ctx context.Context, s chaos.Schedule, plan []chaos.Planned) error {
	sending, stop := context.WithCancel(ctx)
	defer stop()
	var watching sync.WaitGroup
	watching.Go(func() { e.watch(sending) })
	var err error
	for from, t := range e.traffic(s.Flows) {
		err = errors.Join(err, e.send(sending, from, t))
	}
	var written []writing
	if err == nil {
		written, err = e.write(ctx, s)
	}
	if err == nil {
		err = e.steps(ctx, sending, s, plan)
	}
	e.timeline.End = e.now()
	err = errors.Join(err, e.hangUp())
	stop()
	watching.Wait()
	e.history.Stalls = append(e.history.Stalls, e.stalls()...)
	return errors.Join(err, e.tally(ctx, written, err))
}

// steps goes through the plan; what is sent ends with sending.
func (e *episode) steps(ctx, sending context.Context, s chaos.Schedule, plan []chaos.Planned) error {
	if err := poll.Sleep(ctx, s.Warm); err != nil {
		return err
	}
	for _, p := range plan {
		if err := e.step(ctx, p); err != nil {
			return fmt.Errorf("%s: %w", p.Step, err)
		}
		if err := e.resume(sending); err != nil {
			return fmt.Errorf("%s: %w", p.Step, err)
		}
		if err := poll.Sleep(ctx, p.Hold); err != nil {
			return err
		}
	}
	return nil
}

// step makes one change: what is over first, then the world, then what happens to the platform.
func (e *episode) step(ctx context.Context, p chaos.Planned) error {
	// What went on until now has been met by all the traffic that will ever meet it.
	if err := e.prove(ctx, p.Ends); err != nil {
		return err
	}
	m := chaos.Moment{Began: e.now(), World: p.World, Step: p.String(), Kinds: p.Kinds, Heals: len(p.Inject) == 0, Happenings: p.Happenings()}
	for _, h := range p.Ends {
		proof, err := e.heal(ctx, h)
		if err != nil {
			return err
		}
		m.Proofs = append(m.Proofs, proof)
		m.Lost = append(m.Lost, chaos.Forgets(h, p.World)...)
	}
	if err := e.lab.Adopt(ctx, p.World); err != nil {
		return err
	}
	at := len(e.timeline.Moments)
	for _, h := range p.Happens {
		o, err := e.lab.Happen(ctx, h)
		if err != nil {
			return err
		}
		if !h.Kind.Momentary() {
			e.ongoing[h] = &ongoing{Ongoing: o, since: at}
			continue
		}
		m.Passing, m.Lost = append(m.Passing, h), append(m.Lost, chaos.Forgets(h, p.World)...)
		if m.Proofs, err = proven(ctx, o, m.Proofs); err != nil {
			return err
		}
	}
	m.World, m.Done = e.lab.World(), e.now() // as the lab has it: it may have given its pods other addresses
	e.timeline.Moments = append(e.timeline.Moments, m)
	return nil
}

// watch notes when the machine did not let this process work.
func (e *episode) watch(ctx context.Context) {
	ticks := time.NewTicker(e.pace.Stall / 4)
	defer ticks.Stop()
	last := e.now()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
		now := e.now()
		if now-last > e.pace.Stall {
			e.mu.Lock()
			e.history.Stalls = append(e.history.Stalls, chaos.Span{From: last, To: now})
			e.mu.Unlock()
		}
		last = now
	}
}

// sent is the traffic of one agent, with which of the schedule's flows each of its questions is.
type sent struct {
	probe.Traffic
	flows []int
}

// traffic is what each client sends. Addresses stay what they are, whatever fails.
func (e *episode) traffic(flows []topology.Flow) map[string]*sent {
	w := e.lab.World()
	all := map[string]*sent{}
	for _, live := range []bool{false, true} { // streams count on after the questions
		for i, f := range flows {
			if f.Live != live {
				continue
			}
			t := all[f.From]
			if t == nil {
				t = &sent{Traffic: probe.Traffic{Lasting: e.pace.Episode}}
				all[f.From] = t
			}
			q := e.question(w, f)
			if live {
				t.Streams = append(t.Streams, q)
			} else {
				t.Questions = append(t.Questions, q)
			}
			t.flows = append(t.flows, i)
		}
	}
	return all
}

func (e *episode) question(w topology.World, f topology.Flow) probe.Question {
	if f.Protocol == topology.DNSQuery {
		return probe.Question{
			ID: f.String(), Protocol: probe.UDP, Target: e.names.Addr(), Port: e.names.Port(), Name: f.To, Interval: e.pace.Pace, Timeout: e.pace.Patience,
		}
	}
	f = w.Target(f)
	to, _ := w.Endpoint(f.To)
	q := probe.Question{
		ID: f.String(), Protocol: protocols()[f.Protocol], Target: to.Address, Port: f.Port, Payload: f.Bytes, Interval: e.pace.Pace, Timeout: e.pace.Patience,
	}
	if f.Use != "" {
		q.Use, q.Interval = probe.Use{Kind: f.Use, Password: topology.AppPassword, Roots: e.lab.Roots()}, e.pace.UsePace
	}
	return q
}

func protocols() map[topology.Protocol]probe.Protocol {
	return map[topology.Protocol]probe.Protocol{topology.TCP: probe.TCP, topology.UDP: probe.UDP, topology.ICMP: probe.ICMP}
}

// heard enters what came of operations.
func (e *episode) heard(s *sender, events []probe.Event) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, x := range events {
		if len(e.history.Operations) >= mostOperations {
			e.history.Forgotten++
			continue
		}
		at, flow := x.Started.Sub(e.began), s.sent.flows[x.Question]
		if x.Late > e.pace.Stall {
			e.late = append(e.late, late{from: s.from, Span: chaos.Span{From: at - x.Late, To: at}})
		}
		base, is := s.base[flow], &chaos.Operation{
			Number: x.Number, Flow: flow, Connection: x.Connection, Opens: x.Opens,
			Sent: at, Ended: at + x.Elapsed, Outcome: outcomeOf(x), Code: x.Code, Server: x.Server, Seen: x.Saw.Addr().Unmap(),
		}
		is.Number += base.number
		if is.Connection > 0 {
			is.Connection += base.connection
		}
		if is.Outcome != chaos.Answered {
			is.Said = x.Err
		}
		e.history.Operations = append(e.history.Operations, *is)
		last := e.counted[flow]
		e.counted[flow] = counted{number: max(last.number, is.Number), connection: max(last.connection, is.Connection)}
	}
}
