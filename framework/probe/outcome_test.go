package probe_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/probe"
)

func TestOutcomeOf(t *testing.T) {
	system := func(errno unix.Errno) error {
		return &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", errno)}
	}
	rejection := func(kind, code int) error {
		return fmt.Errorf("dial: %w", &probe.Rejection{Type: kind, Code: code})
	}
	tests := []struct {
		name string
		err  error
		want probe.Outcome
	}{
		{"nothing went wrong", nil, probe.Answered},
		{"the question's own timeout ended", fmt.Errorf("dial: %w", os.ErrDeadlineExceeded), probe.Timeout},
		{"the kernel gave up retransmitting", system(unix.ETIMEDOUT), probe.Timeout},
		{"nobody listens", system(unix.ECONNREFUSED), probe.Refused},
		{"no such protocol there", system(unix.ENOPROTOOPT), probe.Refused},
		{"a reset came", system(unix.ECONNRESET), probe.Reset},
		{"a write after a reset", system(unix.EPIPE), probe.Reset},
		{"an abort", system(unix.ECONNABORTED), probe.Reset},
		{"the server closed before it answered", fmt.Errorf("read: %w", io.EOF), probe.Reset},
		{"the server closed within its answer", io.ErrUnexpectedEOF, probe.Reset},
		{"no neighbour", system(unix.EHOSTUNREACH), probe.HostUnreachable},
		{"the host is down", system(unix.EHOSTDOWN), probe.HostUnreachable},
		{"the host is isolated", system(unix.ENONET), probe.HostUnreachable},
		{"no route", system(unix.ENETUNREACH), probe.NetUnreachable},
		{"the link is down", system(unix.ENETDOWN), probe.NetUnreachable},
		{"a local prohibit route", system(unix.EACCES), probe.Prohibited},
		{"a local firewall rule", system(unix.EPERM), probe.Prohibited},
		{"larger than the path", system(unix.EMSGSIZE), probe.TooBig},
		{"the caller gave up", context.Canceled, probe.Canceled},
		{"the caller's deadline is no statement about the network", context.DeadlineExceeded, probe.Canceled},
		{"a missing privilege is no firewall", fmt.Errorf("%w: %w", probe.ErrCannotAsk, system(unix.EPERM)), probe.Broken},
		{"no free port", system(unix.EADDRNOTAVAIL), probe.Broken},
		{"no file descriptors", system(unix.EMFILE), probe.Broken},
		{"a local blackhole route reads as a bad argument", system(unix.EINVAL), probe.Broken},
		{"something unknown", errors.New("unknown"), probe.Broken},
		{"icmp 3/0", rejection(3, 0), probe.NetUnreachable},
		{"icmp 3/1", rejection(3, 1), probe.HostUnreachable},
		{"icmp 3/2", rejection(3, 2), probe.Refused},
		{"icmp 3/3", rejection(3, 3), probe.Refused},
		{"icmp 3/4", rejection(3, 4), probe.TooBig},
		{"icmp 3/9", rejection(3, 9), probe.Prohibited},
		{"icmp 3/10", rejection(3, 10), probe.Prohibited},
		{"icmp 3/13 hides behind EHOSTUNREACH", rejection(3, 13), probe.Prohibited},
		{"icmp 3/255 has no meaning", rejection(3, 255), probe.HostUnreachable},
		{"icmp 11/0 is a loop", rejection(11, 0), probe.HostUnreachable},
		{"a remote stream", &probe.FlowError{Outcome: probe.Reset, Text: "remote"}, probe.Reset},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := probe.OutcomeOf(tt.err); got != tt.want {
				t.Errorf("OutcomeOf(%v) = %s, want %s", tt.err, got, tt.want)
			}
		})
	}
}

func TestOutcome_namesGoRoundTrip(t *testing.T) {
	for o := probe.Answered; o <= probe.Denied; o++ {
		text, err := o.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back probe.Outcome
		if err := back.UnmarshalText(text); err != nil || back != o {
			t.Errorf("%s came back as %s, %v", o, back, err)
		}
	}
}

func TestOutcome_zeroValueIsInvalid(t *testing.T) {
	var zero probe.Outcome
	if zero.Valid() || zero.Conclusive() {
		t.Error("the zero outcome is valid")
	}
	if _, err := zero.MarshalText(); err == nil {
		t.Error("the zero outcome can be written")
	}
	for _, text := range []string{"", "ANSWERED", "answered ", "outcome(0)"} {
		if err := zero.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q can be read", text)
		}
	}
}

func TestErrnoName(t *testing.T) {
	if got := probe.ErrnoName(fmt.Errorf("dial: %w", os.NewSyscallError("connect", unix.ECONNREFUSED))); got != "ECONNREFUSED" {
		t.Errorf("got %q", got)
	}
	if got := probe.ErrnoName(io.EOF); got != "" {
		t.Errorf("got %q for an error without errno", got)
	}
}
