package chaos

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// oracle remembers what was predicted for the moments of a timeline.
type oracle struct {
	lab.Oracle
	moments []Moment
	flows   []topology.Flow

	predicted map[asked]expectation
	survived  map[passage]bool
	// made are the moments in one of which the standing connection of a flow was made.
	made map[int][]int
}

// expectation is what a flow meets while something is the matter with the platform.
type expectation struct {
	verdict.Verdict
	bearing Bearing
	hops    []string
	// met is whether the flow is reached as long as nothing is the matter.
	met bool
}

// expect says what a flow meets in a world, with what happens to the platform at the same time.
func expect(o lab.Oracle, w topology.World, hs []lab.Happening, f topology.Flow) expectation {
	way := o.Predict(w, f)
	e := expectation{Verdict: way.Verdict, hops: hopsOf(w, f, way), met: way.Verdict.Positive()}
	for _, h := range hs {
		b := Bears(h, w, f, way)
		switch {
		case b <= e.bearing:
		case b == Silenced:
			e.Verdict = verdict.Dropped(h.On, string(h.Kind))
		case b == Turned:
			e.Verdict = verdict.Rejected(h.On, verdict.NoEndpoints)
		}
		e.bearing = max(e.bearing, b)
	}
	return e
}

// hopsOf lists whom a flow passes, its ends and their machines among them.
func hopsOf(w topology.World, f topology.Flow, way verdict.Observation) []string {
	var hops []string
	from, _ := w.Endpoint(f.From)
	to, _ := serverOf(w, f)
	hops = append(hops, f.From, from.Machine, to.Name, to.Machine)
	for _, s := range append(slices.Clone(way.Path.Forth), way.Path.Back...) {
		hops = append(hops, s.Hop)
	}
	return hops
}

type asked struct {
	moment, flow int
	live         bool
	// made is the moment whose translation a connection keeps; that of moment where it makes no difference.
	made int
}

type passage struct{ moment, flow int }

func newOracle(o lab.Oracle, t Timeline, flows []topology.Flow) *oracle {
	return &oracle{Oracle: o, moments: t.Moments, flows: flows, predicted: map[asked]expectation{}, survived: map[passage]bool{}, made: map[int][]int{}}
}

// expected is what a packet of the flow meets in a moment: as the first of its own, or as one of a connection that stands.
func (o *oracle) expected(moment, flow int, live bool) expectation {
	return o.expectedAs(asked{moment: moment, flow: flow, live: live, made: moment}, o.moments[moment].World)
}

func (o *oracle) expectedAs(key asked, w topology.World) expectation {
	e, known := o.predicted[key]
	if !known {
		f := o.flows[key.flow]
		f.Live = key.live
		e = expect(o.Oracle, w, o.moments[key.moment].Happenings, f)
		o.predicted[key] = e
	}
	return e
}

