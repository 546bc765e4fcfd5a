package fabric

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/verdict"
)

// withoutStrays sets apart the drops of replies that cannot be the flow's own.
// What a server still sends to the same address, such as another SYN-ACK for a
// client that has gone, belongs to a question that is over. Nor is what somebody says
// to the server who was given its reply in the client's stead the client's request.
func (q asked) withoutStrays(e verdict.Evidence) verdict.Evidence {
	rules := e.Rules
	e.Rules = nil
	_, strayed := q.gotReply(e)
	strayed = strayed && q.astray(e)
	for _, r := range rules {
		foreign := strayed
		if r.Way == verdict.Reply {
			foreign = q.answersNobody(e, rules) || q.ofAnotherConnection(e, r)
		}
		if foreign {
			e.Strays = append(e.Strays, r)
			continue
		}
		e.Rules = append(e.Rules, r)
	}
	return e
}

// answersNobody reports whether the request was never handed to a server, since it
// was dropped or since no hop has seen it yet: nobody can have answered it.
func (q asked) answersNobody(e verdict.Evidence, rules []verdict.RuleCount) bool {
	isRequest := func(r verdict.RuleCount) bool { return r.Way == verdict.Request }
	return q.arrivesAt != "" && !q.arrived(e) && (slices.ContainsFunc(rules, isRequest) || !left(e))
}

// ofAnotherConnection reports whether a reply was dropped for belonging to no
// connection, where the flow's connection is known because its request passed.
// Only a live flow can have lost its entry there since; and where the request of one
// leg passed, a reply of another may come by that belongs to none.
func (q asked) ofAnotherConnection(e verdict.Evidence, r verdict.RuleCount) bool {
	if q.flow.Live || r.Rule != verdict.InvalidState(r.Hop) {
		return false
	}
	knows := false
	for i := range q.legs {
		passed := seen(e, r.Hop, i, verdict.Request, verdict.Left) > 0
		lost := seen(e, r.Hop, i, verdict.Reply, verdict.Entered) > seen(e, r.Hop, i, verdict.Reply, verdict.Left)
		if lost && !passed {
			return false
		}
		knows = knows || passed
	}
	return knows
}

// strayedTo finds who answered, the server or who got the request in its stead, and the
// machine that got the reply in the client's: another one with its address, where the
// reply was seen last, or on the machine of who answered when none left it.
func (q asked) strayedTo(e verdict.Evidence) (by, at string, ok bool) {
	if !q.astray(e) {
		return "", "", false
	}
	by, machine, replied := q.to.Name, q.server.Machine, q.replied(e)
	if n, instead := q.gotInstead(e); instead {
		by, machine, replied = n.name, n.machine, q.toAddress(e, n, verdict.Reply, verdict.Entered)
	}
	if at, got := q.gotReply(e); got {
		return by, at, true
	}
	for _, n := range q.twins {
		if n.machine == machine && replied == 0 {
			return by, n.machine, true
		}
	}
	return "", "", false
}

// gotReply finds the machine that was handed a reply that is not what the client waits
// for: another one with its address, or whoever asked a container by its host and has an
// answer past it.
func (q asked) gotReply(e verdict.Evidence) (string, bool) {
	for _, n := range q.twins {
		if n.got(e) {
			return n.machine, true
		}
	}
	if q.past.hop != "" && seen(e, q.past.hop, len(q.legs)-1, verdict.Reply, verdict.Left) > 0 {
		return q.past.machine, true
	}
	return "", false
}

// astray reports whether somebody got the request, and no reply came where the client's
// way begins.
func (q asked) astray(e verdict.Evidence) bool {
	_, instead := q.gotInstead(e)
	return (instead || q.arrived(e)) && q.first(e, verdict.Reply, verdict.Entered) == 0
}

// got reports whether a reply was handed to a twin.
func (n namesake) got(e verdict.Evidence) bool {
	return slices.ContainsFunc(e.Sightings, func(s verdict.Sighting) bool {
		return s.Hop == n.hop && s.Way == verdict.Reply && s.Point == verdict.Left && s.Client == n.address
	})
}
