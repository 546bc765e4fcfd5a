package probe_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/probe"
)

// Whatever an agent did, nothing of it is left when it is closed: no file descriptor, no goroutine.
func TestLocal_leavesNothingBehind(t *testing.T) {
	n := isolated(t)
	// The first use of the runtime's poller opens descriptors that stay.
	live(t, n)
	files, goroutines := openFiles(t), runtime.NumGoroutine()
	for range 5 {
		live(t, n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	// Goroutines end a moment after the call that ended them returns.
	err := poll.Until(ctx, time.Millisecond, func(context.Context) (bool, string, error) {
		nowFiles, nowGoroutines := openFiles(t), runtime.NumGoroutine()
		why := fmt.Sprintf("%d files and %d goroutines, were %d and %d", nowFiles, nowGoroutines, files, goroutines)
		return nowFiles <= files && nowGoroutines <= goroutines, why, nil
	})
	if err != nil {
		t.Error(err)
	}
}

// live is the life of an agent with every kind of success, failure and cancellation.
func live(t *testing.T, n *netns.Namespace) {
	t.Helper()
	agent := probe.NewLocal("web-vm", probe.Within(n.Do))
	if err := agent.Listen(t.Context(), parsed(t, "tcp/80", "udp/53", "icmp")); err != nil {
		t.Fatal(err)
	}
	questions := []probe.Question{
		{Protocol: probe.TCP, Target: loopback(), Port: 80},
		{Protocol: probe.TCP, Target: loopback(), Port: 81},
		{Protocol: probe.UDP, Target: loopback(), Port: 53},
		{Protocol: probe.UDP, Target: loopback(), Port: 54},
		{Protocol: probe.ICMP, Target: loopback()},
	}
	if _, err := agent.Ask(t.Context(), questions); err != nil {
		t.Error(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := agent.Ask(ended, questions); err != nil {
		t.Error(err)
	}
	s, err := agent.Open(t.Context(), questions[0])
	if err != nil {
		t.Fatal(err)
	}
	_, exchangeErr := s.Exchange(t.Context())
	if err := errors.Join(exchangeErr, agent.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
