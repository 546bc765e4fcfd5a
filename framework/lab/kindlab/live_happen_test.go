//go:build kind

package kindlab_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/kindlab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// TestLiveHappenings has everything happen to a cluster of each mode that can, and asks meanwhile who must be silent and who must not
// notice. KIND_TEST_STATE, VPCGATE_MODE and KIND_TEST_HAPPENING choose a kept lab, one mode and one happening.
func TestLiveHappenings(t *testing.T) {
	ready, tell := prepare(t), teller(t)
	state, keep := os.Getenv("KIND_TEST_STATE"), config.KeepLabs
	if state == "" {
		state, keep = ownState(t), config.TakeDown
	}
	for _, mode := range topology.Modes() {
		if only := os.Getenv("VPCGATE_MODE"); only != "" && only != string(mode) {
			continue
		}
		t.Run(string(mode), func(t *testing.T) {
			w := worlds.WebVPC(mode)
			l := openWorld(t, ready, config.NewRunID(time.Now()), state, w, keep, tell)
			t.Cleanup(func() {
				if err := l.Close(context.Background()); err != nil {
					t.Error(err)
				}
			})
			if err := l.Adopt(t.Context(), w); err != nil {
				t.Fatal(err)
			}
			for _, f := range chaos.Faults(w) {
				h, happens := f.Happening()
				if only := os.Getenv("KIND_TEST_HAPPENING"); !happens || l.CanHappen(h) != nil || only != "" && only != string(h.Kind) {
					continue
				}
				if !t.Run(h.String(), func(t *testing.T) { happened(t, l, h) }) {
					if err := l.Recover(context.Background()); err != nil {
						t.Fatal(err)
					}
					if err := l.Adopt(context.Background(), w); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// happened goes through one happening, and asks some flows before, during and after it.
func happened(t *testing.T, l *kindlab.Lab, h lab.Happening) {
	flows := []topology.Flow{
		topology.Ping("pod-a", "pod-b"), topology.OverTCP("pod-b", "pod-a", worlds.PodPort), topology.OverTCP("pod-a", "pod-b", worlds.PodPort),
		topology.OverTCP("pod-a", "ecs-25", worlds.WebPort), topology.OverTCP("pod-b", "ecs-25", worlds.WebPort),
		topology.Ping("node-1", "ecs-b"), topology.Ping("node-1", "node-2"), topology.OverTCP("pod-a", "web", worlds.ServicePort),
		topology.OverTCP("pod-b", "web", worlds.ServicePort),
	}
	met(t, l, flows, lab.Happening{})
	began := time.Now()
	o, err := l.Happen(t.Context(), h)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("happens after %s", time.Since(began).Round(time.Millisecond))
	if !h.Kind.Momentary() {
		met(t, l, flows, h)
	}
	proof, err := shown(t, l, o)
	if err != nil {
		t.Errorf("nothing shows it: %v", err)
	}
	t.Logf("shown by: %s", proof)
	began = time.Now()
	if proof, err = o.Heal(t.Context()); err != nil || proof == "" {
		t.Fatalf("nothing shows that it is healed: %q, %v", proof, err)
	}
	t.Logf("healed in %s: %s", time.Since(began).Round(time.Millisecond), proof)
	met(t, l, flows, lab.Happening{})
}

// shown waits until the platform shows what happened. A link that is spoilt shows it by what passed it: full packets are sent over all.
func shown(t *testing.T, l *kindlab.Lab, o lab.Ongoing) (proof string, err error) {
	t.Helper()
	w := l.World()
	clients := []string{"pod-a", "pod-b"}
	var questions []probe.Question
	for _, h := range w.Hosts {
		clients = append(clients, h.Name) // one that nobody may reach can ask all the same
		questions = append(questions, probe.Question{
			Protocol: probe.ICMP, Target: h.NIC.Address, Payload: chaos.FullPacket, Count: 20, Interval: time.Millisecond, Timeout: time.Second,
		})
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	err = poll.Until(ctx, 100*time.Millisecond, func(ctx context.Context) (bool, string, error) {
		if proof, err = o.Active(ctx); err != nil || proof != "" {
			return true, "", err
		}
		for _, from := range clients {
			a, _ := l.Trafficker(from)
			if agent, asks := a.(probe.Agent); asks {
				if _, err := agent.Ask(ctx, questions); err != nil {
					return false, "", err
				}
			}
		}
		return false, "nothing", nil
	})
	return proof, err
}

// met asks every flow once, and holds against the oracle whether it is answered.
func met(t *testing.T, l *kindlab.Lab, flows []topology.Flow, h lab.Happening) {
	t.Helper()
	w, oracle := l.World(), paperlab.New()
	for _, f := range flows {
		way := oracle.Predict(w, f)
		bearing := chaos.Bears(h, w, f, way)
		if !way.Verdict.Positive() || bearing == chaos.Absent || bearing == chaos.Loose {
			continue
		}
		a, known := l.Trafficker(f.From)
		agent, asks := a.(probe.Agent)
		if !known || !asks {
			t.Errorf("%s has no agent", f.From)
			continue
		}
		to, _ := w.Endpoint(f.To)
		q := probe.Question{Protocol: probe.TCP, Target: to.Address, Port: f.Port, Timeout: time.Second}
		if f.Protocol == topology.ICMP {
			q.Protocol, q.Port = probe.ICMP, 0
		}
		answers, err := agent.Ask(t.Context(), []probe.Question{q})
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		want := probe.Answered
		if bearing == chaos.Silenced {
			want = probe.Timeout
		}
		if answers[0].Outcome != want {
			t.Errorf("%s, bearing %d: %s %s, want %s", f, bearing, answers[0].Outcome, answers[0].Err, want)
		}
	}
}
