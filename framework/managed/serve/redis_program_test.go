package serve_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/serve"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// TestMain runs the tests as they are when root, and else in a user namespace.
func TestMain(m *testing.M) {
	if err := netns.ReexecInUserNamespace(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// What serves a cache is the machine's own program where it has one, and is named.
func TestRedis_isTheMachinesOwn(t *testing.T) {
	t.Parallel()
	s := start(t, instance(topology.UseRedis, "127.0.1.4"), serve.Options{})
	p := s.Program()
	if _, err := cmd.Find("redis-server"); err != nil {
		if p.Name != "miniredis" || p.StandIn == "" {
			t.Errorf("without a program it is %+v", p)
		}
		return
	}
	if p.Name != "redis-server" || p.StandIn != "" || !strings.Contains(p.Version, ".") {
		t.Errorf("with a program it is %+v", p)
	}
}

// An instance that is stopped from the beginning can be started.
func TestStart_ofWhatIsStopped(t *testing.T) {
	t.Parallel()
	i := brokers(26)
	for n := range i.Nodes {
		i.Nodes[n].Own = i.Nodes[n].Listen
	}
	stopped := i
	stopped.Nodes = append([]managed.Node{{Host: i.Nodes[0].Host, Own: i.Nodes[0].Own}}, i.Nodes[1:]...)
	s := start(t, stopped, serve.Options{Patience: config.DefaultTiming().ProbeTimeout})
	if got := addresses(metadata(t, "127.0.26.2:9092")); len(got) != 3 || got[0] != "0 127.0.26.1:9092" {
		t.Errorf("advertised %q", got)
	}
	adopt(t, s, i)
	produce(t, "127.0.26.1:9092")
}
