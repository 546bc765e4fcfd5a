package use

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

// lines are the connections of a production, whose library makes new ones as it
// likes.
type lines struct {
	dialer  Dialer
	timeout time.Duration
	dials   sync.WaitGroup

	mu    sync.Mutex
	ended bool
	open  map[*line]struct{}
}

// line is one of them.
type line struct {
	net.Conn
	of *lines
}

// dial connects, within the timeout, until the production or the library gives up.
func (l *lines) dial(ctx, life context.Context, address string) (net.Conn, error) {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil, fmt.Errorf("dial %s: not an address: %w", address, err)
	}
	l.mu.Lock()
	if l.ended {
		l.mu.Unlock()
		return nil, net.ErrClosed
	}
	l.dials.Add(1)
	l.mu.Unlock()
	defer l.dials.Done()
	ctx, cancel := context.WithTimeoutCause(ctx, l.timeout, errSilence)
	defer cancel()
	stop := context.AfterFunc(life, cancel)
	defer stop()
	c, err := l.dialer(ctx, to)
	if err != nil {
		return nil, err
	}
	one := &line{Conn: c, of: l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.ended {
		return nil, errors.Join(net.ErrClosed, c.Close())
	}
	l.open[one] = struct{}{}
	return one, nil
}

// close ends all connections and waits for those that are being made.
func (l *lines) close() {
	l.mu.Lock()
	l.ended = true
	open := l.open
	l.open = map[*line]struct{}{}
	l.mu.Unlock()
	for one := range open {
		hangUp(one.Conn)
	}
	l.dials.Wait()
}

// Close implements net.Conn; see conn.Close.
func (c *line) Close() error {
	c.of.mu.Lock()
	delete(c.of.open, c)
	c.of.mu.Unlock()
	hangUp(c.Conn)
	return nil
}

// hangUp ends a connection at once, with a reset. A farewell of two FINs could be
// cut by a rule that changes meanwhile, and would be repeated for minutes: packets
// of a use that is over, dropped while the next one is watched.
func hangUp(c net.Conn) {
	if tcp, ok := c.(interface{ SetLinger(sec int) error }); ok {
		_ = tcp.SetLinger(0) // a connection that is gone already needs no hurry
	}
	_ = c.Close()
}
