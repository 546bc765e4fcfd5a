package teeth

import (
	"context"
	"errors"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Fault is a way in which the instrument itself is broken.
type Fault string

const (
	// NoFault leaves the instrument whole.
	NoFault Fault = ""
	// AgentDead: the agent at the client is gone.
	AgentDead Fault = "the client's agent is dead"
	// AgentSaysYes: the agent at the client claims answers that it did not get.
	AgentSaysYes Fault = "the client's agent claims an answer"
	// AgentSaysNo: the agent at the client hides the answers that it got.
	AgentSaysNo Fault = "the client's agent hides the answer"
	// ServerDead: who serves the flow is gone.
	ServerDead Fault = "the server is dead"
	// CountersUnread: no counter of the data plane is read.
	CountersUnread Fault = "no counter is read"
)

// Breaker is a lab that can break its own instrument.
type Breaker interface {
	// Break brings the fault about for a flow of the adopted world; it may do so
	// from inside an adoption's successor, never during one.
	Break(ctx context.Context, fault Fault, f topology.Flow) error
	// Mend makes the instrument whole again; the next adoption makes good what
	// the fault has taken away.
	Mend(ctx context.Context) error
}

// play plays a fault at the lab's port, for the flow that it concerns.
func (f Fault) play(b *bent, flow topology.Flow, on func() bool) {
	about := func(o *verdict.Observation) bool { return on() && o.Flow == flow }
	switch f {
	case AgentDead:
		b.ask = func(_ int, o *verdict.Observation) {
			if about(o) {
				o.Verdict = verdict.Inconclusive("the agent is gone")
			}
		}
	case AgentSaysYes, AgentSaysNo:
		b.ask = func(_ int, o *verdict.Observation) {
			if about(o) {
				o.Verdict = verdict.Inconclusive("the agent says otherwise than the data plane")
			}
		}
	case ServerDead:
		b.alive = func() error {
			if on() {
				return errors.New("nobody is home")
			}
			return nil
		}
	case CountersUnread:
		b.ask = func(_ int, o *verdict.Observation) {
			if on() {
				o.Evidence.Rules, o.Evidence.Received = nil, 0
			}
		}
	default:
	}
}
