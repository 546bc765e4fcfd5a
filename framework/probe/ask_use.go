package probe

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed/use"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// maxRoots bounds the certificates that one question carries.
const maxRoots = 32 << 10

// Use is what a question does with a managed service.
type Use struct {
	// Kind is the protocol that is spoken; empty is none.
	Kind topology.Use `json:"kind"`
	// Password is what the client says.
	Password string `json:"password,omitempty"`
	// Roots are the certificates, in PEM, that the server's must be of (HTTPS).
	Roots string `json:"roots,omitempty"`
	// Alone asks the addressed broker of a Kafka instance only.
	Alone bool `json:"alone,omitempty"`
}

// validateUse reports what is wrong with a question's use.
func (q Question) validateUse(wrong func(format string, args ...any)) {
	if q.Lasting < 0 || q.Lasting > maxTimeout {
		wrong("lasting %s: want at most %s", q.Lasting, maxTimeout)
	}
	switch {
	case q.Use == Use{} && q.Lasting != 0:
		wrong("lasting %s: only a use can be produced", q.Lasting)
		return
	case q.Use == Use{}:
		return
	case !slices.Contains(topology.Uses(), q.Use.Kind):
		wrong("use %q: want one of %v", q.Use.Kind, topology.Uses())
	case q.Protocol != TCP:
		wrong("use %s: it goes over tcp, not %s", q.Use.Kind, q.Protocol)
	case q.Count != 1 || q.Payload != 0:
		wrong("use %s: it is done once and has no payload", q.Use.Kind)
	}
	if len(q.Use.Password) > maxName {
		wrong("use %s: a password longer than %d bytes", q.Use.Kind, maxName)
	}
	if len(q.Use.Roots) > maxRoots {
		wrong("use %s: roots longer than %d bytes", q.Use.Kind, maxRoots)
	}
	if q.Use.Kind == topology.UseHTTPS && q.Use.Roots == "" {
		wrong("use %s: no roots to verify the server by", q.Use.Kind)
	}
}

// askUse asks by using a service once.
func (who asker) askUse(ctx context.Context, q Question, a *Answer) {
	began := time.Now()
	r := use.Do(ctx, who.dialing(q), who.request(q))
	a.Sent, a.Connected, a.Local = max(1, r.Dialled), r.Connected, r.Local
	a.Server, a.Saw, a.At, a.Code = r.Identity, r.Saw, r.At, r.Code
	a.Transcript = r.Transcript
	a.fail(r.Err)
	switch {
	case r.Err == nil:
		a.Outcome, a.Received, a.RTTs = Answered, 1, []time.Duration{time.Since(began)}
	case r.Denied:
		a.Outcome = Denied
	default:
		a.Outcome = OutcomeOf(r.Err)
	}
	first, _, _ := bytes.Cut(r.Heard, []byte{'\n'})
	if g, err := decodeGreeting(first); err == nil && a.Code == verdict.OtherProtocol {
		a.Server, a.Saw = g.Identity, g.Saw
	}
	if a.Server == "" {
		a.Saw = netip.AddrPort{}
	}
}

func (who asker) request(q Question) use.Request {
	return use.Request{
		Use: q.Use.Kind, Target: q.Endpoint(), Password: q.Use.Password, Roots: q.Use.Roots, Alone: q.Use.Alone,
		Client: who.name, Ledger: who.ledger, Timeout: q.Timeout,
		Stranger: func(line []byte) bool {
			_, err := decodeGreeting(line)
			return err == nil
		},
	}
}

// dialing returns the asker's way to connect for a question.
func (who asker) dialing(q Question) use.Dialer {
	return func(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
		conn, err := who.sockets.Dial(ctx, TCP, sourceOf(q), to)
		if err != nil {
			return nil, err
		}
		tcp, ok := conn.(*net.TCPConn)
		if !ok {
			return conn, nil
		}
		raw, err := tcp.SyscallConn()
		if err != nil {
			_ = tcp.Close()
			return nil, fmt.Errorf("dial %s: %w: %w", to, ErrCannotAsk, err)
		}
		return &exactConn{TCPConn: tcp, raw: raw}, nil
	}
}

// exactConn tells what ICMP said about its packets in place of the errno that the kernel made of it.
type exactConn struct {
	*net.TCPConn
	raw syscall.RawConn
}

// Read implements net.Conn.
func (c *exactConn) Read(b []byte) (int, error) {
	n, err := c.TCPConn.Read(b)
	return n, exact(c.raw, err)
}

// Write implements net.Conn.
func (c *exactConn) Write(b []byte) (int, error) {
	n, err := c.TCPConn.Write(b)
	return n, exact(c.raw, err)
}
