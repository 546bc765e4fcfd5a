package netnslab_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func open(t testing.TB) *netnslab.Lab {
	t.Helper()
	l, err := netnslab.Open(t.Context(), netnslab.Options{Run: "test", Timing: config.DefaultTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return l
}

// Every pair of endpoints, over every protocol and on an open and a closed port,
// gets the verdict that the oracle predicts: the healthy worlds' whole matrix.
func TestAsk_agrees_with_the_oracle_on_every_pair(t *testing.T) {
	for _, world := range []func(topology.Mode) topology.World{
		worlds.OneVPC, worlds.PeeredVPCs, worlds.InternetVPC, worlds.TranslatedVPCs, worlds.BalancedVPC, worlds.OverlappingVPCs,
	} {
		for _, m := range topology.Modes() {
			w := world(m)
			t.Run(w.Name+"/"+string(m), func(t *testing.T) {
				l := open(t)
				if err := l.Adopt(t.Context(), w); err != nil {
					t.Fatal(err)
				}
				for _, f := range everyFlow(w) {
					want := paperlab.New().Predict(l.World(), f)
					got, err := l.Ask(t.Context(), f)
					if err != nil {
						t.Fatal(err)
					}
					if !want.Verdict.SatisfiedBy(got.Verdict) {
						t.Errorf("%s: predicted %s, saw %s (%+v)", f, want.Verdict, got.Verdict, got.Evidence)
					}
				}
			})
		}
	}
}

func everyFlow(w topology.World) []topology.Flow {
	var all []topology.Flow
	for _, from := range w.Endpoints() {
		for _, to := range w.Destinations() {
			if from.Machine == to.Machine {
				continue
			}
			all = append(all, topology.Ping(from.Name, to.Name), topology.OverTCP(from.Name, to.Name, 9))
			for _, l := range to.Listeners {
				all = append(all, topology.Flow{From: from.Name, To: to.Name, Protocol: l.Protocol, Port: l.Port})
			}
		}
	}
	return all
}

// A cluster always has packets of its own in flight. What a rule drops of
// theirs is not evidence for or against the flow that is asked.
func TestAsk_tells_the_flow_from_other_traffic(t *testing.T) {
	l := open(t)
	if err := l.Adopt(t.Context(), worlds.OneVPC(topology.Routed)); err != nil {
		t.Fatal(err)
	}
	stop, stopped := make(chan struct{}), make(chan error, 1)
	go func() { stopped <- noise(t.Context(), l, stop) }()
	for range 50 {
		f := topology.OverTCP("pod-a", "ecs-52", worlds.WebPort)
		want := verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-52", topology.Ingress))
		got, err := l.Ask(t.Context(), f)
		if err != nil {
			t.Fatal(err)
		}
		if !want.SatisfiedBy(got.Verdict) {
			t.Fatalf("want %s, got %s (%+v)", want, got.Verdict, got.Evidence)
		}
	}
	close(stop)
	if err := <-stopped; err != nil {
		t.Fatal(err)
	}
}

// noise sends from another node, and from the same pod to the same host's other
// port, where both are dropped, until it is stopped.
func noise(ctx context.Context, l *netnslab.Lab, stop <-chan struct{}) error {
	node, _ := l.Agent("node-2")
	pod, _ := l.Agent("pod-a")
	nowhere, other := netip.MustParseAddr("203.0.113.1"), worlds.ECS52
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		for _, ask := range []struct {
			agent  probe.Agent
			target netip.Addr
		}{{node, nowhere}, {pod, other}} {
			q := probe.Question{ID: "noise", Protocol: probe.UDP, Target: ask.target, Port: 9, Timeout: time.Millisecond}
			if _, err := ask.agent.Ask(ctx, []probe.Question{q}); err != nil {
				return err
			}
		}
	}
}
