package probe

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"
)

// Stream is a TCP connection to a server that is kept open and exercised, to see when a live flow is cut. Its methods
// are safe for concurrent use; exchanges wait for each other.
type Stream interface {
	// Opened returns the answer to the question that opened the stream: server, source seen, local port.
	Opened() Answer
	// Exchange sends the next number and awaits its echo. It returns as soon as ctx ends, with an error that wraps
	// the context's cause; the stream stays open and a later exchange may succeed. OutcomeOf classifies the error,
	// with Canceled standing for a silence as long as the caller's patience. After Close it matches ErrClosed.
	Exchange(ctx context.Context) (sequence uint64, err error)
	// Close ends the connection at once, with a reset. It may be called again.
	Close() error
}

// OpenStream connects to the question's endpoint within its timeout and turns the connection into a stream. The
// caller closes it. OutcomeOf classifies the error; a server that is not an agent cannot hold a stream.
func OpenStream(ctx context.Context, sockets Sockets, q Question) (Stream, error) {
	if err := q.Validate(); err != nil {
		return nil, fmt.Errorf("open stream: %w: %w", ErrCannotAsk, err)
	}
	if q.Protocol != TCP {
		return nil, fmt.Errorf("open stream: %w: %s has no streams", ErrCannotAsk, q.Protocol)
	}
	q = q.normal()
	began := time.Now()
	limited, cancel := context.WithDeadlineCause(ctx, began.Add(q.Timeout), errSilence)
	defer cancel()
	conn, err := sockets.Dial(limited, TCP, sourceOf(q), q.Endpoint())
	if err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	a := Answer{ID: q.ID, Outcome: Answered, Sent: 1, Connected: 1, Received: 1, Started: began.Round(0).UTC()}
	s := &tcpStream{conn: conn}
	bePatient(conn)
	if err := s.open(limited, &a); err != nil {
		hangUp(conn)
		return nil, fmt.Errorf("open stream %s: %w", q.Endpoint(), err)
	}
	a.Elapsed = time.Since(began)
	a.RTTs = []time.Duration{a.Elapsed}
	a.Transcript = transcriptOf(q, &a, nil)
	s.opened = a
	return s, nil
}

// tcpStream is a Stream over a connection of this process.
type tcpStream struct {
	conn   net.Conn
	opened Answer

	// exchanging serialises exchanges. Whoever waits for it waits for the context of the one that runs.
	exchanging sync.Mutex
	sequence   uint64
	// input is what was read of the next line; output is what is still to be written. Both survive an exchange
	// that was interrupted between them.
	input, output []byte

	closing sync.Mutex
	closed  bool
}

// open reads the greeting and asks for the stream mode.
func (s *tcpStream) open(ctx context.Context, a *Answer) error {
	a.Local = addrPortOf(s.conn.LocalAddr())
	return s.within(ctx, func() error {
		line, err := s.readLine(maxGreeting)
		if err != nil {
			return err
		}
		g, err := decodeGreeting(line)
		if err != nil {
			return fmt.Errorf("%w: the server is not an agent", ErrCannotAsk)
		}
		a.Server, a.Saw = g.Identity, g.Saw
		_, err = s.conn.Write([]byte(commandStream + "\n"))
		return err
	})
}

// within runs I/O on the connection that ends when ctx does.
func (s *tcpStream) within(ctx context.Context, work func() error) error {
	if err := s.conn.SetDeadline(time.Time{}); err != nil {
		return err
	}
	interrupted := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		_ = s.conn.SetDeadline(longAgo())
		close(interrupted)
	})
	err := work()
	if !stop() {
		// A late interruption would hit the next exchange.
		<-interrupted
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// Opened implements Stream.
func (s *tcpStream) Opened() Answer { return s.opened }

// Exchange implements Stream.
func (s *tcpStream) Exchange(ctx context.Context) (uint64, error) {
	s.exchanging.Lock()
	defer s.exchanging.Unlock()
	if err := context.Cause(ctx); err != nil {
		return 0, fmt.Errorf("exchange: %w", err)
	}
	s.sequence++
	sequence := s.sequence
	s.output = append(strconv.AppendUint(s.output, sequence, 10), '\n')
	err := s.within(ctx, func() error {
		n, err := s.conn.Write(s.output)
		s.output = append(s.output[:0], s.output[n:]...)
		if err != nil {
			return err
		}
		return s.await(sequence)
	})
	if errors.Is(err, net.ErrClosed) {
		err = ErrClosed
	}
	if err != nil {
		return 0, fmt.Errorf("exchange %d over %s: %w", sequence, s.conn.RemoteAddr(), err)
	}
	return sequence, nil
}

// await reads echoes until that of the number. Earlier numbers are late echoes of interrupted exchanges.
func (s *tcpStream) await(sequence uint64) error {
	for {
		line, err := s.readLine(maxCommand)
		if err != nil {
			return err
		}
		got, err := strconv.ParseUint(string(bytes.TrimSpace(line)), 10, 64)
		switch {
		case err != nil || got > sequence:
			return fmt.Errorf("echo %q: %w", line, ErrMalformed)
		case got == sequence:
			return nil
		}
	}
}

// readLine reads a line, keeping what it has when it is interrupted.
func (s *tcpStream) readLine(limit int) ([]byte, error) {
	var chunk [maxCommand]byte
	for {
		if i := bytes.IndexByte(s.input, '\n'); i >= 0 {
			line := bytes.Clone(s.input[:i])
			s.input = append(s.input[:0], s.input[i+1:]...)
			return line, nil
		}
		if len(s.input) > limit {
			return nil, fmt.Errorf("read line: %w", ErrTooLarge)
		}
		n, err := s.conn.Read(chunk[:])
		s.input = append(s.input, chunk[:n]...)
		if err != nil && n == 0 {
			return nil, err
		}
	}
}

// Close implements Stream.
func (s *tcpStream) Close() error {
	s.closing.Lock()
	defer s.closing.Unlock()
	if s.closed {
		return nil
	}
	s.closed = true
	hangUp(s.conn)
	return nil
}
