package fabric

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// A flow that uses a managed service is asked and seen as any TCP flow is. What is
// of its own is here: who the server is by the identity that it states, what of its
// no is believed, and that a client of Kafka speaks to every broker.

// using completes a question about a flow that uses a managed service.
func (q *asked) using(w *topology.World, chosen func(balancer string) (BackendPlan, bool)) error {
	h, known := w.ServerOf(q.flow)
	if h.Whitelist.InForce() && q.protocol == topology.TCP {
		q.refusal = h.Whitelist.Refusal
	}
	for _, other := range w.Hosts {
		if other.Whitelist.InForce() && other.Whitelist.Refusal == topology.ResetRefusal && q.protocol == topology.TCP {
			q.resets = append(q.resets, verdict.Whitelist(other.Name))
		}
	}
	if q.flow.Use == "" || !known {
		return nil
	}
	q.instance = h.InstanceName()
	if q.service != nil {
		return nil
	}
	for _, leg := range w.ToBrokers(q.flow) {
		if leg.To == q.flow.To {
			continue // the first connection has shown it
		}
		b, err := resolveOne(w, leg, chosen)
		if err != nil {
			return err
		}
		b.instance = q.instance
		q.brokers = append(q.brokers, b)
	}
	return nil
}

// allLegs are the flow's, and those to the further brokers, in order, each of which
// arrives by a door of its own.
func (q asked) allLegs() []leg {
	if len(q.brokers) == 0 {
		return q.legs
	}
	var all []leg
	for _, b := range append([]asked{q}, q.brokers...) {
		legs := slices.Clone(b.legs)
		last := &legs[len(legs)-1]
		last.arrivesAt, last.door = b.arrivesAt, b.door
		all = append(all, legs...)
	}
	return all
}

// part finds the connection by which a flow to several brokers ended, with the
// evidence of that one: where the client says that it was, else its first. The
// client speaks to one after the other, so that the earlier ones have answered.
func (q asked) part(a probe.Answer, e verdict.Evidence) (asked, verdict.Evidence) {
	if len(q.brokers) == 0 {
		return q, e
	}
	part, from := q, 0
	if a.Outcome != probe.Answered {
		at := len(q.legs)
		for _, b := range q.brokers {
			if a.At == netip.AddrPortFrom(b.to.Address, b.flow.Port) {
				part, from = b, at
			}
			at += len(b.legs)
		}
	}
	part.brokers = nil
	sightings := e.Sightings
	e.Sightings = nil
	for _, s := range sightings {
		if s.Leg >= from && s.Leg < from+len(part.legs) {
			s.Leg -= from
			e.Sightings = append(e.Sightings, s)
		}
	}
	return part, e
}

// speaks reports whether a rule is that of an access control which says no aloud:
// its count is not the end of the flow, and what it says is awaited.
func (q asked) speaks(r verdict.RuleCount) bool {
	return q.refusal != topology.SilentRefusal && r.Rule == verdict.Whitelist(q.server.Machine) || slices.Contains(q.resets, r.Rule)
}

// reset is what a refusal means when an access control, of the server or of who got
// the request in its stead, and nobody else, has counted the request.
func (q asked) reset(e verdict.Evidence) (verdict.Verdict, bool) {
	if len(e.Rules) != 1 || !slices.Contains(q.resets, e.Rules[0].Rule) {
		return verdict.Verdict{}, false
	}
	return verdict.RejectedBy(e.Rules[0].Hop, e.Rules[0].Rule, verdict.ConnectionReset), true
}

// unheard sets apart what an access control has counted that speaks by the service
// itself: the request has arrived there, and if nothing was heard of it, something
// else lost the reply.
func (q asked) unheard(e verdict.Evidence) verdict.Evidence {
	if q.refusal != topology.ApplicationRefusal {
		return e
	}
	e.Rules = slices.DeleteFunc(slices.Clone(e.Rules), func(r verdict.RuleCount) bool {
		return q.speaks(r) && r.Hop == q.server.Machine
	})
	return e
}

// judgeDenial believes what an application says only when the request was seen
// arriving at it, and that somebody is not listed only when the list's own rule
// has counted him.
func judgeDenial(q asked, a probe.Answer, e verdict.Evidence) verdict.Verdict {
	another := a.Server != q.server.Name || q.service != nil && q.service.captured
	if a.Code == verdict.OtherProtocol && a.Server != "" && another {
		return verdict.Misdelivered(a.Server) // an agent that greeted in the server's place
	}
	if other, ok := answeredInstead(q, e); ok {
		return verdict.Misdelivered(other)
	}
	listed := !slices.ContainsFunc(e.Rules, func(r verdict.RuleCount) bool { return q.speaks(r) && r.Hop == q.server.Machine })
	switch {
	case a.Code == "":
		return verdict.Inconclusive("%s answered with an error of its own: %s", q.server.Name, a.Err)
	case q.arrivesAt != "" && !q.arrived(e):
		return verdict.Inconclusive("%s on a request that never reached %s: %s", a.Code, q.server.Machine, a.Err)
	case a.Code != verdict.OtherProtocol && a.Server != "" && !q.serves(a.Server):
		return verdict.Misdelivered(managed.NameOf(a.Server))
	case (a.Code == verdict.NotListed) == listed:
		return verdict.Inconclusive("%s, and whether %s counted says otherwise: %s", a.Code, verdict.Whitelist(q.server.Machine), a.Err)
	default:
		return verdict.AppDenied(q.server.Name, a.Code)
	}
}

// mute is what it means that the connection of a use stood, and that its server
// hung up or said nothing until the client had enough, although nothing was lost:
// it waits for another protocol.
func (q asked) mute(a probe.Answer, e verdict.Evidence) (verdict.Verdict, bool) {
	ended := a.Outcome == probe.Timeout || a.Outcome == probe.Reset
	if q.instance == "" || !ended || a.Connected == 0 || len(e.Rules) > 0 || q.arrivesAt != "" && (!q.arrived(e) || q.replied(e) == 0) {
		return verdict.Verdict{}, false
	}
	return verdict.AppDenied(q.server.Name, verdict.OtherProtocol), true
}

// said is who said no aloud, in which words; nil where nobody did.
func (q asked) said(a probe.Answer) *verdict.Said {
	s := verdict.Said{Code: a.Errno, Text: a.Err}
	switch {
	case a.Rejection != nil:
		s.By = a.Rejection.From.String()
	case a.Outcome == probe.Denied:
		s.By, s.Code = a.At.String(), a.Code
	case a.Outcome == probe.Refused, a.Outcome == probe.Reset:
		s.By = netip.AddrPortFrom(q.to.Address, q.flow.Port).String()
		if a.At.IsValid() {
			s.By = a.At.String()
		}
	case a.Outcome == probe.NetUnreachable, a.Outcome == probe.HostUnreachable, a.Outcome == probe.Prohibited:
		s.By = q.from.Machine
	default:
		return nil
	}
	return &s
}
