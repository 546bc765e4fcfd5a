package netnslab

import (
	"context"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// serving is a cluster's world in which a host is a cache.
func serving(m topology.Mode) topology.World {
	w := labtest.Cluster(m)
	host(&w).Managed = &topology.Managed{Kind: topology.DCSRedis, Version: "6.0"}
	return w
}

func host(w *topology.World) *topology.Host {
	i := slices.IndexFunc(w.Hosts, func(h topology.Host) bool { return h.Name == "ecs-k" })
	return &w.Hosts[i]
}

func openServing(t *testing.T) *Lab {
	t.Helper()
	l, err := Open(t.Context(), Options{Run: "test", Timing: config.DefaultTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return l
}

// cacheFrom is a client of the cache at a pod.
func cacheFrom(t *testing.T, l *Lab, pod, password string) *redis.Client {
	t.Helper()
	h, _ := l.world.Host("ecs-k")
	c := redis.NewClient(&redis.Options{
		Addr: netip.AddrPortFrom(h.NIC.Address, topology.RedisPort).String(), Password: password, MaxRetries: -1,
		Dialer: func(ctx context.Context, _, to string) (net.Conn, error) {
			return probe.Within(l.spaces[pod].Do).Dial(ctx, probe.TCP, netip.AddrPort{}, netip.MustParseAddrPort(to))
		},
	})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func adopt(t *testing.T, l *Lab, w topology.World) {
	t.Helper()
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

func TestServe_keepsItsDataWhileItsWorldChanges(t *testing.T) {
	l, w := openServing(t), serving(topology.Routed)
	adopt(t, l, w)
	c := cacheFrom(t, l, "pod-a", topology.AppPassword)
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	identity, err := c.Get(t.Context(), managed.IdentityKey).Result()
	if err != nil || managed.NameOf(identity) != "ecs-k" {
		t.Fatalf("it is %q, %v", identity, err)
	}
	if info, err := c.ClientInfo(t.Context()).Result(); err != nil || !strings.HasPrefix(info.Addr, "172.16.0.10:") {
		t.Errorf("pod-a is seen as %+v, %v", info, err)
	}
	host(&w).Managed.Password = "another"
	adopt(t, l, w)
	if err := cacheFrom(t, l, "pod-a", topology.AppPassword).Get(t.Context(), "k").Err(); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Errorf("the old password: %v", err)
	}
	list := topology.AllowList(netip.MustParsePrefix("192.168.1.0/24"))
	list.Refusal = topology.ApplicationRefusal
	host(&w).Whitelist = &list
	adopt(t, l, w)
	if err := cacheFrom(t, l, "pod-a", "another").Get(t.Context(), "k").Err(); err == nil || err.Error() != serve.RedisRefusal {
		t.Errorf("a pod that is not listed: %v", err)
	}
	host(&w).Whitelist = nil
	adopt(t, l, w)
	if got, err := cacheFrom(t, l, "pod-a", "another").Get(t.Context(), "k").Result(); err != nil || got != "v" {
		t.Errorf("read back %q, %v", got, err)
	}
	if p := l.Programs(); len(p) != 1 || p[0].Use != topology.UseRedis || p[0].Name == "" || p[0].Version == "" {
		t.Errorf("programs %+v", p)
	}
}

func TestServe_beginsAnewInAnotherWorld(t *testing.T) {
	l, w := openServing(t), serving(topology.Tunnel)
	adopt(t, l, w)
	first, _ := l.services.fleet.Instance("ecs-k")
	h := host(&w)
	h.NIC.Address = h.NIC.Address.Next()
	adopt(t, l, w)
	second, ok := l.services.fleet.Instance("ecs-k")
	if !ok || first.Epoch == second.Epoch {
		t.Errorf("after other addresses it is %s, before %s", second.Identity(), first.Identity())
	}
	h.Managed = nil
	adopt(t, l, w)
	if _, ok := l.services.fleet.Instance("ecs-k"); ok {
		t.Error("what is no instance any more is served")
	}
}
