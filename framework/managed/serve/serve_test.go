package serve_test

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// instance is one of its own on an address of the loopback network, which each
// test has for itself.
func instance(u topology.Use, address string) managed.Instance {
	at := netip.AddrPortFrom(netip.MustParseAddr(address), managed.PortOf(u))
	return managed.Instance{
		Name: string(u), Epoch: "1", Use: u, Password: "first",
		Nodes: []managed.Node{{Host: "host-" + string(u), Listen: at}},
	}
}

func start(t *testing.T, i managed.Instance, o serve.Options) serve.Server {
	t.Helper()
	o.Place, o.Patience = serve.Here, config.DefaultTiming().ProbeTimeout
	s, err := serve.Start(t.Context(), i, o)
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

func adopt(t *testing.T, s serve.Server, i managed.Instance) {
	t.Helper()
	if err := s.Adopt(t.Context(), i); err != nil {
		t.Fatal(err)
	}
}

// deaf is the instance with all its ports closed.
func deaf(i managed.Instance) managed.Instance {
	nodes := make([]managed.Node, len(i.Nodes))
	for n, node := range i.Nodes {
		nodes[n] = managed.Node{Host: node.Host}
	}
	i.Nodes = nodes
	return i
}

func TestStart_refusesWhatItCannotServe(t *testing.T) {
	t.Parallel()
	for name, i := range map[string]managed.Instance{
		"unknown use":       {Name: "x", Use: "gopher"},
		"cache of no nodes": {Name: "x", Use: topology.UseRedis},
		"no broker":         {Name: "x", Use: topology.UseKafka},
		"no authority":      instance(topology.UseHTTPS, "127.0.9.9"),
	} {
		if s, err := serve.Start(t.Context(), i, serve.Options{Place: serve.Here}); err == nil {
			t.Errorf("%s: started", name)
			_ = s.Close()
		}
	}
}

func TestAdopt_refusesAnotherInstance(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseRedis, "127.0.9.1")
	s := start(t, i, serve.Options{})
	other := i
	other.Epoch = "2"
	if err := s.Adopt(t.Context(), other); err == nil {
		t.Error("another incarnation was adopted")
	}
	if got := s.Instance(); got.Epoch != "1" {
		t.Errorf("serves %s", got.Identity())
	}
}
