package probe_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"testing"

	"github.com/vpcgate/vpcgate/framework/probe"
)

func stream(t testing.TB, agent probe.Streamer, port uint16) probe.Stream {
	t.Helper()
	s, err := agent.Open(t.Context(), probe.Question{ID: "live", Protocol: probe.TCP, Target: loopback(), Port: port})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestStream_countsItsExchanges(t *testing.T) {
	n := isolated(t)
	local(t, "web-vm", n, "tcp/80")
	s := stream(t, local(t, "pod-a", n), 80)
	for want := uint64(1); want <= 100; want++ {
		if got, err := s.Exchange(t.Context()); err != nil || got != want {
			t.Fatalf("exchange: %d, %v; want %d", got, err, want)
		}
	}
	if a := s.Opened(); a.Outcome != probe.Answered || a.Server != "web-vm" || a.Saw != a.Local || a.ID != "live" {
		t.Errorf("opened with %+v", a)
	}
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
	if _, err := s.Exchange(t.Context()); !errors.Is(err, probe.ErrClosed) {
		t.Errorf("exchange after close: %v", err)
	}
}

// A stream that was given up goes on repeating: no question may ever come from its
// port, nor another stream of the agent.
func TestStream_comesFromAPortOfItsOwn(t *testing.T) {
	n := isolated(t)
	local(t, "web-vm", n, "tcp/80")
	agent := local(t, "pod-a", n)
	seen := map[uint16]bool{}
	for range 50 {
		s := stream(t, agent, 80)
		port := s.Opened().Local.Port()
		if seen[port] || port < 20000 || port >= 30000 {
			t.Errorf("a stream from port %d", port)
		}
		seen[port] = true
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	answers, err := agent.Ask(t.Context(), []probe.Question{{ID: "1", Protocol: probe.TCP, Target: loopback(), Port: 80}})
	if err != nil || answers[0].Local.Port() < 30000 {
		t.Errorf("a question from %v, %v", answers[0].Local, err)
	}
}

// A live flow may stall and come back: the late echo of the interrupted exchange must not be taken for a new one.
func TestStream_survivesAnInterruptedExchange(t *testing.T) {
	n := isolated(t)
	resume := make(chan struct{})
	at := serveRaw(t, n, 80, func(conn net.Conn) {
		_, _ = fmt.Fprintf(conn, `{"vpcgate":2,"identity":"web-vm","saw":"%s","listener":"tcp/80"}`+"\n", conn.RemoteAddr())
		lines := bufio.NewScanner(conn)
		for lines.Scan() {
			switch lines.Text() {
			case "STREAM":
				continue
			case "1":
				<-resume
			}
			_, _ = fmt.Fprintln(conn, lines.Text())
		}
	})
	s := stream(t, local(t, "pod-a", n), at.Port())
	ctx, cancel := context.WithTimeout(t.Context(), brief)
	defer cancel()
	if _, err := s.Exchange(ctx); !errors.Is(err, context.DeadlineExceeded) || probe.OutcomeOf(err) != probe.Canceled {
		t.Errorf("a stalled exchange: %v", err)
	}
	if _, err := s.Exchange(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("an exchange with an ended context: %v", err)
	}
	close(resume)
	if got, err := s.Exchange(t.Context()); err != nil || got != 2 {
		t.Errorf("an exchange after the stall: %d, %v", got, err)
	}
}

func TestOpenStream_failsAsAskingWould(t *testing.T) {
	n := isolated(t)
	local(t, "web-vm", n, "udp/53")
	agent := local(t, "pod-a", n)
	silent := silentTCP(t, n)
	tests := []struct {
		name string
		q    probe.Question
		want probe.Outcome
	}{
		{"nobody listens", probe.Question{Protocol: probe.TCP, Target: loopback(), Port: 81}, probe.Refused},
		{"silence", probe.Question{Protocol: probe.TCP, Target: loopback(), Port: silent.Port(), Timeout: brief}, probe.Timeout},
		{"no such thing", probe.Question{Protocol: probe.UDP, Target: loopback(), Port: 53}, probe.Broken},
		{"an invalid question", probe.Question{Protocol: probe.TCP, Target: loopback()}, probe.Broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := agent.Open(t.Context(), tt.q); err == nil || probe.OutcomeOf(err) != tt.want {
				t.Errorf("got %v (%s), want %s", err, probe.OutcomeOf(err), tt.want)
			}
		})
	}
}
