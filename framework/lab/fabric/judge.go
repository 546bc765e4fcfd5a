package fabric

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// asked is a flow with both ends resolved.
type asked struct {
	flow     topology.Flow // as the client sends it
	from, to topology.Endpoint
	// server is who shall answer: to itself, or who is behind it.
	server   topology.Endpoint
	protocol topology.Protocol
	// legs are the parts of the way, the last of which ends at server; sees
	// names whom an address that a server saw belongs to.
	legs []leg
	sees func(netip.Addr) (string, bool)
	// between is the address under which a translator or load balancer asks on;
	// invalid where there is none.
	between netip.Addr
	// service is what a node translates the flow for; nil where none does. Of the
	// legs, so many at the end are alternatives to the one before them.
	service      *served
	alternatives int
	// overlaid marks a flow that travels inside the overlay, where no router
	// sees it as it is.
	overlaid bool
	// arrivesAt is the hop that hands the request over: the router of the
	// server's VPC, or its node for a flow inside the overlay. It is empty when
	// both ends are on one machine. Its interface there is door.
	arrivesAt, door string
	// leavesFrom is the first hop that the request enters, likewise.
	leavesFrom string
	// namesakes are others with the server's address.
	namesakes []namesake
	// resets are the rules of access controls that say no by a reset.
	resets []string
	// twins are others with an address of the client's.
	twins []namesake
	// past is who asks a host for what its container serves, and may be answered past it.
	past namesake
	// instance is the name of the managed service that is used; empty for a flow
	// that uses none. Its brokers that the client speaks to after the first
	// connection are asked as flows of their own.
	instance string
	brokers  []asked
	// refusal is how the server's access control says no; silence where it has none.
	refusal topology.RefusalStyle
}

// judge turns what the client's agent says and what the data plane recorded
// into a verdict. It is pure. A negative needs a counter; without one the
// verdict is Inconclusive.
func judge(q asked, a probe.Answer, e verdict.Evidence) verdict.Verdict {
	q, e = q.part(a, e)
	switch a.Outcome {
	case probe.Answered:
		return judgeAnswer(q, a, e)
	case probe.Refused, probe.Reset:
		if v, ok := q.rejected(a); ok {
			return v
		}
		if v, ok := q.reset(e); ok {
			return v
		}
		if v, ok := q.mute(a, e); ok {
			return v
		}
		return judgeRefusal(q, a, e)
	case probe.NetUnreachable, probe.HostUnreachable, probe.Prohibited:
		if len(e.Rules) == 1 && e.Rules[0].Hop == q.from.Machine && (a.Rejection == nil || q.ownKernel(a.Rejection.From)) {
			// The kernel tells its own processes what a rule drops; nobody else
			// would hear of it.
			return verdict.Dropped(e.Rules[0].Hop, e.Rules[0].Rule)
		}
		if a.Rejection != nil {
			return verdict.Verdict{Kind: verdict.KindRejected, Hop: a.Rejection.From.String(), Code: a.Outcome.String()}
		}
		return verdict.Unreachable(q.from.Machine, a.Errno)
	case probe.Timeout, probe.Canceled:
		if a.Received > 0 {
			return verdict.Inconclusive("%d of %d packets were answered before the wait was ended", a.Received, a.Sent)
		}
		if q.flow.Bytes > 0 && len(e.Rules) == 1 && (a.Server != "" || a.Outcome == probe.Canceled && e.Rules[0].Way == verdict.Request && repliesSeen(e)) {
			// Connected and greeted, but what was sent then never came back. The agent of a busy machine may be asked to stop before it
			// can say by whom it was greeted; that it was shows in what it sent after a reply.
			if v := judgeAnswer(q, a, e); a.Server != "" && v.Kind == verdict.KindMisdelivered {
				return v
			}
			return verdict.Stalled(e.Rules[0].Hop, e.Rules[0].Rule)
		}
		if v, ok := q.mute(a, e); ok {
			return v
		}
		return judgeSilence(q, q.unheard(e))
	case probe.Denied:
		return judgeDenial(q, a, e)
	case probe.Partial:
		return verdict.Inconclusive("%d of %d packets were answered", a.Received, a.Sent)
	default:
		return verdict.Inconclusive("the agent of %s could not ask: %s", q.from.Name, a.Err)
	}
}

// ownKernel reports whether the client's own machine says no: a bridge's neighbour that
// did not answer, which may take it longer than a counter.
func (q asked) ownKernel(a netip.Addr) bool {
	return q.from.Kind == topology.KindHost && slices.Contains(q.legs[0].clients, a)
}

