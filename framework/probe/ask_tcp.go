package probe

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// maxGreeting bounds what a client reads of a server's first line.
const maxGreeting = 4 << 10

// greeting is the line that a server says first on every TCP connection.
type greeting struct {
	Version  int            `json:"vpcgate"`
	Identity string         `json:"identity"`
	Saw      netip.AddrPort `json:"saw"`
	Listener string         `json:"listener"`
}

// decodeGreeting reads a greeting of ours.
func decodeGreeting(line []byte) (greeting, error) {
	var g greeting
	if err := strictUnmarshal(line, &g); err != nil {
		return greeting{}, fmt.Errorf("decode greeting: %w: %w", ErrMalformed, err)
	}
	if g.Version != Version || g.Identity == "" || len(g.Identity) > maxName {
		return greeting{}, fmt.Errorf("decode greeting: %w", ErrMalformed)
	}
	return g, nil
}

// errSilence is the cause of an attempt's own deadline, which is a statement about the network.
var errSilence = fmt.Errorf("no answer within the question's timeout: %w", os.ErrDeadlineExceeded)

// askTCP asks by connecting once per count, each time from a fresh port.
func askTCP(ctx context.Context, sockets Sockets, q Question, a *Answer) {
	var first error
	for i := range q.Count {
		began := time.Now()
		a.Sent++
		err := attemptTCP(ctx, sockets, q, a)
		a.fail(err)
		if err == nil {
			a.Received++
			a.RTTs = append(a.RTTs, time.Since(began))
		} else if first == nil {
			first = err
		}
		if out := OutcomeOf(err); out == Canceled || out == Broken {
			a.Outcome = out
			break
		}
		if i < q.Count-1 && !pause(ctx, time.Until(began.Add(q.Interval))) {
			first = context.Cause(ctx)
			a.fail(first)
			a.Outcome = OutcomeOf(first)
			break
		}
	}
	switch {
	case a.Outcome.Valid():
	case a.Received == q.Count:
		a.Outcome = Answered
	case a.Received > 0:
		a.Outcome = Partial
	default:
		a.Outcome = OutcomeOf(first)
	}
	a.Transcript = transcriptOf(q, a, nil)
}

// pause waits and says whether it could wait to the end.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// hangUp ends a connection at once, with a reset. A farewell of two FINs could be
// cut by a rule that changes meanwhile, and would be repeated for minutes: packets
// of a question that is over, dropped while the next one is asked.
func hangUp(conn net.Conn) {
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a connection that is gone already needs no hurry
	}
	_ = conn.Close()
}

// attemptTCP makes one connection and has it answered.
func attemptTCP(ctx context.Context, sockets Sockets, q Question, a *Answer) error {
	deadline := time.Now().Add(q.Timeout)
	limited, cancel := context.WithDeadlineCause(ctx, deadline, errSilence)
	defer cancel()
	conn, err := sockets.Dial(limited, TCP, sourceOf(q), q.Endpoint())
	if err != nil {
		failedDial(a, err)
		return err
	}
	defer hangUp(conn)
	a.Connected++
	a.Local = addrPortOf(conn.LocalAddr())
	stop := context.AfterFunc(limited, func() { _ = conn.SetDeadline(longAgo()) })
	defer stop()
	err = converse(conn, q.Payload, a)
	if err != nil && limited.Err() != nil {
		return fmt.Errorf("connected, then: %w", context.Cause(limited))
	}
	if sc, ok := conn.(syscall.Conn); ok && err != nil {
		if raw, rawErr := sc.SyscallConn(); rawErr == nil {
			err = exact(raw, err)
		}
	}
	return err
}

// failedDial enters what a failed dial says beyond its outcome.
func failedDial(a *Answer, err error) {
	var dial *DialError
	if errors.As(err, &dial) {
		a.Local = dial.Local
	}
	// A reset in place of the handshake reads as refused; this one came after it, but before the poller looked.
	if errors.Is(err, unix.ECONNRESET) {
		a.Connected++
	}
}

// converse reads the greeting and has the payload echoed. A server that is not an agent has answered too, but is
// nobody we know: the answer keeps an empty Server.
func converse(conn net.Conn, payload int, a *Answer) error {
	r := bufio.NewReader(conn)
	line, err := readLine(r, maxGreeting)
	if err != nil && !errors.Is(err, ErrTooLarge) {
		return fmt.Errorf("connected, then: %w", err)
	}
	g, err := decodeGreeting(line)
	if err != nil {
		a.fail(errors.New("connected, but the server is not an agent"))
		return nil
	}
	a.Server, a.Saw = g.Identity, g.Saw
	if payload == 0 {
		return nil
	}
	want := bytes.Repeat([]byte{'v'}, payload)
	if _, err := fmt.Fprintf(conn, "%s %d\n", commandEcho, payload); err != nil {
		return fmt.Errorf("greeted, then: %w", err)
	}
	if _, err := conn.Write(want); err != nil {
		return fmt.Errorf("greeted, then: %w", err)
	}
	got := make([]byte, payload)
	if _, err := io.ReadFull(r, got); err != nil {
		return fmt.Errorf("greeted, then: %w", err)
	}
	if !bytes.Equal(got, want) {
		return fmt.Errorf("greeted, then: %w: another echo than was sent", ErrCannotAsk)
	}
	return nil
}
