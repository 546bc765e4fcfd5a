package fabric

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// contradicted says what the data plane recorded against an agent that claims an
// answer: no reply came back to it, or the request was handed over under another
// address than the server is said to have seen. It is empty where nothing speaks
// against the agent. On one machine no hop counts.
func (q asked) contradicted(e verdict.Evidence, saw netip.Addr) string {
	if q.arrivesAt == "" && q.leavesFrom == "" {
		return ""
	}
	if !q.cameBack(e) {
		return "no hop saw such a reply to " + q.from.Name
	}
	if (q.flow.Bytes > 0 || q.flow.Use != "") && len(e.Rules) > 0 {
		return e.Rules[0].Rule + " counted what it sent"
	}
	var handed []netip.Addr
	for _, s := range e.Sightings {
		if s.Leg >= q.finals() && s.Hop == q.arrival(s.Leg) && s.Way == verdict.Request && s.Point == verdict.Left {
			handed = append(handed, s.Client)
		}
	}
	if len(handed) > 0 && !slices.Contains(handed, saw) {
		return "the request was handed over from " + handed[0].String()
	}
	return ""
}

// cameBack reports whether a reply passed the hop next to the client. What is for
// a machine itself only enters it; and what a node has translated for a Service
// has, on its way to the node's own processes, other addresses at every point.
func (q asked) cameBack(e verdict.Evidence) bool {
	least := q.leastReply()
	switch {
	case q.service != nil:
		return slices.ContainsFunc(e.Sightings, func(s verdict.Sighting) bool { return s.Way == verdict.Reply && s.Packets >= least })
	case q.leavesFrom == q.from.Machine && q.from.Kind != topology.KindPod:
		return q.first(e, verdict.Reply, verdict.Entered) >= least
	default:
		return q.first(e, verdict.Reply, verdict.Left) >= least
	}
}

// leastReply is of how many packets a reply consists at least: a new connection is
// accepted and then greeted, where a refusal is one packet.
func (q asked) leastReply() uint64 {
	if q.protocol == topology.TCP && !q.flow.Live {
		return 2
	}
	return 1
}
