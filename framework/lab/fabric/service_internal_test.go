package fabric

import (
	"net/netip"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func nobodyChosen(string) (BackendPlan, bool) { return BackendPlan{}, false }

func web(m topology.Mode, backends ...string) topology.World {
	w := worlds.WebVPC(m)
	w.Clusters[0].Services[0].Backends = backends
	return w
}

// Who translates a flow, who may answer it, and by which hops it gets there.
//
// Source: cce_10_0249 "Service Overview"; kube-proxy in iptables mode.
func TestResolve_through_a_service(t *testing.T) {
	for _, c := range []struct {
		name       string
		world      topology.World
		flow       topology.Flow
		node       string
		servers    []string
		leavesFrom string
		arrives    []string
		carried    int
	}{
		{"a cluster IP, at the pod's node", web(topology.Routed, "pod-a"), topology.OverTCP("pod-b", "web", worlds.ServicePort), "node-2", []string{"pod-a"}, "node-2", []string{"node-1"}, 0},
		{"in tunnel mode over the overlay", web(topology.Tunnel, "pod-a"), topology.OverTCP("pod-b", "web", worlds.ServicePort), "node-2", []string{"pod-a"}, "node-2", []string{"node-1"}, 2},
		{"a NodePort, at the node that is addressed", web(topology.Routed, "pod-a"), topology.OverTCP("ecs-25", "node-2", worlds.NodePort), "node-2", []string{"pod-a"}, "vpc-demo", []string{"node-1"}, 0},
		{"with two backends", web(topology.Routed, "pod-a", "pod-b"), topology.OverTCP("pod-b", "web", worlds.ServicePort), "node-2", []string{"pod-a", "pod-b"}, "node-2", []string{"node-1", "node-2"}, 0},
		{"with whoever listens at a node's address", web(topology.Routed, "host-pod"), topology.OverTCP("pod-b", "web", worlds.ServicePort), "node-2", []string{"node-1", "host-pod"}, "node-2", []string{"vpc-demo"}, 0},
		{"with nobody", web(topology.Routed), topology.OverTCP("pod-b", "web", worlds.ServicePort), "node-2", nil, "node-2", nil, 0},
	} {
		q, err := resolve(&c.world, c.flow, nobodyChosen)
		if err != nil {
			t.Fatal(err)
		}
		if q.service == nil {
			t.Errorf("%s: no Service", c.name)
			continue
		}
		var arrives []string
		for i := 1; i < len(q.legs); i++ {
			arrives = append(arrives, q.arrival(i))
		}
		if q.service.node.Name != c.node || !slices.Equal(q.service.servers, c.servers) || q.leavesFrom != c.leavesFrom ||
			!slices.Equal(arrives, c.arrives) || len(q.serviceCarriers()) != c.carried || len(c.arrives) > 0 && q.finals() != 1 {
			t.Errorf("%s: translated at %s to %v, from %s to %v, carried between %v",
				c.name, q.service.node.Name, q.service.servers, q.leavesFrom, arrives, q.serviceCarriers())
		}
	}
}

// What no Service translates is asked as ever.
func TestResolve_beside_a_service(t *testing.T) {
	w := web(topology.Routed, "pod-a")
	for _, f := range []topology.Flow{
		topology.Ping("pod-b", "web"),
		topology.OverTCP("pod-b", "web", worlds.ServicePort+1),
		topology.OverTCP("ecs-25", "web", worlds.ServicePort),
		topology.OverTCP("ecs-25", "ecs-52", worlds.NodePort),
	} {
		q, err := resolve(&w, f, nobodyChosen)
		if err != nil || q.service != nil || len(q.legs) != 1 {
			t.Errorf("%s: %v, %d legs, Service %v", f, err, len(q.legs), q.service)
		}
	}
}

// A refusal is kube-proxy's where the Service has no backend and the node that
// translates sent it.
func TestJudge_through_a_service(t *testing.T) {
	refusedBy := func(a netip.Addr) probe.Answer {
		return probe.Answer{Outcome: probe.Refused, Errno: "ECONNREFUSED", Rejection: &probe.Rejection{Type: 3, Code: 3, From: a}}
	}
	answered := func(server string, saw netip.Addr) probe.Answer {
		return probe.Answer{Outcome: probe.Answered, Server: server, Saw: netip.AddrPortFrom(saw, 40000)}
	}
	handed := verdict.Evidence{Sightings: []verdict.Sighting{
		{Hop: "node-1", Leg: 1, Way: verdict.Request, Point: verdict.Left, Client: worlds.PodB, Packets: 1},
		{Hop: "node-1", Leg: 1, Way: verdict.Reply, Point: verdict.Entered, Client: worlds.PodB, Packets: 2},
	}}
	flow := topology.OverTCP("pod-b", "web", worlds.ServicePort)
	gateway := worlds.Node2Block.Addr().Next()
	for _, c := range []struct {
		name     string
		backends []string
		answer   probe.Answer
		evidence verdict.Evidence
		want     verdict.Kind
	}{
		{"no backend", nil, refusedBy(gateway), verdict.Evidence{}, verdict.KindRejected},
		{"no backend, and somebody else said so", nil, refusedBy(worlds.ECS25), verdict.Evidence{}, verdict.KindInconclusive},
		{"a backend that does not listen", []string{"pod-a"}, probe.Answer{Outcome: probe.Refused, Errno: "ECONNREFUSED"}, handed, verdict.KindRefused},
		{"a refusal on the way", []string{"pod-a"}, refusedBy(gateway), verdict.Evidence{}, verdict.KindInconclusive},
		{"the backend", []string{"pod-a"}, answered("pod-a", worlds.PodB), handed, verdict.KindReached},
		{"somebody else", []string{"pod-a"}, answered("ecs-25", worlds.PodB), handed, verdict.KindMisdelivered},
	} {
		w := web(topology.Routed, c.backends...)
		q, err := resolve(&w, flow, nobodyChosen)
		if err != nil {
			t.Fatal(err)
		}
		if got := judge(q, c.answer, c.evidence); got.Kind != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// A node bears witness to what kube-proxy drops there, and to nothing else.
func TestPlanNodePorts(t *testing.T) {
	w := web(topology.Routed, "pod-a")
	c := &w.Clusters[0]
	port := NodePortPlan{Service: "web", Protocol: topology.TCP, Port: worlds.NodePort}
	silent := port
	silent.Silent = true
	for _, x := range []struct {
		policy   topology.TrafficPolicy
		backends []string
		node     string
		want     []NodePortPlan
	}{
		{topology.ClusterPolicy, []string{"pod-a"}, "node-2", []NodePortPlan{port}},
		{topology.LocalPolicy, []string{"pod-a"}, "node-1", []NodePortPlan{port}},
		{topology.LocalPolicy, []string{"pod-a"}, "node-2", []NodePortPlan{silent}},
		{topology.LocalPolicy, nil, "node-2", nil}, // kube-proxy says so aloud
	} {
		c.Services[0].Policy, c.Services[0].Backends = x.policy, x.backends
		if got := planNodePorts(c, x.node); !slices.Equal(got, x.want) {
			t.Errorf("%s on %s with %v: %v, want %v", x.policy, x.node, x.backends, got, x.want)
		}
	}
}
