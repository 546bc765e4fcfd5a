package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

// DefaultControl is the control address of an agent that is not told otherwise. It is an abstract unix socket, which
// needs no writable folder and belongs to the network namespace: agents that share one need names of their own.
const DefaultControl = "@vpcgate-agent"

// maxInFlight bounds the requests that one control connection may have open.
const maxInFlight = 256

// ListenControl listens on a control address: a path, or "@" and a name for an abstract unix socket. A socket file
// that nobody serves any more is replaced; one that is served is an error. The caller closes the listener.
func ListenControl(ctx context.Context, address string) (net.Listener, error) {
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "unix", address)
	if errors.Is(err, unix.EADDRINUSE) && !strings.HasPrefix(address, "@") {
		var dialer net.Dialer
		conn, dialErr := dialer.DialContext(ctx, "unix", address)
		if dialErr == nil {
			return nil, errors.Join(fmt.Errorf("listen %s: %w", address, err), conn.Close())
		}
		if errors.Is(dialErr, unix.ECONNREFUSED) && os.Remove(address) == nil {
			listener, err = config.Listen(ctx, "unix", address)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("listen control: %w", err)
	}
	return listener, nil
}

// ServeControl serves the control protocol on every connection of the listener until ctx ends. It closes the listener
// and returns when all its connections have ended: nil if ctx ended them.
func (l *Local) ServeControl(ctx context.Context, listener net.Listener) error {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var conns sync.WaitGroup
	defer conns.Wait()
	for {
		conn, err := listener.Accept()
		if ctx.Err() != nil {
			if err == nil {
				_ = conn.Close()
			}
			return nil
		}
		if err != nil {
			return errors.Join(fmt.Errorf("accept control: %w", err), listener.Close())
		}
		conns.Go(func() { _ = l.ServeConn(ctx, conn) })
	}
}

// ServeConn serves the control protocol on one connection, such as a unix socket or the standard streams of an exec,
// until it ends or ctx does; both are returned as nil. Requests are served at the same time. What a connection opened
// (questions, streams) ends with it; listeners stay. rw is closed if it is an [io.Closer]; if it is not, a read that
// is under way outlives the call.
func (l *Local) ServeConn(ctx context.Context, rw io.ReadWriter) error {
	ctx, cancel := context.WithCancel(ctx)
	s := &session{agent: l, out: rw, running: make(map[uint64]context.CancelFunc), streams: make(map[uint64]held)}
	ended := make(chan error, 1)
	go func() { ended <- s.serve(ctx, bufio.NewReader(rw)) }()
	var err error
	select {
	case err = <-ended:
	case <-ctx.Done():
	}
	cancel()
	if closer, ok := rw.(io.Closer); ok {
		_ = closer.Close()
	}
	s.end()
	if errors.Is(err, io.EOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, unix.ECONNRESET) {
		err = nil
	}
	return err
}

// session is one control connection at the agent's side.
type session struct {
	agent *Local
	tasks sync.WaitGroup

	// writing guards out: a line is written whole.
	writing sync.Mutex
	out     io.Writer

	mu      sync.Mutex
	ended   bool
	running map[uint64]context.CancelFunc
	streams map[uint64]held
	opened  uint64
}

// serve reads requests until the connection ends.
func (s *session) serve(ctx context.Context, in *bufio.Reader) error {
	for {
		line, err := readLine(in, MaxLine)
		if errors.Is(err, ErrTooLarge) {
			s.reply(Response{Error: err.Error()})
		}
		if err != nil {
			return err
		}
		r, err := DecodeRequest(line)
		if err != nil {
			s.reply(Response{ID: r.ID, Error: err.Error()})
			continue
		}
		if r.Op == OpCancel {
			s.cancel(r.ID)
			continue
		}
		s.start(ctx, r)
	}
}

