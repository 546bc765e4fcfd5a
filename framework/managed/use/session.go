package use

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"time"
)

// Dialer connects over TCP. It returns as soon as ctx ends. The error is kept as
// the cause of a use that failed by it.
type Dialer func(ctx context.Context, to netip.AddrPort) (net.Conn, error)

const (
	// patience is how many times the timeout a use may take when it is never
	// silent for as long as that.
	patience = 8
	// grace is the part of the timeout that a library has for saying in its own
	// words that a connection has failed.
	grace = 8
	// heardBytes is how much of what a server says first is kept.
	heardBytes = 4 << 10
)

// own is a library's own timeout, a little shorter, so that it says so in its words.
func (r Request) own() time.Duration { return r.Timeout - r.Timeout/grace }

// errSilence is the cause of a use that nobody answered.
var errSilence = fmt.Errorf("no answer within the timeout: %w", os.ErrDeadlineExceeded)

// session is one use: all connections that a library makes in its course.
type session struct {
	dialer  Dialer
	timeout time.Duration
	// stranger recognises what a server says first that cannot be of the protocol.
	stranger func(line []byte) bool
	cancel   context.CancelCauseFunc
	// silent ends a use in which nothing happens, limit one that never ends.
	silent, limit *time.Timer
	unwatch       func() bool
	dials         sync.WaitGroup

	mu         sync.Mutex
	ended      bool
	conns      []*conn
	failure    error
	failedAt   netip.AddrPort
	strange    bool
	got        Result
	transcript strings.Builder
}

// open begins a use. The caller closes the session.
func open(ctx context.Context, dial Dialer, r Request) (context.Context, *session) {
	ctx, cancel := context.WithCancelCause(ctx)
	s := &session{dialer: dial, timeout: r.Timeout, stranger: r.Stranger, cancel: cancel}
	s.silent = time.AfterFunc(r.Timeout, s.giveUp)
	s.limit = time.AfterFunc(patience*r.Timeout, func() { cancel(errSilence) })
	s.unwatch = context.AfterFunc(ctx, s.wake)
	return ctx, s
}

// giveUp ends a use that has failed, or in which nothing has happened.
func (s *session) giveUp() {
	s.mu.Lock()
	why := s.failure
	s.mu.Unlock()
	if why == nil {
		why = errSilence
	}
	s.cancel(why)
}

// wake ends whatever waits on a connection.
func (s *session) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	for _, c := range s.conns {
		_ = c.Conn.SetDeadline(longAgo())
	}
}

// close ends all connections and waits for those that are being made.
func (s *session) close() {
	s.silent.Stop()
	s.limit.Stop()
	s.unwatch()
	s.cancel(context.Canceled)
	s.wake()
	s.dials.Wait()
	s.mu.Lock()
	conns := s.conns
	s.mu.Unlock()
	for _, c := range conns {
		_ = c.Close()
	}
}

// longAgo returns a deadline that has passed, which wakes whoever waits on a connection.
func longAgo() time.Time { return time.Unix(1, 0) }

// dialing returns a function that libraries take for their own dialer. It does not
// dial again once a connection has failed.
func (s *session) dialing(ctx context.Context) func(address string) (net.Conn, error) {
	return func(address string) (net.Conn, error) {
		to, err := netip.ParseAddrPort(address)
		if err != nil {
			return nil, fmt.Errorf("dial %s: not an address: %w", address, err)
		}
		s.mu.Lock()
		failure, ended := s.failure, s.ended
		if failure == nil && !ended {
			s.dials.Add(1)
			s.got.Dialled++
		}
		s.mu.Unlock()
		switch {
		case failure != nil:
			return nil, failure
		case ended:
			return nil, context.Cause(ctx)
		}
		defer s.dials.Done()
		c, err := s.dialer(ctx, to)
		if err != nil {
			s.failed(to, err)
			return nil, err
		}
		return s.connected(c, to), nil
	}
}

