package use_test

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/use"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// served are the uses that a server of vpcgate's own answers: all.
func served() []topology.Use { return topology.Uses() }

// A use that succeeds names its server, and whom the server saw where it can tell.
func TestDo_succeedsAgainAndAgain(t *testing.T) {
	for _, u := range served() {
		t.Run(string(u), func(t *testing.T) {
			b := newBench(t)
			i := instance(u, "1")
			b.serve(t, i)
			r := b.request(i, use.NewLedger())
			for n := range 70 { // more than a ledger keeps
				began := time.Now()
				got := use.Do(t.Context(), b.dial, r)
				if got.Err != nil || got.Identity != i.Identity() || got.Denied {
					t.Fatalf("use %d: %+v", n, got)
				}
				if tells := u != topology.UseKafka && u != topology.UseAMQP; tells != got.Saw.IsValid() {
					t.Errorf("saw %s", got.Saw)
				}
				if n == 0 {
					t.Logf("%s, %d connections\n%s", time.Since(began), got.Connected, got.Transcript)
				}
			}
		})
	}
}

// What the application says is told apart, in the library's own words.
func TestDo_tellsApartWhatTheApplicationSays(t *testing.T) {
	for _, u := range served() {
		if u == topology.UseKafka {
			continue // it has no password
		}
		t.Run(string(u), func(t *testing.T) {
			b := newBench(t)
			i := instance(u, "1")
			i.Password = "another"
			b.serve(t, i)
			got := use.Do(t.Context(), b.dial, b.request(i, nil))
			if got.Code != verdict.WrongPassword || !got.Denied || got.Connected == 0 || got.Err == nil {
				t.Errorf("got %+v", got)
			}
			t.Log(got.Transcript)
		})
	}
}

// What the network does is the cause of the library's error.
func TestDo_tellsApartWhatTheNetworkDoes(t *testing.T) {
	for _, u := range topology.Uses() {
		t.Run(string(u), func(t *testing.T) {
			b := newBench(t)
			i := instance(u, "1")
			got := use.Do(t.Context(), b.dial, b.request(i, nil))
			if probe.OutcomeOf(got.Err) != probe.Refused || got.Denied || got.At != i.Nodes[0].Listen {
				t.Errorf("nobody listens: %+v", got)
			}
			t.Log(got.Transcript)
			ended, cancel := context.WithCancel(t.Context())
			cancel()
			got = use.Do(ended, b.dial, b.request(i, nil))
			if probe.OutcomeOf(got.Err) != probe.Canceled || got.Denied {
				t.Errorf("canceled: %+v", got)
			}
			quick := b.request(i, nil)
			quick.Timeout = 200 * time.Millisecond
			got = use.Do(t.Context(), func(ctx context.Context, _ netip.AddrPort) (net.Conn, error) {
				<-ctx.Done()
				return nil, context.Cause(ctx)
			}, quick)
			if probe.OutcomeOf(got.Err) != probe.Timeout || got.Denied {
				t.Errorf("silence: %+v", got)
			}
			agent := probe.NewLocal("web-vm", probe.Within(b.ns.Do))
			defer func() { _ = agent.Close() }()
			at := i.Nodes[0].Listen
			if err := agent.Listen(t.Context(), []probe.Listener{{Protocol: probe.TCP, Port: at.Port(), Address: at.Addr()}}); err != nil {
				t.Fatal(err)
			}
			r := b.request(i, nil)
			r.Stranger = func(line []byte) bool { return strings.Contains(string(line), "web-vm") }
			got = use.Do(t.Context(), b.dial, r)
			if got.Code != verdict.OtherProtocol || !strings.Contains(string(got.Heard), "web-vm") {
				t.Errorf("another protocol: %+v", got)
			}
			t.Log(got.Transcript)
		})
	}
}

// A server that has forgotten what it acknowledged is found out, for ever; a new
// incarnation owes nothing.
func TestDo_missesWhatWasAcknowledged(t *testing.T) {
	for _, u := range served() {
		if u == topology.UseHTTPS {
			continue // it keeps nothing
		}
		t.Run(string(u), func(t *testing.T) {
			b := newBench(t)
			i := instance(u, "1")
			ledger := use.NewLedger()
			s := b.serve(t, i)
			if got := use.Do(t.Context(), b.dial, b.request(i, ledger)); got.Err != nil {
				t.Fatalf("got %+v", got)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			s = b.serve(t, i)
			for range 3 {
				got := use.Do(t.Context(), b.dial, b.request(i, ledger))
				if got.Code != verdict.DataLost {
					t.Errorf("got %+v", got)
				}
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
			i.Epoch = "2"
			b.serve(t, i)
			if got := use.Do(t.Context(), b.dial, b.request(i, ledger)); got.Err != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// One broker that cannot be reached ends a use, and is named.
func TestDo_namesTheBrokerThatCannotBeReached(t *testing.T) {
	b := newBench(t)
	i := instance(topology.UseKafka, "1")
	s := b.serve(t, i)
	down := i
	down.Nodes = append([]managed.Node(nil), i.Nodes...)
	down.Nodes[1] = managed.Node{Host: i.Nodes[1].Host}
	if err := s.Adopt(t.Context(), down); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	got := use.Do(t.Context(), b.dial, b.request(i, nil))
	if probe.OutcomeOf(got.Err) != probe.Refused || got.At.Addr() != i.Nodes[1].Listen.Addr() || !strings.Contains(got.Err.Error(), got.At.String()) {
		t.Errorf("got %+v", got)
	}
	t.Logf("%s\n%s", time.Since(began), got.Transcript)
	alone := b.request(i, nil)
	alone.Alone = true
	if got := use.Do(t.Context(), b.dial, alone); got.Err != nil {
		t.Errorf("alone: %+v", got)
	}
	var failed *use.Error
	if !errors.As(got.Err, &failed) || failed.Text == "" {
		t.Errorf("no words in %v", got.Err)
	}
}
