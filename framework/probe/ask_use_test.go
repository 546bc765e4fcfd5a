package probe_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// cache serves one in a namespace.
func cache(t *testing.T, n *netns.Namespace) (managed.Instance, serve.Server) {
	t.Helper()
	i := managed.Instance{
		Name: "cache", Epoch: "1", Use: topology.UseRedis, Password: topology.AppPassword,
		Nodes: []managed.Node{{Host: "cache", Listen: netip.AddrPortFrom(loopback(), topology.RedisPort)}},
	}
	s, err := serve.Start(t.Context(), i, serve.Options{
		Place: func(_ string, f func() error) error { return n.Do(f) }, Patience: probe.DefaultTimeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return i, s
}

// A service is used by an agent in this process and by one behind a connection
// alike; an agent remembers what was acknowledged to it.
func TestAsk_usesAService(t *testing.T) {
	n := isolated(t)
	i, s := cache(t, n)
	near := local(t, "pod-a", n)
	for name, agent := range map[string]probe.Agent{"local": near, "client": remote(t, local(t, "pod-b", n))} {
		q := probe.Question{
			Protocol: probe.TCP, Target: loopback(), Port: topology.RedisPort,
			Use: probe.Use{Kind: topology.UseRedis, Password: topology.AppPassword},
		}
		a := one(t, agent, q)
		if a.Outcome != probe.Answered || managed.NameOf(a.Server) != "cache" || a.Saw.Addr() != loopback() || a.Received != 1 || a.Connected != 1 {
			t.Errorf("%s: got %+v", name, a)
		}
		q.Use.Password = "wrong"
		if a := one(t, agent, q); a.Outcome != probe.Denied || a.Code != verdict.WrongPassword || a.Err == "" {
			t.Errorf("%s, wrong password: got %+v", name, a)
		}
		q.Port++
		if a := one(t, agent, q); a.Outcome != probe.Refused || a.Errno != "ECONNREFUSED" || a.At.Port() != q.Port {
			t.Errorf("%s, wrong port: got %+v", name, a)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	_, _ = cache(t, n)
	q := probe.Question{
		Protocol: probe.TCP, Target: loopback(), Port: topology.RedisPort,
		Use: probe.Use{Kind: topology.UseRedis, Password: i.Password},
	}
	if a := one(t, near, q); a.Outcome != probe.Denied || a.Code != verdict.DataLost {
		t.Errorf("what was acknowledged is gone, and got %+v", a)
	}
}

// An agent goes on writing while its service is away for a moment, in this process
// and behind a connection alike.
func TestProduce_losesNothing(t *testing.T) {
	n := isolated(t)
	i, s := cache(t, n)
	away := i
	away.Nodes = []managed.Node{{Host: "cache"}}
	q := probe.Question{
		Protocol: probe.TCP, Target: loopback(), Port: topology.RedisPort, Lasting: probe.DefaultTimeout / 4,
		Interval: probe.DefaultInterval / 50, Timeout: probe.DefaultTimeout / 4,
		Use: probe.Use{Kind: topology.UseRedis, Password: i.Password},
	}
	for name, agent := range map[string]probe.Producer{"local": local(t, "pod-a", n), "client": remote(t, local(t, "pod-b", n))} {
		producing, err := agent.Produce(t.Context(), q)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, next := range []managed.Instance{away, i} {
			if err := s.Adopt(t.Context(), next); err != nil {
				t.Fatal(err)
			}
		}
		if tally, err := producing.Tally(t.Context()); err != nil || !tally.Whole() || tally.Acknowledged < 2 {
			t.Errorf("%s: %s, %v", name, tally, err)
		}
		if err := producing.Close(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		wrong := q
		wrong.Use.Password = "wrong"
		if _, err := agent.Produce(t.Context(), wrong); err == nil {
			t.Errorf("%s: a production began with a wrong password", name)
		}
		wrong.Lasting = 0
		if _, err := agent.Produce(t.Context(), wrong); err == nil {
			t.Errorf("%s: a production of no time began", name)
		}
	}
}

// A production ends with the connection that it was begun over.
func TestProduce_endsWithItsConnection(t *testing.T) {
	n := isolated(t)
	i, _ := cache(t, n)
	client := remote(t, local(t, "pod-a", n))
	q := probe.Question{
		Protocol: probe.TCP, Target: loopback(), Port: topology.RedisPort, Lasting: time.Minute,
		Use: probe.Use{Kind: topology.UseRedis, Password: i.Password},
	}
	producing, err := client.Produce(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if tally, err := producing.Tally(t.Context()); err == nil {
		t.Errorf("it went on: %s", tally)
	}
}

// An agent that answers in a service's place is named.
func TestAsk_namesAnAgentInAServicesPlace(t *testing.T) {
	n := isolated(t)
	agent := local(t, "web-vm", n, "tcp/3306")
	for _, u := range []topology.Use{topology.UseMySQL, topology.UseRedis, topology.UseKafka} {
		a := one(t, agent, probe.Question{Protocol: probe.TCP, Target: loopback(), Port: 3306, Use: probe.Use{Kind: u}})
		if a.Outcome != probe.Denied || a.Code != verdict.OtherProtocol || a.Server != "web-vm" || a.Saw.Addr() != loopback() {
			t.Errorf("%s: got %+v", u, a)
		}
	}
}
