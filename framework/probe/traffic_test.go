package probe_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/probe"
)

// Traffic is numbered without gaps, per flow and in the order in which it is sent, here and behind a control connection.
func TestTraffic(t *testing.T) {
	n := isolated(t)
	local(t, "web-vm", n, "tcp/80", "udp/53")
	agent := local(t, "pod-a", n)
	const pace = 5 * time.Millisecond
	traffic := probe.Traffic{
		Questions: []probe.Question{
			{Protocol: probe.TCP, Target: loopback(), Port: 80, Interval: pace},
			{Protocol: probe.TCP, Target: loopback(), Port: 81, Interval: pace},
			{Protocol: probe.UDP, Target: loopback(), Port: 53, Interval: pace},
			{Protocol: probe.ICMP, Target: loopback(), Interval: pace},
		},
		Streams: []probe.Question{{Protocol: probe.TCP, Target: loopback(), Port: 80, Interval: pace}},
		Lasting: 300 * time.Millisecond,
	}
	for name, sender := range map[string]probe.Trafficker{"local": agent, "remote": remote(t, agent)} {
		t.Run(name, func(t *testing.T) {
			counts, seen := make([]int, 5), make([]map[uint64]bool, 5)
			missed, err := sender.Traffic(t.Context(), traffic, func(events []probe.Event) {
				for _, e := range events {
					counts[e.Question]++
					if seen[e.Question] == nil {
						seen[e.Question] = map[uint64]bool{}
					}
					seen[e.Question][e.Number] = true
					want, server := probe.Answered, "web-vm"
					switch {
					case e.Question == 1:
						want, server = probe.Refused, ""
					case e.Question == 3, e.Question == 4 && !e.Opens:
						server = ""
					}
					if e.Outcome != want || e.Server != server || e.Started.IsZero() || e.Opens != (e.Question == 4 && e.Number == 1) {
						t.Errorf("%+v", e)
					}
				}
			})
			if err != nil || missed > 0 {
				t.Errorf("%d missed, %v", missed, err)
			}
			for i, c := range counts {
				if c < 5 || len(seen[i]) != c {
					t.Errorf("question %d: %d operations, %d numbers", i, c, len(seen[i]))
				}
			}
		})
	}
}

// A connection that is silent is used again, and given up for a new one after a while.
func TestTraffic_gives_up_silent_streams(t *testing.T) {
	n := isolated(t)
	at := silentTCP(t, n)
	agent := local(t, "pod-a", n)
	var events []probe.Event
	_, err := agent.Traffic(t.Context(), probe.Traffic{
		Streams: []probe.Question{{Protocol: probe.TCP, Target: at.Addr(), Port: at.Port(), Interval: time.Millisecond, Timeout: 5 * time.Millisecond}},
		Lasting: 100 * time.Millisecond,
	}, func(e []probe.Event) { events = append(events, e...) })
	if err != nil || len(events) < 2 || !events[1].Opens || events[1].Connection != 2 || events[1].Outcome != probe.Timeout {
		t.Errorf("%+v, %v", events, err)
	}
}

func TestTraffic_ends_with_its_context(t *testing.T) {
	n := isolated(t)
	agent := local(t, "pod-a", n, "tcp/80")
	traffic := probe.Traffic{
		Questions: []probe.Question{{Protocol: probe.TCP, Target: loopback(), Port: 80}}, Lasting: time.Minute,
	}
	for name, sender := range map[string]probe.Trafficker{"local": agent, "remote": remote(t, agent)} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		began := time.Now()
		if _, err := sender.Traffic(ctx, traffic, func([]probe.Event) {}); err != nil || time.Since(began) > 5*time.Second {
			t.Errorf("%s: %v after %s", name, err, time.Since(began))
		}
		cancel()
	}
}

func TestTraffic_Validate(t *testing.T) {
	good := probe.Question{Protocol: probe.TCP, Target: loopback(), Port: 80}
	with := func(change func(*probe.Question)) probe.Question {
		q := good
		change(&q)
		return q
	}
	for want, bad := range map[string]probe.Traffic{
		"traffic of 0 flows":       {Lasting: time.Second},
		"lasting 0s":               {Questions: []probe.Question{good}},
		"asks once":                {Questions: []probe.Question{with(func(q *probe.Question) { q.Count = 2 })}, Lasting: time.Second},
		"interval 1µs":             {Questions: []probe.Question{with(func(q *probe.Question) { q.Interval = time.Microsecond })}, Lasting: time.Second},
		"a stream is of TCP":       {Streams: []probe.Question{with(func(q *probe.Question) { q.Protocol = probe.UDP })}, Lasting: time.Second},
		"port 0: tcp needs a port": {Streams: []probe.Question{with(func(q *probe.Question) { q.Port = 0 })}, Lasting: time.Second},
	} {
		if err := bad.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
