package kindlab

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// readyNodes are two nodes whose pods have been given their tenth addresses.
func readyNodes(c topology.Cluster) []readyNode {
	var nodes []readyNode
	for i, n := range c.Nodes {
		a := n.Block.Masked().Addr()
		for range 9 {
			a = a.Next()
		}
		nodes = append(nodes, readyNode{
			Node: n, pod: readyPrefix + n.Name, hostPod: readyHost + n.Name,
			podAddress: a, self: netip.AddrFrom4([4]byte{10, 247, 0, byte(20 + i)}),
		})
	}
	return nodes
}

func readyChecks(mode topology.Mode) []readyCheck {
	c := worlds.OneVPC(mode).Clusters[0]
	return readyPlan(c, readyNodes(c), netip.MustParseAddr("10.247.0.30"), 30080)
}

func TestReadyPlan(t *testing.T) {
	t.Parallel()
	for _, mode := range topology.Modes() {
		var out strings.Builder
		for _, c := range readyChecks(mode) {
			fmt.Fprintf(&out, "%s asks %s (%s) %d times: %s, who see %s\n",
				c.from, c.what, c.target, c.times, strings.Join(c.servers, " and "), c.promise)
		}
		golden.Assert(t, "testdata/ready-"+string(mode)+".golden.txt", out.String())
	}
}

func TestReadyCheck_judges_every_answer(t *testing.T) {
	t.Parallel()
	check := func(what string) readyCheck {
		for _, c := range readyChecks(topology.Tunnel) {
			if c.from == "ready-node-1" && c.what == what {
				return c
			}
		}
		t.Fatalf("no check of %s", what)
		return readyCheck{}
	}
	answer := func(server, saw string) probe.Answer {
		return probe.Answer{Outcome: probe.Answered, Server: server, Saw: netip.AddrPortFrom(netip.MustParseAddr(saw), 1)}
	}
	const service, host = "the Service with an endpoint on each node", "the host-network pod on node-2"
	var out strings.Builder
	for _, c := range []struct {
		name, what string
		answers    []probe.Answer
	}{
		{"both endpoints answer", service, []probe.Answer{answer("ready-node-1", "172.16.0.1"), answer("ready-node-2", "172.16.0.9")}},
		{"one endpoint never answers", service, []probe.Answer{answer("ready-node-1", "172.16.0.1"), answer("ready-node-1", "172.16.0.1")}},
		{"a stranger answers", service, []probe.Answer{answer("ecs-25", "172.16.0.9")}},
		{"nobody answers", service, []probe.Answer{{Outcome: probe.Timeout}}},
		{"the overlay is masqueraded", "the pod on node-2", []probe.Answer{answer("ready-node-2", "192.168.10.11")}},
		{"tunnel mode hides the pod", host, []probe.Answer{answer("ready-host-node-2", "192.168.10.11")}},
		{"tunnel mode does not hide the pod", host, []probe.Answer{answer("ready-host-node-2", "172.16.0.9")}},
		{"a hairpin is hidden", "its own Service", []probe.Answer{answer("ready-node-1", "172.16.0.1")}},
		{"a hairpin is not hidden", "its own Service", []probe.Answer{answer("ready-node-1", "172.16.0.9")}},
		{"a NodePort is hidden behind its node", "the NodePort on node-2", []probe.Answer{
			answer("ready-node-2", "172.16.0.129"), answer("ready-node-1", "192.168.10.12"),
		}},
	} {
		verdict := "passes"
		if err := check(c.what).judge(c.answers); err != nil {
			verdict = err.Error()
		}
		fmt.Fprintf(&out, "%s:\n    %s\n", c.name, verdict)
	}
	golden.Assert(t, "testdata/judge.golden.txt", out.String())
}