// connected takes a connection in.
func (s *session) connected(made net.Conn, to netip.AddrPort) net.Conn {
	c := &conn{Conn: made, session: s, to: to}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns = append(s.conns, c)
	s.got.Connected++
	s.got.Heard = nil
	if local, err := netip.ParseAddrPort(made.LocalAddr().String()); err == nil {
		s.got.Local = local
	}
	if s.ended {
		_ = made.SetDeadline(longAgo())
	} else {
		s.progress()
	}
	return c
}

// progress puts the end of patience off. The caller holds the lock.
func (s *session) progress() {
	if s.failure == nil && !s.strange && !s.ended {
		s.silent.Reset(s.timeout)
	}
}

// hear keeps what is said first on the newest connection. A line that no server of
// the protocol would say ends the use, whatever the library still waits for. The
// caller holds the lock.
func (s *session) hear(c *conn, said []byte) {
	room := heardBytes - len(s.got.Heard)
	if room <= 0 || s.conns[len(s.conns)-1] != c {
		return
	}
	s.got.Heard = append(s.got.Heard, said[:min(len(said), room)]...)
	end := bytes.IndexByte(s.got.Heard, '\n')
	if s.stranger != nil && !s.strange && end >= 0 && s.stranger(s.got.Heard[:end+1]) {
		s.strange = true
		s.silent.Reset(s.timeout / grace)
	}
}

// failed remembers the first failure of a connection, and lets the library say so
// before everything is ended.
func (s *session) failed(at netip.AddrPort, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failure != nil || s.ended || errors.Is(err, net.ErrClosed) {
		return
	}
	s.failure, s.failedAt = err, at
	s.silent.Reset(s.timeout / grace)
}

// cause is what the network did to a use that failed; nil when it did nothing.
func (s *session) cause(ctx context.Context, err error) error {
	switch {
	case s.strange:
		return nil
	case s.failure != nil && !errors.Is(s.failure, os.ErrDeadlineExceeded):
		return s.failure
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case s.failure != nil, timedOut(err):
		return errSilence
	default:
		return nil
	}
}

// timedOut reports whether a library had enough of waiting, be it for a connection to be made or on one that stands.
func timedOut(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// book opens the ledger's page of a server. While another use of the same client has it, nobody is silent.
func (s *session) book(ctx context.Context, r Request, identity string) (*book, error) {
	s.silent.Stop()
	b, err := r.Ledger.open(ctx, identity)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.progress()
	return b, err
}

// say adds a line to the transcript.
func (s *session) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(&s.transcript, format+"\n", args...)
}

// note enters what is learnt on the way.
func (s *session) note(enter func(got *Result)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	enter(&s.got)
}

// conn is a connection that tells its session what happens to it.
type conn struct {
	net.Conn
	session *session
	to      netip.AddrPort
}

// Read implements net.Conn.
func (c *conn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 {
		s := c.session
		s.mu.Lock()
		s.hear(c, b[:n])
		s.progress()
		s.mu.Unlock()
	}
	if err != nil {
		c.session.failed(c.to, err)
	}
	return n, err
}

// Write implements net.Conn.
func (c *conn) Write(b []byte) (int, error) {
	n, err := c.Conn.Write(b)
	if err != nil {
		c.session.failed(c.to, err)
	}
	return n, err
}

// Close implements net.Conn. It ends the connection at once; see hangUp.
func (c *conn) Close() error {
	hangUp(c.Conn)
	return nil
}

// SetDeadline implements net.Conn; likewise the others. A library cannot put off
// the end of a use.
func (c *conn) SetDeadline(t time.Time) error { return c.deadline(c.Conn.SetDeadline, t) }

// SetReadDeadline implements net.Conn.
func (c *conn) SetReadDeadline(t time.Time) error { return c.deadline(c.Conn.SetReadDeadline, t) }

// SetWriteDeadline implements net.Conn.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.deadline(c.Conn.SetWriteDeadline, t) }

func (c *conn) deadline(set func(time.Time) error, t time.Time) error {
	c.session.mu.Lock()
	defer c.session.mu.Unlock()
	if c.session.ended {
		t = longAgo()
	}
	return set(t)
}
