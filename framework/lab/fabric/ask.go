package fabric

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Ask asks one flow of the adopted world through the agent of its client and
// judges the answer by the routers' counters. As soon as a counter has shown
// the flow's fate the client's wait is ended; no timeout is waited for to
// believe a drop. The error speaks of the fabric or of the question, never of
// the flow. One Ask at a time: counters are shared by all flows.
func (f *Fabric) Ask(ctx context.Context, w topology.World, flow topology.Flow, agent probe.Agent) (verdict.Observation, error) {
	began := time.Now()
	q, err := resolve(&w, w.Target(flow), f.chosen)
	if err != nil {
		return verdict.Observation{}, err
	}
	eye := watched{legs: q.allLegs(), carriers: carriers(q.from, q.to.Address), bulk: q.flow.Bytes > 0, beyond: q.beyond(), returning: q.returning(&w)}
	if q.service != nil {
		eye.carriers = q.serviceCarriers()
	} else if !q.overlaid && len(q.brokers) == 0 {
		eye.arrivesAt, eye.door = q.arrivesAt, q.door
	}
	eye.aside = f.aside(flow, eye.legs)
	if flow.Live {
		o, err := f.askLive(ctx, q, eye, flow, agent)
		o.Flow, o.Milliseconds = flow, milliseconds(began)
		return o, err
	}
	o, err := f.observe(ctx, q, eye, func(ctx context.Context) (probe.Answer, error) { return f.put(ctx, q, agent) })
	if err != nil {
		return verdict.Observation{}, fmt.Errorf("ask %s: %w", flow, err)
	}
	o.Flow, o.Milliseconds = flow, milliseconds(began)
	return o, nil
}

func milliseconds(since time.Time) float64 { return float64(time.Since(since).Microseconds()) / 1000 }

// asking puts the question until ctx ends, and returns what came of it.
type asking func(ctx context.Context) (probe.Answer, error)

// observe watches the flow while it is asked, and judges the answer. A question
// that was asked and of which no hop saw anything was not observed: it is asked
// once more, under a watch that is made anew. Who claims an answer without having
// asked is not seen the second time either.
func (f *Fabric) observe(ctx context.Context, q asked, eye watched, ask asking) (verdict.Observation, error) {
	w, err := f.witnessed(ctx, q, eye.look(), ask)
	if err == nil && (w.missed != "" || q.unobserved(w.answer, w.evidence)) {
		if err = f.unwatch(); err == nil {
			w, err = f.witnessed(ctx, q, eye.look(), ask)
		}
	}
	if err != nil {
		return verdict.Observation{}, err
	}
	o := verdict.Observation{From: q.from.Address, To: q.to.Address, Evidence: w.evidence, Transcript: w.answer.Transcript}
	if w.missed != "" {
		o.Verdict = verdict.Inconclusive("more passed %s than it could keep a record of", w.missed)
		return o, nil
	}
	o.Verdict = judge(q, w.answer, w.evidence)
	return o, nil
}

// witness is what came of a question: what the client says, what the hops noted, and
// which of them could not note everything.
type witness struct {
	answer   probe.Answer
	evidence verdict.Evidence
	missed   string
}

// witnessed has the question asked, and returns the answer with what the hops saw
// of it.
func (f *Fabric) witnessed(ctx context.Context, q asked, eye lookout, ask asking) (witness, error) {
	hops := f.hops()
	if err := each(slices.DeleteFunc(slices.Clone(hops), func(h hop) bool { return h.record.kept }), hop.keep); err != nil {
		return witness{}, err
	}
	before, err := readAll(hops, hop.begin)
	if err != nil {
		return witness{}, err
	}
	var w witness
	if w.answer, err = f.probe(ctx, q, eye, ask, hops, before); err != nil {
		return witness{}, err
	}
	a := &w.answer
	f.mutant.answer(q.flow, a)
	after, err := readAll(hops, hop.read)
	if err != nil {
		return witness{}, err
	}
	w.missed = after.missedSince(before, hops)
	e := q.withoutStrays(f.evidence(eye, hops, before, after))
	e.Sent, e.Received, e.Server, e.Errno = a.Sent, a.Received, a.Server, a.Errno
	e.Said = q.said(*a)
	w.evidence = e
	return w, nil
}