func judgeAnswer(q asked, a probe.Answer, e verdict.Evidence) verdict.Verdict {
	if q.protocol != topology.ICMP && !q.serves(a.Server) {
		return verdict.Misdelivered(managed.NameOf(a.Server))
	}
	saw := a.Saw.Addr().Unmap()
	if other, ok := answeredInstead(q, e); ok && (q.protocol == topology.ICMP || !saw.IsValid() || q.between.IsValid()) {
		// Not even the right server is one that was reached past what stands before it.
		return verdict.Misdelivered(other)
	}
	if q.protocol == topology.ICMP || !saw.IsValid() {
		// The kernel answers a ping and tells nobody whom it saw: the router
		// that handed the request over did.
		saw = lastClient(q, e)
	}
	if !saw.IsValid() {
		return verdict.Inconclusive("%s answered, but no hop recorded the address it saw", q.server.Name)
	}
	name, ok := q.sees(saw)
	if !ok {
		return verdict.Inconclusive("%s saw %s, which is neither %s nor %s", q.server.Name, saw, q.from.Name, q.from.Machine)
	}
	if why := q.contradicted(e, saw); why != "" {
		return verdict.Inconclusive("%s says that %s answered and saw %s, but %s", q.from.Name, q.server.Name, saw, why)
	}
	v := verdict.ReachedAs(name)
	v.SeenAddress = saw
	return v
}

// answeredInstead names who got a request that did not get to the server.
func answeredInstead(q asked, e verdict.Evidence) (string, bool) {
	n, ok := q.gotInstead(e)
	return n.name, ok
}

// gotInstead finds who got a request that did not get to the server: who has the same
// address where the request was seen last, or on the client's own machine when it
// never left.
func (q asked) gotInstead(e verdict.Evidence) (namesake, bool) {
	if q.arrived(e) {
		return namesake{}, false
	}
	for _, n := range q.namesakes {
		if q.toAddress(e, n, verdict.Request, verdict.Left) > 0 {
			return n, true
		}
	}
	for _, n := range q.namesakes {
		if n.machine == q.from.Machine && n.address == q.legs[0].server && !q.wentOut(e) {
			return n, true
		}
	}
	return namesake{}, false
}

// left reports whether any hop saw the request.
func left(e verdict.Evidence) bool {
	return slices.ContainsFunc(e.Sightings, func(s verdict.Sighting) bool { return s.Way == verdict.Request })
}

// wentOut reports whether the request was seen anywhere but on the client's own machine,
// whose rules see what it sends to itself as well.
func (q asked) wentOut(e verdict.Evidence) bool {
	return slices.ContainsFunc(e.Sightings, func(s verdict.Sighting) bool {
		return s.Way == verdict.Request && s.Hop != q.from.Machine
	})
}

// lastClient is the client address with which the request was handed to the
// server's machine.
func lastClient(q asked, e verdict.Evidence) netip.Addr {
	if q.arrivesAt == "" && q.from.Machine == q.server.Machine {
		for _, s := range e.Sightings {
			if s.Hop == q.server.Machine && s.Way == verdict.Request && s.Point == verdict.Left {
				return s.Client
			}
		}
		return q.from.Address
	}
	for _, s := range e.Sightings {
		if s.Leg >= q.finals() && s.Hop == q.arrival(s.Leg) && s.Way == verdict.Request && s.Point == verdict.Left {
			return s.Client
		}
	}
	return netip.Addr{}
}

// judgeRefusal believes a refusal only when the request reached the server's
// machine and an answer came from there: a rule on the way could send the same.
func judgeRefusal(q asked, a probe.Answer, e verdict.Evidence) verdict.Verdict {
	if other, ok := answeredInstead(q, e); ok {
		return verdict.Misdelivered(other)
	}
	switch {
	case q.arrivesAt == "":
		return verdict.Refused()
	case !q.arrived(e):
		return verdict.Inconclusive("%s on a request that never reached %s", a.Errno, q.server.Machine)
	case q.protocol == topology.TCP && q.replied(e) == 0:
		return verdict.Inconclusive("%s, but %s sent no reply", a.Errno, q.server.Machine)
	default:
		return verdict.Refused()
	}
}

