package probe

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// ErrClosed marks the use of an agent, a server, a client or a stream after its end.
var ErrClosed = errors.New("closed")

// Health is an agent's word that it lives.
type Health struct {
	// Identity is the name that it states to every client.
	Identity string `json:"identity"`
	// Listeners are those that are open, sorted by their text.
	Listeners []Listener `json:"listeners,omitempty"`
	// Started is when the agent was made.
	Started time.Time `json:"started"`
}

// Server answers questions: it listens, states its identity and the source address it saw, and remembers sightings.
// All methods are safe for concurrent use.
type Server struct {
	identity string
	sockets  Sockets
	started  time.Time
	seen     sightings
	gate     gate

	// adopting serialises Set and Close; mu guards the fields below it.
	adopting sync.Mutex
	mu       sync.Mutex
	open     map[Listener]io.Closer
	closed   bool
}

// NewServer returns a server without listeners. The caller closes it. The identity is at most 253 bytes.
func NewServer(identity string, sockets Sockets) *Server {
	if len(identity) > maxName {
		identity = identity[:maxName]
	}
	return &Server{
		identity: identity, sockets: sockets, started: time.Now().Round(0).UTC(), open: make(map[Listener]io.Closer),
	}
}

// Serve opens the listeners, waits until ctx ends and closes the server. It returns nil after an end in good order.
func (s *Server) Serve(ctx context.Context, listeners []Listener) error {
	if err := s.Set(ctx, listeners); err != nil {
		return errors.Join(err, s.Close())
	}
	<-ctx.Done()
	return s.Close()
}

// Set makes these listeners the ones that are open: it closes the others, with all connections made through them, and
// opens the missing ones. A listener that stays is not touched, nor are its connections. What can be opened is
// opened; the error joins everything that could not. After Close the error matches ErrClosed.
func (s *Server) Set(ctx context.Context, listeners []Listener) error {
	if err := ValidateListeners(listeners); err != nil {
		return fmt.Errorf("set listeners of %s: %w", s.identity, err)
	}
	s.adopting.Lock()
	defer s.adopting.Unlock()
	if s.isClosed() {
		return fmt.Errorf("set listeners of %s: %w", s.identity, ErrClosed)
	}
	wanted := make(map[Listener]struct{}, len(listeners))
	for _, l := range listeners {
		wanted[l.normal()] = struct{}{}
	}
	var problems []error
	for _, l := range s.Listeners() {
		if _, keep := wanted[l]; !keep {
			problems = append(problems, s.drop(l))
		}
	}
	for _, l := range listeners {
		problems = append(problems, s.add(ctx, l.normal()))
	}
	return errors.Join(problems...)
}

// add opens a listener unless it is open.
func (s *Server) add(ctx context.Context, l Listener) error {
	s.mu.Lock()
	_, already := s.open[l]
	s.mu.Unlock()
	if already {
		return nil
	}
	var service io.Closer
	var err error
	switch l.Protocol {
	case TCP:
		service, err = s.serveTCP(ctx, l)
	case UDP:
		service, err = s.serveUDP(ctx, l)
	case ICMP:
		service, err = s.observeICMP(ctx, l)
	}
	if err != nil {
		return fmt.Errorf("open listener %s of %s: %w", l, s.identity, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.open[l] = service
	return nil
}

// drop closes a listener and its connections and waits until its goroutines have ended.
func (s *Server) drop(l Listener) error {
	s.mu.Lock()
	service := s.open[l]
	delete(s.open, l)
	s.mu.Unlock()
	if service == nil {
		return nil
	}
	if err := service.Close(); err != nil {
		return fmt.Errorf("close listener %s of %s: %w", l, s.identity, err)
	}
	return nil
}

// Listeners returns the open listeners, sorted by their text.
func (s *Server) Listeners() []Listener {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]Listener, 0, len(s.open))
	for l := range s.open {
		list = append(list, l)
	}
	slices.SortFunc(list, func(a, b Listener) int { return strings.Compare(a.String(), b.String()) })
	return list
}

// Sightings returns the newest requests that arrived at the listeners, oldest first, at most 2048. It contains every
// request whose reply has left. Sightings outlive the listener that made them.
func (s *Server) Sightings() []Sighting {
	s.mu.Lock()
	for _, service := range s.open {
		if o, ok := service.(*observer); ok {
			o.flush()
		}
	}
	s.mu.Unlock()
	return s.seen.list()
}

// Health returns the server's identity and what it serves.
func (s *Server) Health() Health {
	return Health{Identity: s.identity, Listeners: s.Listeners(), Started: s.started}
}

// Close closes all listeners and connections and waits until their goroutines have ended. It may be called again.
func (s *Server) Close() error {
	s.adopting.Lock()
	defer s.adopting.Unlock()
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	var problems []error
	for _, l := range s.Listeners() {
		problems = append(problems, s.drop(l))
	}
	return errors.Join(problems...)
}

func (s *Server) isClosed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.closed
}