// start serves a request in a goroutine of its own.
func (s *session) start(ctx context.Context, r Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, twice := s.running[r.ID]
	refused := ""
	switch {
	case s.ended:
		refused = ErrClosed.Error()
	case twice:
		refused = fmt.Sprintf("request %d: already being served", r.ID)
	case len(s.running) >= maxInFlight:
		refused = fmt.Sprintf("request %d: %d requests are being served", r.ID, maxInFlight)
	}
	if refused != "" {
		s.reply(Response{ID: r.ID, Error: refused})
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	s.running[r.ID] = cancel
	s.tasks.Go(func() {
		defer cancel()
		response := s.obey(ctx, r)
		response.ID = r.ID
		s.cancel(r.ID)
		s.reply(response)
	})
}

// cancel ends a request if it is being served.
func (s *session) cancel(id uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if cancel, ok := s.running[id]; ok {
		cancel()
		delete(s.running, id)
	}
}

// obey carries out a request.
func (s *session) obey(ctx context.Context, r Request) Response {
	var response Response
	var err error
	switch r.Op {
	case OpAsk:
		response.Answers, err = s.agent.Ask(ctx, r.Questions)
	case OpListen:
		err = s.agent.Listen(ctx, r.Listeners)
	case OpSightings:
		response.Sightings, err = s.agent.Sightings(ctx)
	case OpHealth:
		var health Health
		health, err = s.agent.Health(ctx)
		response.Health = &health
	case OpTraffic:
		response, err = s.obeyTraffic(ctx, r)
	case OpOpen, OpExchange, OpClose, OpProduce, OpTally:
		response, err = s.obeyStream(ctx, r)
		if err != nil {
			response.Outcome = OutcomeOf(err)
		}
	default:
		err = fmt.Errorf("op %q: %w", r.Op, ErrMalformed)
	}
	if err != nil {
		response.Error = err.Error()
	}
	return response
}

// held is what a connection has opened and may close: a Stream or a Production.
type held interface{ Close() error }

// obeyStream carries out a request about a stream or a production.
func (s *session) obeyStream(ctx context.Context, r Request) (Response, error) {
	switch r.Op {
	case OpOpen:
		stream, err := s.agent.Open(ctx, r.Questions[0])
		if err != nil {
			return Response{}, err
		}
		return s.hold(ctx, stream, Response{Answers: []Answer{stream.Opened()}})
	case OpProduce:
		production, err := s.agent.Produce(ctx, r.Questions[0])
		if err != nil {
			return Response{}, err
		}
		return s.hold(ctx, production, Response{})
	default:
	}
	s.mu.Lock()
	one, ok := s.streams[r.Stream]
	if r.Op == OpClose {
		delete(s.streams, r.Stream)
	}
	s.mu.Unlock()
	switch {
	case !ok:
		return Response{}, fmt.Errorf("stream %d: %w", r.Stream, ErrClosed)
	case r.Op == OpClose:
		return Response{}, one.Close()
	}
	if stream, ok := one.(Stream); ok && r.Op == OpExchange {
		sequence, err := stream.Exchange(ctx)
		return Response{Sequence: sequence}, err
	}
	if production, ok := one.(Production); ok && r.Op == OpTally {
		tally, err := production.Tally(ctx)
		return Response{Tally: &tally}, err
	}
	return Response{}, fmt.Errorf("op %s of %d: %w: it is of another kind", r.Op, r.Stream, ErrMalformed)
}

// hold keeps what was opened for the requests that follow.
func (s *session) hold(ctx context.Context, one held, r Response) (Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// What opened in the moment of its cancellation has nobody to close it.
	if s.ended || ctx.Err() != nil {
		return Response{}, errors.Join(fmt.Errorf("open: %w", context.Canceled), one.Close())
	}
	s.opened++
	s.streams[s.opened] = one
	r.Stream = s.opened
	return r, nil
}

// reply writes a response. A connection that cannot be written to is noticed by its reader.
func (s *session) reply(response Response) {
	line, err := EncodeResponse(response)
	if err != nil {
		line, err = EncodeResponse(Response{ID: response.ID, Error: err.Error()})
	}
	if err != nil {
		return
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	_, _ = s.out.Write(line)
}

// end closes what the connection opened and waits for its requests.
func (s *session) end() {
	s.mu.Lock()
	s.ended = true
	for _, stream := range s.streams {
		_ = stream.Close()
	}
	s.mu.Unlock()
	s.tasks.Wait()
}
