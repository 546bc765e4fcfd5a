package use_test

import (
	"context"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/use"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// storing are the served uses that keep what is written.
func storing() []topology.Use {
	return slices.DeleteFunc(served(), func(u topology.Use) bool { return u == topology.UseHTTPS })
}

// deaf is the instance with all its ports closed and its clients cut off.
func deaf(i managed.Instance) managed.Instance {
	nodes := make([]managed.Node, len(i.Nodes))
	for n, node := range i.Nodes {
		nodes[n] = managed.Node{Host: node.Host}
	}
	i.Nodes = nodes
	return i
}

// pace says how long silence is borne here, and for how long is written.
func pace() (timeout time.Duration, p use.Pace) {
	t := config.DefaultTiming()
	return t.Settle / 20, use.Pace{Every: t.PingInterval, Lasting: t.ProbeTimeout / 2}
}

// after lets some time pass.
func after(t *testing.T, d time.Duration) {
	t.Helper()
	if err := poll.Sleep(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// Whatever happens to the connections meanwhile, nothing that was acknowledged is
// lost; and something is acknowledged before and after.
func TestProduce_losesNothing(t *testing.T) {
	for _, u := range storing() {
		t.Run(string(u), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			i := instance(u, "1")
			s := b.serve(t, i)
			r := b.request(i, use.NewLedger())
			var p use.Pace
			r.Timeout, p = pace()
			producing, err := use.Produce(t.Context(), b.dial, r, p)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = producing.Close() }()
			for _, next := range []managed.Instance{deaf(i), i} {
				after(t, p.Lasting/4)
				if err := s.Adopt(t.Context(), next); err != nil {
					t.Fatal(err)
				}
			}
			got, err := producing.Tally(t.Context())
			if err != nil || !got.Whole() {
				t.Errorf("%s, %v", got, err)
			}
			if full := int(p.Lasting / p.Every); got.Attempted < full/3 || got.Acknowledged < full/8 {
				t.Errorf("%s, at a pace of %d", got, full)
			}
			t.Log(got)
		})
	}
}

// A server that has forgotten what it acknowledged is found out.
func TestProduce_missesWhatWasAcknowledged(t *testing.T) {
	b := newBench(t)
	i := instance(topology.UseRedis, "1")
	s := b.serve(t, i)
	r := b.request(i, nil)
	var p use.Pace
	r.Timeout, p = pace()
	p.Lasting /= 10
	producing, err := use.Produce(t.Context(), b.dial, r, p)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = producing.Close() }()
	after(t, 2*p.Lasting)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	b.serve(t, i)
	if got, err := producing.Tally(t.Context()); err != nil || got.Whole() || got.Missing == 0 || got.Missing != got.Acknowledged {
		t.Errorf("%s, %v", got, err)
	}
}

func TestProduce_refusesToBegin(t *testing.T) {
	b := newBench(t)
	i := instance(topology.UseRedis, "1")
	if _, err := use.Produce(t.Context(), b.dial, b.request(i, nil), use.Pace{Every: 1, Lasting: 1}); err == nil {
		t.Error("a production began without a server")
	}
	if _, err := use.Produce(t.Context(), b.dial, b.request(instance(topology.UseHTTPS, "1"), nil), use.Pace{Every: 1, Lasting: 1}); err == nil {
		t.Error("an inference service keeps nothing")
	}
}

// However a production ends, nothing of it is left.
func TestProduce_leavesNothingBehind(t *testing.T) {
	for _, u := range storing() {
		t.Run(string(u), func(t *testing.T) {
			b := newBench(t)
			i := instance(u, "1")
			s := b.serve(t, i)
			life := func() {
				r := b.request(i, nil)
				var p use.Pace
				r.Timeout, p = pace()
				producing, err := use.Produce(t.Context(), b.dial, r, p)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.Adopt(t.Context(), deaf(i)); err != nil {
					t.Fatal(err)
				}
				ended, cancel := context.WithTimeout(t.Context(), p.Every*4)
				_, _ = producing.Tally(ended)
				cancel()
				if err := producing.Close(); err != nil {
					t.Error(err)
				}
				if err := s.Adopt(t.Context(), i); err != nil {
					t.Fatal(err)
				}
			}
			life()
			settled(t, func() (int, int) { return openFiles(t), runtime.NumGoroutine() }, life)
		})
	}
}
