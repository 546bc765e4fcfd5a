package use_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"os"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/authority"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/managed/use"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// TestMain runs the tests as they are when root, and else in a user namespace; they are never skipped.
func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// bench is a namespace with nothing but a loopback, and what is served there.
type bench struct {
	ns    *netns.Namespace
	roots string
	*authority.Authority
}

func newBench(t *testing.T) *bench {
	t.Helper()
	ns, err := netns.New(t.Name())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ns.Close(); err != nil {
			t.Error(err)
		}
	})
	a, err := authority.New("test")
	if err != nil {
		t.Fatal(err)
	}
	return &bench{ns: ns, Authority: a, roots: string(a.PEM())}
}

func (b *bench) place(_ string, f func() error) error { return b.ns.Do(f) }

// dial connects as an agent does.
func (b *bench) dial(ctx context.Context, to netip.AddrPort) (net.Conn, error) {
	return probe.Within(b.ns.Do).Dial(ctx, probe.TCP, netip.AddrPort{}, to)
}

func (b *bench) options() serve.Options {
	return serve.Options{Place: b.place, Authority: b.Authority, Patience: config.DefaultTiming().ProbeTimeout}
}

// serve starts an instance. It ends with the test.
func (b *bench) serve(t *testing.T, i managed.Instance) serve.Server {
	t.Helper()
	s, err := serve.Start(t.Context(), i, b.options())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func loopback(last byte) netip.Addr { return netip.AddrFrom4([4]byte{127, 0, 0, last}) }

// instance has a node for Kafka's every broker, and else one.
func instance(u topology.Use, epoch string) managed.Instance {
	i := managed.Instance{Name: "it-" + string(u), Epoch: epoch, Use: u, Password: topology.AppPassword}
	nodes := byte(1)
	if u == topology.UseKafka {
		nodes = 3
	}
	for n := range nodes {
		i.Nodes = append(i.Nodes, managed.Node{
			Host: fmt.Sprintf("host-%d", n), Listen: netip.AddrPortFrom(loopback(10+n), managed.PortOf(u)),
		})
	}
	return i
}

// request is one to the first node of an instance.
func (b *bench) request(i managed.Instance, l *use.Ledger) use.Request {
	return use.Request{
		Use: i.Use, Target: i.Nodes[0].Listen, Password: topology.AppPassword, Roots: b.roots,
		Client: "pod-a", Ledger: l, Timeout: config.DefaultTiming().ProbeTimeout,
	}
}