// standing lists what a packet of a connection that every hop knows may meet in a moment. It keeps the translation with which it was
// made: its node knows it as a whole.
func (o *oracle) standing(moment, flow int) []verdict.Verdict {
	var all []verdict.Verdict
	for _, made := range o.made[flow] {
		w, as := asMade(o.moments[moment].World, o.moments[made].World, o.flows[flow].From)
		if !as {
			made = moment
		}
		if v := o.expectedAs(asked{moment: moment, flow: flow, live: true, made: made}, w).Verdict; !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

// asMade is a world in which a client's cluster translates as it did in another one; false where that is no other.
func asMade(w, made topology.World, client string) (topology.World, bool) {
	from, _ := w.Endpoint(client)
	was, _ := made.Endpoint(client)
	if !translated(from) || !translated(was) || slices.Equal(from.Cluster.NonMasqueradeCIDRs, was.Cluster.NonMasqueradeCIDRs) {
		return w, false
	}
	w = w.Clone()
	from, _ = w.Endpoint(client)
	from.Cluster.NonMasqueradeCIDRs = was.Cluster.NonMasqueradeCIDRs
	return w, true
}

// translated reports whether a client's packets may be masqueraded by its node: it has an address of the containers'. What is on a
// node's own network never is; the replies that it gets from a pod are masqueraded or not as the world says now.
func translated(client topology.Endpoint) bool {
	return client.Cluster != nil && slices.ContainsFunc(client.Cluster.ContainerCIDRs, func(c netip.Prefix) bool { return c.Contains(client.Address) })
}

// verdict is what the expectation is of a flow that is not loose.
func (o *oracle) verdict(moment, flow int, live bool) verdict.Verdict {
	return o.expected(moment, flow, live).Verdict
}

// passing is what the happenings that came and went with a moment's step mean for a flow while the step lasts.
func (o *oracle) passing(moment, flow int) Bearing {
	b, m := Clear, o.moments[moment]
	for _, h := range m.Passing {
		b = max(b, Bears(h, m.World, o.flows[flow], o.Predict(m.World, o.flows[flow])))
	}
	return b
}

// loose reports whether a flow may fail like that whatever the worlds say: silently on a way that loses packets in one of these
// moments, and in any way while something passed by with one of those after the first.
func (o *oracle) loose(first, last, flow int, outcome Outcome) bool {
	for m := first; m <= last; m++ {
		if outcome == Silent && o.expected(m, flow, false).bearing == Loose || m > first && o.passing(m, flow) != Clear {
			return true
		}
	}
	return false
}

// absent reports whether a flow's client may not be there in one of these moments.
func (o *oracle) absent(first, last, flow int) bool {
	for m := first; m <= last; m++ {
		if o.expected(m, flow, false).bearing == Absent || m > first && o.passing(m, flow) == Absent {
			return true
		}
	}
	return false
}

// forgotten reports whether a hop of a flow forgot its connections when a moment began.
func (o *oracle) forgotten(moment, flow int) bool {
	for _, lost := range o.moments[moment].Lost {
		// A connection that stands may pass where a new one would not come to.
		for _, live := range []bool{false, true} {
			if slices.Contains(o.expected(moment-1, flow, live).hops, lost) || slices.Contains(o.expected(moment, flow, live).hops, lost) {
				return true
			}
		}
	}
	return false
}

// fresh is the verdict for a flow's first packet.
func (o *oracle) fresh(moment, flow int) verdict.Verdict { return o.verdict(moment, flow, false) }

// survives reports whether every hop still knows a connection when a moment's world replaces the one before.
func (o *oracle) survives(moment, flow int) bool {
	if moment == 0 {
		return true
	}
	key := passage{moment, flow}
	s, known := o.survived[key]
	if !known {
		f := o.flows[flow]
		s = !o.forgotten(moment, flow) && o.Survives(o.moments[moment-1].World, o.moments[moment].World, f)
		o.survived[key] = s
	}
	return s
}

// disturbed reports whether a flow's connections were forgotten at any of the passages after first up to last.
func (o *oracle) disturbed(first, last, flow int) bool {
	for m := first + 1; m <= last; m++ {
		if !o.survives(m, flow) {
			return true
		}
	}
	return false
}

// always reports whether the flow is reached in every moment.
func (o *oracle) always(flow int) bool {
	for m := range o.moments {
		if !o.fresh(m, flow).Positive() {
			return false
		}
	}
	return true
}

// engine is how the rules of engines' networks begin.
const engine = "engine/"

// means reports whether an operation came out as a verdict says.
func means(v verdict.Verdict, op Operation) bool {
	is := func(outcomes ...Outcome) bool {
		for _, o := range outcomes {
			if op.Outcome == o {
				return true
			}
		}
		return false
	}
	switch v.Kind {
	case verdict.KindReached:
		return is(Answered) && sameAddress(v.SeenAddress, op.Seen)
	case verdict.KindDropped, verdict.KindReplyLost, verdict.KindStalled:
		// A machine that asks on its own bridge for somebody who is not there gives up aloud after a while.
		return is(Silent) || strings.HasPrefix(v.Rule, engine) && is(Unreachable)
	case verdict.KindRefused:
		return is(Refused, Reset)
	case verdict.KindRejected:
		if v.Code == verdict.NoSuchName {
			return is(Denied) && op.Code == v.Code
		}
		return is(Refused, Reset, Unreachable)
	case verdict.KindUnreachable:
		return is(Unreachable)
	case verdict.KindAppDenied:
		// Another protocol's server waits or hangs up.
		return is(Denied, Silent, Reset)
	case verdict.KindMisdelivered, verdict.KindInconclusive:
		// Whoever has the address there does as he likes; nothing is documented.
		return true
	default:
		return false
	}
}

// sameAddress reports whether a server saw whom it should; one whose protocol cannot tell has seen nobody else.
func sameAddress(want, got netip.Addr) bool { return !want.IsValid() || !got.IsValid() || want == got }

// speaksFor reports whether who answered is who was asked: behind a Service, translator or balancer that is one of several.
func speaksFor(w topology.World, f topology.Flow, server string) bool {
	if server == "" {
		return true // a kernel answers a ping
	}
	f = w.Target(f)
	to, known := w.Endpoint(f.To)
	if f.Protocol == topology.DNSQuery {
		return known && server == to.Address.String() // it says which address the name has
	}
	if !known || to.Kind == topology.KindService || to.Kind == topology.KindTranslator || to.Kind == topology.KindBalancer {
		return true
	}
	if h, hosted := w.Host(to.Name); hosted && h.Managed != nil {
		return managed.NameOf(server) == h.InstanceName()
	}
	if _, published := publishedBy(w, to, f); published {
		return true
	}
	return server == to.Name || to.Kind == topology.KindNode && f.Protocol != topology.ICMP
}

func publishedBy(w topology.World, to topology.Endpoint, f topology.Flow) (topology.EngineContainer, bool) {
	h, known := w.Host(to.Name)
	if !known {
		return topology.EngineContainer{}, false
	}
	return h.Published(f.Protocol, f.Port)
}
