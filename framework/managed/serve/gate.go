package serve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"sync"

	"github.com/vpcgate/vpcgate/framework/probe"
)

// gate is a listener for a server whose real ports open and close while it runs:
// what any of them accepts comes out of Accept. A port that is closed takes its
// connections with it. It is safe for concurrent use.
type gate struct {
	at       managedAddr
	place    Place
	host     string
	accepted chan net.Conn
	done     chan struct{}

	accepting sync.WaitGroup

	mu    sync.Mutex
	ports map[netip.AddrPort]*port
	ended bool
}

// managedAddr is the address by which a server knows itself.
type managedAddr struct{ netip.AddrPort }

// Network implements net.Addr.
func (managedAddr) Network() string { return "tcp" }

// newGate makes a gate of a host without any port. at is what it calls itself.
func newGate(place Place, host string, at netip.AddrPort) *gate {
	return &gate{
		at: managedAddr{at}, place: place, host: host,
		accepted: make(chan net.Conn), done: make(chan struct{}), ports: map[netip.AddrPort]*port{},
	}
}

// Addr implements net.Listener.
func (g *gate) Addr() net.Addr { return g.at }

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	select {
	case c := <-g.accepted:
		return c, nil
	case <-g.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener: it closes every port and connection and waits for
// what accepted them.
func (g *gate) Close() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return nil
	}
	g.ended = true
	close(g.done)
	var errs []error
	for a, p := range g.ports {
		delete(g.ports, a)
		errs = append(errs, p.close())
	}
	g.accepting.Wait()
	return errors.Join(errs...)
}

// set makes these the ports that are open. What stays is not touched.
func (g *gate) set(ctx context.Context, at []netip.AddrPort) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended {
		return fmt.Errorf("listen on %s: %w", g.host, net.ErrClosed)
	}
	var errs []error
	for a, p := range g.ports {
		if !slices.Contains(at, a) {
			delete(g.ports, a)
			errs = append(errs, p.close())
		}
	}
	for _, a := range at {
		if g.ports[a] != nil {
			continue
		}
		l, err := probe.Within(func(f func() error) error { return g.place(g.host, f) }).Listen(ctx, a)
		if err != nil {
			errs = append(errs, fmt.Errorf("host %s: %w", g.host, err))
			continue
		}
		p := &port{listener: l, open: map[*tracked]struct{}{}}
		g.ports[a] = p
		g.accepting.Go(func() { p.accept(g) })
	}
	return errors.Join(errs...)
}

// port is an open port with its connections.
type port struct {
	listener net.Listener

	mu     sync.Mutex
	open   map[*tracked]struct{}
	closed bool
}

// accept hands on what is accepted until the port is closed.
func (p *port) accept(g *gate) {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		t := &tracked{Conn: c, port: p}
		if !p.track(t) {
			_ = c.Close()
			return
		}
		select {
		case g.accepted <- t:
		case <-g.done:
			_ = t.Close()
			return
		}
	}
}

// track remembers a connection, unless the port is closed.
func (p *port) track(t *tracked) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.open[t] = struct{}{}
	}
	return !p.closed
}

// close ends the port with its connections.
func (p *port) close() error {
	p.mu.Lock()
	p.closed = true
	open := p.open
	p.open = map[*tracked]struct{}{}
	p.mu.Unlock()
	err := p.listener.Close()
	for t := range open {
		_ = t.Conn.Close() // its server may have closed it already
	}
	return err
}

// tracked is a connection that its port knows.
type tracked struct {
	net.Conn
	port *port
}

// Close implements net.Conn.
func (t *tracked) Close() error {
	t.port.mu.Lock()
	delete(t.port.open, t)
	t.port.mu.Unlock()
	return t.Conn.Close()
}
