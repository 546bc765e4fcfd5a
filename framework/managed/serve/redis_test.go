package serve_test

import (
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// client connects anew for every test, without retries of its own.
func client(t *testing.T, i managed.Instance, password string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: i.Nodes[0].Listen.String(), Password: password, MaxRetries: -1})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestRedis_tellsItsIdentityAndWhomItSees(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseRedis, "127.0.1.1")
	start(t, i, serve.Options{})
	c := client(t, i, "first")
	if got, err := c.Get(t.Context(), managed.IdentityKey).Result(); err != nil || got != "redis/1" {
		t.Errorf("identity %q, %v", got, err)
	}
	info, err := c.ClientInfo(t.Context()).Result()
	if err != nil || !strings.HasPrefix(info.Addr, "127.0.0.1:") && !strings.HasPrefix(info.Addr, "127.0.1.1:") {
		t.Errorf("seen as %+v, %v", info, err)
	}
	if _, err := client(t, i, "").ClientInfo(t.Context()).Result(); err == nil {
		t.Error("told somebody whom it does not know")
	}
}

func TestRedis_keepsDataOverDeathAndAnotherPassword(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseRedis, "127.0.1.2")
	s := start(t, i, serve.Options{})
	c := client(t, i, "first")
	if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
		t.Fatal(err)
	}
	adopt(t, s, deaf(i))
	if err := c.Get(t.Context(), "k").Err(); err == nil {
		t.Error("a dead cache answers over a connection that stands")
	}
	var op *net.OpError
	if err := c.Get(t.Context(), "k").Err(); !errors.As(err, &op) {
		t.Errorf("a dead cache says %v", err)
	}
	changed := i
	changed.Password = "second"
	adopt(t, s, changed)
	if err := client(t, i, "first").Get(t.Context(), "k").Err(); err == nil || !strings.Contains(err.Error(), "WRONGPASS") {
		t.Errorf("the old password: %v", err)
	}
	if got, err := client(t, i, "second").Get(t.Context(), "k").Result(); err != nil || got != "v" {
		t.Errorf("read back %q, %v", got, err)
	}
}

func TestRedis_endsWithWhoSpeaksSomethingElse(t *testing.T) {
	t.Parallel()
	i := instance(topology.UseRedis, "127.0.1.3")
	if s := start(t, i, serve.Options{}); s.Program().StandIn == "" {
		return // the real program does as it does
	}
	for _, text := range []string{"GET / HTTP/1.1\r\n\r\n", "*1\r\n$99999999999\r\n", "*0\r\n", strings.Repeat("x", 1<<16)} {
		endsWith(t, i.Nodes[0].Listen, text)
	}
	if err := client(t, i, "first").Ping(t.Context()).Err(); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