// judgeSilence finds where the request or its reply ended.
func judgeSilence(q asked, e verdict.Evidence) verdict.Verdict {
	switch len(e.Rules) {
	case 0:
	case 1:
		r := e.Rules[0]
		if slices.Contains(q.resets, r.Rule) {
			// The reset did not come back: for the client it was as if it had been dropped.
			return verdict.Dropped(r.Hop, r.Rule)
		}
		if q.speaks(r) {
			return verdict.Inconclusive("silence, and %s at %s counted, which says no aloud", r.Rule, r.Hop)
		}
		if travelled, how := q.travelledOn(e, r); travelled {
			return verdict.Inconclusive("silence, and %s at %s counted, but %s", r.Rule, r.Hop, how)
		}
		if other, ok := answeredInstead(q, e); ok && r.Way == verdict.Reply {
			return verdict.ReplyLost(other, r.Hop, r.Rule)
		}
		if r.Way == verdict.Reply {
			return verdict.ReplyLost(q.to.Name, r.Hop, r.Rule)
		}
		return verdict.Dropped(r.Hop, r.Rule)
	default:
		return verdict.Inconclusive("silence, and several rules dropped packets: %s", ruleList(e.Rules))
	}
	if by, at, ok := q.strayedTo(e); ok {
		return verdict.ReplyLost(by, at, "")
	}
	if n, ok := q.gotInstead(e); ok && q.toAddress(e, n, verdict.Reply, verdict.Entered) == 0 {
		return verdict.ReplyLost(n.name, n.machine, "")
	}
	switch {
	case q.arrivesAt == "":
		return verdict.Inconclusive("silence on one machine, where no hop counts")
	case q.arrived(e) && q.replied(e) == 0:
		return verdict.Inconclusive("silence: the request was handed to %s, which sent no reply, and no rule counted", q.server.Machine)
	case q.arrived(e) && q.first(e, verdict.Reply, verdict.Left) > 0:
		return verdict.Inconclusive("silence, although the reply was handed to %s", q.from.Machine)
	case q.first(e, verdict.Request, verdict.Entered) == 0:
		return verdict.Inconclusive("silence, and no packet of the flow left %s", q.from.Machine)
	default:
		return verdict.Inconclusive("silence, and no rule counted a drop")
	}
}

// travelledOn reports whether packets of the way that a rule counted came through
// all the same. A rule that drops leaves none; one that only bears witness is
// believed only then. What the server's own machine drops was handed to it before; and
// its reply may have come back to it by a route, to end there.
func (q asked) travelledOn(e verdict.Evidence, r verdict.RuleCount) (bool, string) {
	switch {
	case r.Way == verdict.Request && r.Hop != q.server.Machine && q.flow.Bytes == 0 && !q.flow.Live && q.arrived(e):
		return true, "the request was handed to " + q.server.Machine
	case r.Rule == verdict.NotForwarded(r.Hop):
		return false, ""
	case r.Way == verdict.Reply && r.Hop == q.server.Machine && q.arrivesAt != "" && q.replied(e) > 0:
		return true, "the reply left " + q.server.Machine
	default:
		return false, ""
	}
}

// arrived reports whether the request was handed to the server's machine.
func (q asked) arrived(e verdict.Evidence) bool {
	for i := q.finals(); i < len(q.legs); i++ {
		if at := q.arrival(i); at != "" && seen(e, at, i, verdict.Request, verdict.Left) > 0 {
			return true
		}
	}
	return false
}

// finals is the first of the legs that end at a server.
func (q asked) finals() int { return len(q.legs) - 1 - q.alternatives }

// arrival is the hop that hands a leg's request to its server.
func (q asked) arrival(leg int) string {
	if at := q.legs[leg].arrivesAt; at != "" {
		return at
	}
	return q.arrivesAt
}

// replied counts packets of the reply where the request was handed over.
func (q asked) replied(e verdict.Evidence) (n uint64) {
	for i := q.finals(); i < len(q.legs); i++ {
		n += seen(e, q.arrival(i), i, verdict.Reply, verdict.Entered)
	}
	return n
}

// toAddress counts packets of the legs to a namesake's address where it is.
func (q asked) toAddress(e verdict.Evidence, to namesake, w verdict.Way, p verdict.Point) (n uint64) {
	for i, l := range q.legs {
		if l.server == to.address {
			n += seen(e, to.hop, i, w, p)
		}
	}
	return n
}

// first counts packets of the first leg at the hop that the request enters first.
func (q asked) first(e verdict.Evidence, w verdict.Way, p verdict.Point) uint64 {
	return seen(e, q.leavesFrom, 0, w, p)
}

func seen(e verdict.Evidence, hop string, leg int, w verdict.Way, p verdict.Point) uint64 {
	var n uint64
	for _, s := range e.Sightings {
		if s.Hop == hop && s.Leg == leg && s.Way == w && s.Point == p {
			n += s.Packets
		}
	}
	return n
}

func ruleList(rules []verdict.RuleCount) string {
	parts := make([]string, len(rules))
	for i, r := range rules {
		parts[i] = fmt.Sprintf("%s at %s +%d", r.Rule, r.Hop, r.Packets)
	}
	return strings.Join(parts, ", ")
}

// repliesSeen reports whether replies came back on the way to the client.
func repliesSeen(e verdict.Evidence) bool {
	return slices.ContainsFunc(e.Sightings, func(s verdict.Sighting) bool { return s.Way == verdict.Reply })
}