// unobserved reports whether a question was put on the wire, by what the client
// says, and no hop of those that it must pass saw a packet of it.
func (q asked) unobserved(a probe.Answer, e verdict.Evidence) bool {
	wired := q.arrivesAt != "" || q.leavesFrom != ""
	spoke := a.Outcome == probe.Answered || a.Outcome == probe.Timeout || a.Outcome == probe.Denied
	return wired && spoke && a.Sent > 0 && len(e.Sightings) == 0 && len(e.Rules) == 0 && len(e.Strays) == 0
}

// unwatch ends the records of every hop.
func (f *Fabric) unwatch() error { return each(f.hops(), hop.stop) }

// put asks the one question of a flow that is not Live.
func (f *Fabric) put(ctx context.Context, q asked, agent probe.Agent) (probe.Answer, error) {
	answers, err := agent.Ask(ctx, []probe.Question{f.question(q)})
	switch {
	case err != nil:
		return probe.Answer{}, err
	case len(answers) != 1:
		return probe.Answer{Outcome: probe.Broken, Err: fmt.Sprintf("one question, %d answers", len(answers))}, nil
	default:
		return answers[0], nil
	}
}

// probe asks and, beside it, reads the records until one shows that a packet of
// the flow was dropped.
func (f *Fabric) probe(ctx context.Context, q asked, eye lookout, ask asking, hops []hop, before reading) (probe.Answer, error) {
	asking, cancel := context.WithCancel(ctx)
	defer cancel()
	type reply struct {
		answer probe.Answer
		err    error
	}
	replies := make(chan reply, 1)
	go func() {
		a, err := ask(asking)
		replies <- reply{a, err}
	}()
	var got *reply
	// Most answers are there before anything is worth reading; what takes longer is
	// looked at ever more rarely, since looking costs more than most questions do.
	turn, look := 0, 1
	err := poll.Until(ctx, f.timing.CounterPoll, func(context.Context) (bool, string, error) {
		select {
		case r := <-replies:
			got = &r
			return true, "", nil
		default:
		}
		if turn++; turn <= look {
			return false, "no answer and no drop yet", nil
		}
		look = max(turn, turn*3/2)
		if some, err := condemnedSince(hops, before); err != nil || !some {
			return false, "no answer and no drop yet", err
		}
		now, err := readAll(hops, hop.read)
		if err != nil {
			return false, "", err
		}
		return lost(q, q.withoutStrays(f.evidence(eye, hops, before, now))), "no answer and no drop yet", nil
	})
	if err != nil {
		cancel()
		<-replies
		return probe.Answer{}, err
	}
	if got == nil {
		cancel()
		r := <-replies
		got = &r
	}
	if got.err != nil && asking.Err() != nil && ctx.Err() == nil {
		// An agent that had to be cut off: the counters speak for it.
		return probe.Answer{Outcome: probe.Canceled, Sent: 1, Transcript: f.silence(q)}, nil
	}
	if got.err != nil {
		return probe.Answer{Outcome: probe.Broken, Err: got.err.Error()}, ctx.Err()
	}
	return got.answer, nil
}

// lost reports whether rules have condemned as many packets of the flow as it
// was asked with.
func lost(q asked, e verdict.Evidence) bool {
	var dropped uint64
	for _, r := range e.Rules {
		if !q.speaks(r) {
			dropped += r.Packets
		}
	}
	return dropped >= uint64(packets(q.protocol))
}

func (f *Fabric) silence(q asked) string {
	return fmt.Sprintf("%s: no answer when the drop was counted, asked from %s", q.flow, q.from.Address)
}

func (f *Fabric) question(q asked) probe.Question {
	p := map[topology.Protocol]probe.Protocol{topology.TCP: probe.TCP, topology.UDP: probe.UDP, topology.ICMP: probe.ICMP}
	var u probe.Use
	if q.flow.Use != "" {
		u = probe.Use{Kind: q.flow.Use, Password: topology.AppPassword, Roots: f.roots}
	}
	return probe.Question{
		ID: q.flow.String(), Protocol: p[q.flow.Protocol], Target: q.to.Address, Port: q.flow.Port, Payload: q.flow.Bytes,
		Count: packets(q.flow.Protocol), Interval: f.timing.PingInterval, Timeout: f.timing.ProbeTimeout,
		Use: u,
	}
}

