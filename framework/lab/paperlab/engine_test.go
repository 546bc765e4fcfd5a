package paperlab_test

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// What a container engine on a peer does to a pod's flow, as it was measured with
// network namespaces: a docker0 of 172.16.0.1/16 on the peer, the containers in
// the same block, the peer's group open.
func TestPredict_engine_as_measured(t *testing.T) {
	bip := netip.MustParsePrefix("172.16.0.1/16")
	idle := change.InstallEngine{Host: "ecs-k", Engine: topology.Engine{BridgeIP: bip}}
	busy := change.InstallEngine{Host: "ecs-k", Engine: topology.Engine{BridgeIP: bip, Containers: []topology.EngineContainer{{
		Name: "shop", Address: netip.MustParseAddr("172.16.9.5"), Port: labtest.WebPort,
		Published: topology.Listener{Protocol: topology.TCP, Port: 8080},
	}}}}
	strict := change.SetReversePath{Host: "ecs-k", Filter: change.StrictFilter}
	loose := change.SetReversePath{Host: "ecs-k", Filter: change.LooseFilter}
	ignore := change.IgnoreLinkDown{Host: "ecs-k"}
	lost := verdict.ReplyLost("ecs-k", "ecs-k", verdict.EngineNetwork("ecs-k", "docker0"))
	filtered, pod, node := verdict.Dropped("ecs-k", verdict.ReversePath("ecs-k")), verdict.ReachedAs("pod-a"), verdict.ReachedAs("node-1")
	for _, c := range []struct {
		name   string
		mode   topology.Mode
		change change.Change
		want   verdict.Verdict
	}{
		{"no docker0", topology.Routed, nil, pod},
		{"docker0 without carrier", topology.Routed, idle, lost},
		{"docker0 with carrier", topology.Routed, busy, lost},
		{"strict filter", topology.Routed, change.All(idle, strict), filtered},
		{"strict filter, with carrier", topology.Routed, change.All(busy, strict), filtered},
		{"loose filter", topology.Routed, change.All(idle, strict, loose), lost},
		{"route ignored while linkdown", topology.Routed, change.All(idle, ignore), pod},
		{"route ignored while linkdown, strict filter", topology.Routed, change.All(idle, ignore, strict), pod},
		{"not linkdown with a carrier", topology.Routed, change.All(busy, ignore), lost},
		{"pods behind their node", topology.Tunnel, idle, node},
		{"pods behind their node, strict filter", topology.Tunnel, change.All(idle, strict), node},
		{"not listed as not masqueraded", topology.Routed, change.All(idle, change.SetNonMasquerade{Cluster: "c", CIDRs: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}}), node},
		{"a more specific route on the peer", topology.Routed, change.All(idle, change.AddHostRoute{Host: "ecs-k", Destination: netip.MustParsePrefix("172.16.0.0/25")}), pod},
		{"docker0 moved", topology.Routed, change.All(idle, change.SetBridgeIP{Host: "ecs-k", Address: netip.MustParsePrefix("10.200.0.1/24")}), pod},
		{"docker0 left to the pools", topology.Routed, change.All(idle, change.SetBridgeIP{Host: "ecs-k"}), pod},
	} {
		w := labtest.Cluster(c.mode)
		if c.change != nil {
			var err error
			if w, err = change.Edit(w, c.change); err != nil {
				t.Errorf("%s: %v", c.name, err)
				continue
			}
		}
		for _, f := range []topology.Flow{topology.OverTCP("pod-a", "ecs-k", labtest.WebPort), topology.Ping("pod-a", "ecs-k")} {
			if got := paperlab.New().Predict(w, f).Verdict; !c.want.SatisfiedBy(got) {
				t.Errorf("%s: %s: want %s, got %s", c.name, f, c.want, got)
			}
		}
	}
}

// Docker's pools begin at 172.17.0.0/16 and each further network takes the next
// block that no route of the host leads to.
//
// Source: docker/libnetwork's default address pools.
func TestPredict_engine_pools_grow_into_the_containers(t *testing.T) {
	w := labtest.Cluster(topology.Routed)
	w.Hosts[1].Engine = &topology.Engine{}
	more := func(name string) {
		w.Hosts[1].Engine.Networks = append(w.Hosts[1].Engine.Networks, topology.EngineNetwork{Name: name})
	}
	flow := topology.Ping("pod-x", "ecs-k")
	move(&w, "172.19.0.0/16", "172.19.0.0/25", "172.19.0.10")
	want := verdict.ReachedAs("pod-x")
	for _, name := range []string{"first", "second"} {
		if got := paperlab.New().Predict(w, flow).Verdict; !want.SatisfiedBy(got) {
			t.Errorf("before %s: %s", name, got)
		}
		more(name)
	}
	want = verdict.ReplyLost("ecs-k", "ecs-k", verdict.EngineNetwork("ecs-k", "second"))
	if got := paperlab.New().Predict(w, flow).Verdict; !want.SatisfiedBy(got) {
		t.Errorf("after two: %s", got)
	}
	w.Hosts[1].Routes = []netip.Prefix{netip.MustParsePrefix("172.19.0.0/16")}
	want = verdict.ReachedAs("pod-x")
	if got := paperlab.New().Predict(w, flow).Verdict; !want.SatisfiedBy(got) {
		t.Errorf("with a route that the engine saw first: %s", got)
	}
}

// move gives node-1 a block of another container CIDR with a pod, pod-x, in it.
func move(w *topology.World, cidr, block, address string) {
	c := &w.Clusters[0]
	c.ContainerCIDRs = append(c.ContainerCIDRs, netip.MustParsePrefix(cidr))
	c.Nodes[0].MoreBlocks = []netip.Prefix{netip.MustParsePrefix(block)}
	c.Pods = append(c.Pods, topology.Pod{Name: "pod-x", Node: "node-1", Address: netip.MustParseAddr(address)})
	for i := range w.VPCs[0].RouteTables {
		t := &w.VPCs[0].RouteTables[i]
		t.Routes = append(t.Routes, topology.Route{Destination: netip.MustParsePrefix(block), Instance: "node-1"})
	}
}
