package chaos

import (
	"net/netip"
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

	predicted map[asked]verdict.Verdict
	survived  map[passage]bool
}

type asked struct {
	moment, flow int
	live         bool
}

type passage struct{ moment, flow int }

func newOracle(o lab.Oracle, t Timeline, flows []topology.Flow) *oracle {
	return &oracle{Oracle: o, moments: t.Moments, flows: flows, predicted: map[asked]verdict.Verdict{}, survived: map[passage]bool{}}
}

// verdict is what a packet of the flow meets in a moment: as the first of its own, or as one of a connection that stands.
func (o *oracle) verdict(moment, flow int, live bool) verdict.Verdict {
	key := asked{moment, flow, live}
	v, known := o.predicted[key]
	if !known {
		f := o.flows[flow]
		f.Live = live
		v = o.Predict(o.moments[moment].World, f).Verdict
		o.predicted[key] = v
	}
	return v
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
		s = len(o.moments[moment].Lost) == 0 && o.Survives(o.moments[moment-1].World, o.moments[moment].World, f)
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
