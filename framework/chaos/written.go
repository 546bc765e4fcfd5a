package chaos

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Written sums up what became of the records that clients wrote while the world changed.
type Written struct {
	// Clients counts those that wrote.
	Clients int `json:"clients"`
	managed.Tally
}

// Add adds what another one wrote.
func (w *Written) Add(other Written) {
	w.Clients += other.Clients
	w.Attempted += other.Attempted
	w.Acknowledged += other.Acknowledged
	w.Found += other.Found
	w.Missing += other.Missing
	w.Altered += other.Altered
}

// String is the sums as reports show them.
func (w Written) String() string {
	return fmt.Sprintf("written by %d clients: %s", w.Clients, w.Tally)
}

// production judges what became of what one client wrote: all that was acknowledged is there. It begins in the healthy world and is
// read back in it, so that neither has an excuse.
func (j *judge) production(p Production) {
	violated := func(i Invariant, text string) {
		j.Violations = append(j.Violations, Violation{
			Invariant: i, Flow: p.Flow, Operation: Operation{Sent: j.timeline.End, Ended: j.timeline.End}, Text: text,
		})
	}
	j.Written.Add(Written{Clients: 1, Tally: p.Tally})
	switch {
	case !p.Begun:
		violated(BlastRadius, "nothing could be written before anything changed: "+p.Failed)
	case p.Failed != "":
		violated(Recovers, "what was acknowledged cannot be read back once everything is healed: "+p.Failed)
	case p.Tally.Acknowledged == 0:
		j.unknown("%s: nothing was acknowledged of what was written", p.Flow)
	case !p.Tally.Whole():
		violated(Acknowledged, p.Tally.String())
	}
}

// safe reports whether a flow is answered in a moment, and nothing may make it silent.
func (j *judge) safe(moment, flow int) bool {
	e := j.oracle.expected(moment, flow, false)
	return e.bearing == Clear && e.Positive()
}

// held reports whether a broker may have said no since it still held the client's messages for a connection that something has
// ended without its knowledge: it learns of that when heartbeats do not come.
//
// Source: AMQP 0-9-1 4.2.7 "Heartbeat Frames"; RabbitMQ "Detecting Dead TCP Connections with Heartbeats".
func (j *judge) held(op Operation, last int) bool {
	if j.history.Flows[op.Flow].Use != topology.UseAMQP || op.Outcome != Denied || op.Code != "" {
		return false
	}
	for m := last; m > 0 && j.timeline.Moments[m].Done+j.terms.Grace+j.terms.Held >= op.Sent; m-- {
		if !j.oracle.survives(m, op.Flow) || !j.safe(m-1, op.Flow) || !j.safe(m, op.Flow) {
			return true
		}
	}
	return j.history.stalled(op.Sent-j.terms.Held, op.Ended)
}
