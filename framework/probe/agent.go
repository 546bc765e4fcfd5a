package probe

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/vpcgate/vpcgate/framework/managed/use"
)

// Agent is what a lab needs of an agent at an endpoint, in this process or behind a control connection.
// Implementations are safe for concurrent use.
type Agent interface {
	// Ask puts questions and returns their answers in order. It returns as soon as ctx ends, within a millisecond
	// or so, with Canceled for what is open; behind a control connection that is silent, within three seconds.
	// An error means that the agent could not be used.
	Ask(ctx context.Context, questions []Question) ([]Answer, error)
	// Listen makes these listeners the ones that the agent serves. What stays is not touched.
	Listen(ctx context.Context, listeners []Listener) error
	// Close ends the use of the agent; in this process it also closes what the agent serves.
	Close() error
}

// Witness is an agent that can say what it saw and that it lives. Local and Client are witnesses.
type Witness interface {
	// Sightings returns the newest requests that arrived at the agent's listeners, oldest first.
	Sightings(ctx context.Context) ([]Sighting, error)
	// Health returns the agent's identity and what it serves.
	Health(ctx context.Context) (Health, error)
}

// Streamer is an agent that can hold connections. Local and Client are streamers.
type Streamer interface {
	// Open opens a stream to the question's endpoint; see OpenStream. The caller closes it.
	Open(ctx context.Context, q Question) (Stream, error)
}

// Local is an agent in this process. All methods are safe for concurrent use.
type Local struct {
	server *Server
	asker  asker
	// streams and traffic are the ports that the last stream, and the last operation of traffic, came from, counted
	// from the first of each. echoes is the id of the last echo of traffic.
	streams, traffic, echoes *atomic.Uint32
	closed                   atomic.Bool
}

// NewLocal returns an agent that asks and serves over the given sockets and states the given identity. It serves
// nothing until Listen, and remembers what services have acknowledged to it. The caller closes it.
func NewLocal(identity string, sockets Sockets) *Local {
	return &Local{
		server: NewServer(identity, sockets),
		asker:  asker{sockets: sockets, name: identity, ledger: use.NewLedger()},

		streams: newPort(streamPorts), traffic: newPort(trafficPorts), echoes: newPort(1 << 16),
	}
}

// Ask implements Agent. After Close the error matches ErrClosed.
func (l *Local) Ask(ctx context.Context, questions []Question) ([]Answer, error) {
	if err := l.usable(); err != nil {
		return nil, err
	}
	return l.asker.ask(ctx, questions)
}

// Listen implements Agent; see Server.Set.
func (l *Local) Listen(ctx context.Context, listeners []Listener) error {
	return l.server.Set(ctx, listeners)
}

// Sightings implements Witness.
func (l *Local) Sightings(context.Context) ([]Sighting, error) { return l.server.Sightings(), nil }

// Health implements Witness.
func (l *Local) Health(context.Context) (Health, error) { return l.server.Health(), l.usable() }

// Open implements Streamer.
func (l *Local) Open(ctx context.Context, q Question) (Stream, error) {
	if err := l.usable(); err != nil {
		return nil, err
	}
	return OpenStream(ctx, streamSockets{Sockets: l.asker.sockets, first: firstStreamPort, ports: streamPorts, last: l.streams}, q)
}

// Close implements Agent. Questions that are being asked end with their own context; streams are their owners'.
func (l *Local) Close() error {
	l.closed.Store(true)
	return l.server.Close()
}

func (l *Local) usable() error {
	if l.closed.Load() {
		return fmt.Errorf("agent %s: %w", l.server.identity, ErrClosed)
	}
	return nil
}
