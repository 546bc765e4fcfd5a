package netnslab_test

import (
	"net/netip"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Rules that bear witness drop nothing: what they speak of, the kernel loses by
// itself, without a word to the client. A question that nobody watches, and that
// no counter ends, finds that out.
func TestAdopt_what_is_witnessed_is_lost_by_the_kernel(t *testing.T) {
	type edit func(h *topology.Host, n *topology.Node)
	conflict := func(h *topology.Host, _ *topology.Node) {
		h.Engine = &topology.Engine{BridgeIP: netip.MustParsePrefix("172.16.0.1/16")}
	}
	unforwarding := func(_ *topology.Host, n *topology.Node) { n.ForwardingOff = true }
	for _, c := range []struct {
		name     string
		from, to string
		port     uint16
		edit     edit
	}{
		{"a reply to a bridge", "pod-a", "ecs-k", labtest.WebPort, conflict},
		{"a request to a bridge", "ecs-k", "pod-a", labtest.WebPort, conflict},
		{"a request whose reply would go to a bridge, strictly filtered", "pod-a", "ecs-k", labtest.WebPort, func(h *topology.Host, n *topology.Node) {
			conflict(h, n)
			h.StrictReversePath = true
		}},
		{"a container's reply to its own block", "pod-a", "ecs-k", 8080, func(h *topology.Host, n *topology.Node) {
			conflict(h, n)
			h.Engine.Containers = []topology.EngineContainer{{
				Name: "shop", Address: netip.MustParseAddr("172.16.9.5"), Port: labtest.WebPort,
				Published: topology.Listener{Protocol: topology.TCP, Port: 8080},
			}}
		}},
		{"a pod's packet while its node does not forward", "pod-a", "ecs-k", labtest.WebPort, unforwarding},
		{"a packet for a pod whose node does not forward", "ecs-k", "pod-a", labtest.WebPort, unforwarding},
		{"a pod's packet to the pod beside it", "pod-a", "pod-a2", labtest.WebPort, unforwarding},
	} {
		l := open(t)
		w := labtest.Cluster(topology.Routed)
		c.edit(&w.Hosts[1], &w.Clusters[0].Nodes[0])
		if err := l.Adopt(t.Context(), w); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		agent, _ := l.Agent(c.from)
		server, _ := w.Endpoint(c.to)
		answers, err := agent.Ask(t.Context(), []probe.Question{
			{ID: "tcp", Protocol: probe.TCP, Target: server.Address, Port: c.port, Timeout: 300 * time.Millisecond},
		})
		if err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		if got := answers[0].Outcome; got != probe.Timeout {
			t.Errorf("%s: got %s, want silence", c.name, got)
		}
	}
}