// packets is how often a flow is asked in one question: a ping four times, as
// the page's transcripts show it.
func packets(p topology.Protocol) int {
	if p == topology.ICMP {
		return 4
	}
	return 1
}

func resolve(w *topology.World, flow topology.Flow, chosen func(balancer string) (BackendPlan, bool)) (asked, error) {
	q, err := resolveOne(w, flow, chosen)
	if err != nil {
		return q, err
	}
	return q, q.using(w, chosen)
}

// resolveOne resolves a flow as one connection, which it is for all but Kafka.
func resolveOne(w *topology.World, flow topology.Flow, chosen func(balancer string) (BackendPlan, bool)) (asked, error) {
	q := asked{flow: flow, protocol: flow.Protocol}
	var ok bool
	if q.from, ok = w.Endpoint(flow.From); !ok {
		return q, fmt.Errorf("ask %s: the world has no host, node or pod %q", flow, flow.From)
	}
	if q.to, ok = w.Endpoint(flow.To); !ok {
		return q, fmt.Errorf("ask %s: the world has no host, node or pod %q", flow, flow.To)
	}
	q.follow(w, chosen)
	q.sees = func(source netip.Addr) (string, bool) { return q.seenAs(w, source) }
	if s := serviceOf(w, q.from, q.to, flow); s != nil {
		q.throughService(w, s)
		return q, nil
	}
	q.findNamesakes(w, chosen)
	q.findTwins(w)
	if q.from.Machine == q.server.Machine && len(q.legs) == 1 {
		return q, nil
	}
	if q.overlaid = overlaid(q.from, q.to); q.overlaid {
		q.leavesFrom, q.arrivesAt = q.from.Machine, q.to.Machine
		return q, nil
	}
	if v, _, ok := w.SubnetOf(q.server.Attached.Subnet); ok {
		q.arrivesAt = v.Name
	}
	if v, _, ok := w.SubnetOf(q.from.Attached.Subnet); ok {
		q.leavesFrom = v.Name
	}
	q.door = portName(q.server.Machine)
	q.published(w)
	return q, nil
}

// overlaid reports whether the flow travels inside the overlay, where no router
// sees it as it is.
func overlaid(from, to topology.Endpoint) bool {
	return from.Cluster != nil && from.Cluster.Mode == topology.Tunnel && to.Kind == topology.KindPod &&
		to.Cluster != nil && to.Cluster.Name == from.Cluster.Name
}

// carriers are the two nodes between which the overlay would carry a packet of
// the client's to an address; none where it does not.
func carriers(from topology.Endpoint, to netip.Addr) []netip.Addr {
	if from.Cluster == nil || from.Cluster.Mode != topology.Tunnel {
		return nil
	}
	for _, n := range from.Cluster.Nodes {
		if n.Name != from.Machine && n.Has(to) {
			return []netip.Addr{from.Attached.Address, n.NIC.Address}
		}
	}
	return nil
}

// returning finds between which nodes an overlay carries replies to the client, since
// the server, or who answers in its stead, takes an address of the client's for one of
// a container.
func (q asked) returning(w *topology.World) [][2]netip.Addr {
	var all [][2]netip.Addr
	servers := []topology.Endpoint{q.server}
	for _, n := range q.namesakes {
		if e, ok := w.Endpoint(n.name); ok {
			servers = append(servers, e)
		}
	}
	for _, s := range servers {
		for _, to := range []netip.Addr{q.from.Address, q.from.Attached.Address, q.between} {
			pair := carriers(s, to)
			if len(pair) == 2 && !slices.Contains(all, [2]netip.Addr(pair)) {
				all = append(all, [2]netip.Addr(pair))
			}
		}
	}
	return all
}

// clientAddresses are those that an endpoint's packets may have as source.
func clientAddresses(w *topology.World, e topology.Endpoint) (all []netip.Addr) {
	all = append(all, e.Address, e.Attached.Address)
	if h, ok := w.Host(e.Machine); ok {
		for _, b := range planBridges(w, h) {
			all = append(all, b.Address.Addr())
		}
	}
	if e.Node != nil {
		for _, b := range e.Node.Blocks() {
			all = append(all, b.Masked().Addr().Next())
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	return slices.Compact(all)
}
