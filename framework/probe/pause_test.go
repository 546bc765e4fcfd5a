package probe_test

import (
	"context"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/probe"
)

// A server that stands still takes connections and datagrams and says nothing; once it goes on, it answers again.
func TestLocal_Pause(t *testing.T) {
	n := isolated(t)
	server, client := local(t, "web-vm", n, "tcp/80", "udp/53"), local(t, "pod-a", n)
	ask := func(p probe.Protocol, port uint16) probe.Answer {
		return one(t, client, probe.Question{ID: "q", Protocol: p, Target: loopback(), Port: port, Timeout: 50 * time.Millisecond})
	}
	server.Pause()
	server.Pause()
	for p, port := range map[probe.Protocol]uint16{probe.TCP: 80, probe.UDP: 53} {
		if a := ask(p, port); a.Outcome != probe.Timeout && a.Outcome != probe.Partial {
			t.Errorf("%s, paused: %s", p, a.Outcome)
		}
	}
	if n := server.Held(); n != 2 {
		t.Errorf("%d answers are held, want 2", n)
	}
	server.Resume()
	for p, port := range map[probe.Protocol]uint16{probe.TCP: 80, probe.UDP: 53} {
		if a := ask(p, port); a.Outcome != probe.Answered {
			t.Errorf("%s, resumed: %s %s", p, a.Outcome, a.Err)
		}
	}
	// While it is paused listeners can be closed, though connections await their greeting.
	server.Pause()
	_, _ = ask(probe.TCP, 80), ask(probe.UDP, 53)
	if err := server.Listen(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestLocal_Disconnect(t *testing.T) {
	n := isolated(t)
	server := local(t, "web-vm", n, "tcp/80")
	s := stream(t, local(t, "pod-a", n), 80)
	if n := server.Disconnect(); n != 1 {
		t.Errorf("cut %d connections, want 1", n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := s.Exchange(ctx); err == nil {
		t.Error("the connection lives on")
	}
}
