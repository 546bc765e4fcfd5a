package probe_test

import (
	"context"
	"errors"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/vpcgate/vpcgate/framework/probe"
)

func TestServer_adoptsListenersByDifference(t *testing.T) {
	n := isolated(t)
	server := local(t, "web-vm", n, "tcp/80", "tcp/81", "udp/53")
	asker := local(t, "pod-a", n)
	stays := stream(t, asker, 80)
	goes := stream(t, asker, 81)

	if err := server.Listen(t.Context(), parsed(t, "tcp/80@0.0.0.0", "tcp/82", "icmp")); err != nil {
		t.Fatal(err)
	}
	health, err := server.Health(t.Context())
	if err != nil || !slices.Equal(health.Listeners, parsed(t, "icmp", "tcp/80", "tcp/82")) || health.Identity != "web-vm" {
		t.Errorf("health %+v, %v", health, err)
	}
	if _, err := stays.Exchange(t.Context()); err != nil {
		t.Errorf("a connection of a listener that stayed: %v", err)
	}
	if _, err := goes.Exchange(t.Context()); probe.OutcomeOf(err) != probe.Reset {
		t.Errorf("a connection of a listener that went: %v", err)
	}
	for port, want := range map[uint16]probe.Outcome{80: probe.Answered, 81: probe.Refused, 82: probe.Answered} {
		if a := one(t, asker, probe.Question{Protocol: probe.TCP, Target: loopback(), Port: port}); a.Outcome != want {
			t.Errorf("port %d: %+v", port, a)
		}
	}
	// The port of a listener that went is free at once, whatever lingers of its connections.
	if err := server.Listen(t.Context(), parsed(t, "tcp/81", "udp/53")); err != nil {
		t.Error(err)
	}
}

func TestServer_opensWhatCanBeOpened(t *testing.T) {
	n := isolated(t)
	local(t, "first", n, "tcp/80")
	second := local(t, "second", n)
	err := second.Listen(t.Context(), parsed(t, "tcp/80", "tcp/81", "udp/1@192.0.2.1"))
	if !errors.Is(err, unix.EADDRINUSE) || !errors.Is(err, unix.EADDRNOTAVAIL) {
		t.Errorf("got %v", err)
	}
	if health, err := second.Health(t.Context()); err != nil || !slices.Equal(health.Listeners, parsed(t, "tcp/81")) {
		t.Errorf("health %+v, %v", health, err)
	}
}

func TestServer_endsWithItsContext(t *testing.T) {
	n := isolated(t)
	server := probe.NewServer("web-vm", probe.Within(n.Do))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(ctx, parsed(t, "tcp/80")) }()
	cancel()
	if err := <-ended; err != nil && !errors.Is(err, context.Canceled) {
		t.Errorf("Serve: %v", err)
	}
	if err := server.Set(t.Context(), nil); !errors.Is(err, probe.ErrClosed) {
		t.Errorf("Set after the end: %v", err)
	}
}

func TestLocal_afterClose(t *testing.T) {
	agent := probe.NewLocal("web-vm", probe.Host())
	if err := errors.Join(agent.Close(), agent.Close()); err != nil {
		t.Fatal(err)
	}
	_, askErr := agent.Ask(t.Context(), nil)
	_, openErr := agent.Open(t.Context(), probe.Question{})
	for _, err := range []error{askErr, openErr, agent.Listen(t.Context(), nil)} {
		if !errors.Is(err, probe.ErrClosed) {
			t.Errorf("got %v", err)
		}
	}
}
