package netnslab

import (
	"context"
	"errors"
	"net/netip"
	"reflect"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func opened(t *testing.T) *Lab {
	t.Helper()
	l, err := Open(t.Context(), Options{Run: "test", Timing: config.DefaultTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(t.Context()); err != nil {
			t.Error(err)
		}
	})
	return l
}

func adopted(t *testing.T, l *Lab, w topology.World) {
	t.Helper()
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
}

func healthyWorlds() []topology.World {
	return []topology.World{labtest.Chain(), labtest.Cluster(topology.Tunnel), labtest.Cluster(topology.Routed)}
}

func TestAdopt_of_the_same_world_changes_nothing(t *testing.T) {
	for _, w := range healthyWorlds() {
		l := opened(t)
		adopted(t, l, w)
		before := dump(t, l)
		adopted(t, l, w.Clone())
		// Not even when the lab does not remember that it is the same.
		if err := l.fabric.Adopt(t.Context(), w, l.site); err != nil {
			t.Fatal(err)
		}
		if d := differences(before, dump(t, l)); d != "" {
			t.Errorf("%s: adopting it again changed:%s", w.Name, d)
		}
	}
}

// route is a custom route of a test's change.
func route(dst string) topology.Route { return topology.Route{Destination: netip.MustParsePrefix(dst)} }

func toInstance(dst, machine string) topology.Route {
	r := route(dst)
	r.Instance = machine
	return r
}

func chainChanges() []change.Change {
	everyone := netip.MustParsePrefix("0.0.0.0/0")
	return []change.Change{
		change.RevokeRule{Group: "sg", Rule: "in"},
		change.AdmitRule{Group: "sg", Rule: topology.SecurityGroupRule{Name: "no", Direction: topology.Egress, Action: topology.Deny, CIDR: everyone}},
		change.WithdrawRoute{Table: "rtb-b", Destination: netip.MustParsePrefix("10.1.0.0/16")},
		change.AddRoute{Table: "rtb-b", Route: toInstance("172.16.0.0/16", "ecs-b2")},
		change.RemovePeering{Peering: "peering-ab"},
		change.SetPeeringState{Peering: "peering-bc", State: topology.Pending},
		change.StopListening{Endpoint: "ecs-a", Listener: topology.Listener{Protocol: topology.TCP, Port: labtest.WebPort}},
		change.All(
			change.RemovePeering{Peering: "peering-bc"},
			change.AddPeering{Peering: topology.Peering{Name: "peering-ac", Local: "vpc-c", Peer: "vpc-a", State: topology.Active}},
		),
		edit{"give vpc-b a third table", func(w *topology.World) {
			w.VPCs[1].RouteTables = append(w.VPCs[1].RouteTables, topology.RouteTable{Name: "rtb-3"})
			w.VPCs[1].Subnets[0].RouteTable = "rtb-3"
		}},
		edit{"remove the second table", func(w *topology.World) {
			w.VPCs[1].RouteTables, w.VPCs[1].Subnets[1].RouteTable = w.VPCs[1].RouteTables[:1], ""
		}},
		edit{"give vpc-a another subnet", func(w *topology.World) {
			w.VPCs[0].Subnets = append(w.VPCs[0].Subnets, topology.Subnet{Name: "subnet-new", CIDR: netip.MustParsePrefix("10.1.7.0/24")})
		}},
		edit{"remove a host", func(w *topology.World) { w.Hosts = w.Hosts[:3] }},
		edit{"remove a VPC", func(w *topology.World) {
			w.VPCs, w.Hosts, w.Peerings = w.VPCs[:2], w.Hosts[:3], w.Peerings[:1]
			w.VPCs[1].RouteTables[0].Routes = w.VPCs[1].RouteTables[0].Routes[:1]
		}},
	}
}

func clusterChanges() []change.Change {
	return []change.Change{
		change.RevokeRule{Group: "sg-node-1", Rule: "in"},
		change.JoinGroups{Machine: "node-2", Groups: []string{"sg-k", "sg-node-2"}},
		change.AddRoute{Table: "rtb-k", Route: toInstance("172.31.0.0/16", "ecs-n")},
		edit{"check every source, or none", func(w *topology.World) {
			for i := range w.Clusters[0].Nodes {
				n := &w.Clusters[0].Nodes[i].NIC
				n.SourceCheckOff = !n.SourceCheckOff
			}
		}},
		edit{"hide every pod", func(w *topology.World) {
			w.Clusters[0].NonMasqueradeCIDRs = []netip.Prefix{netip.MustParsePrefix("100.64.0.0/10")}
		}},
		edit{"remove all custom routes", func(w *topology.World) {
			for i := range w.VPCs[0].RouteTables {
				w.VPCs[0].RouteTables[i].Routes = nil
			}
			w.VPCs[0].RouteTables = append(w.VPCs[0].RouteTables, topology.RouteTable{Name: "rtb-empty"})
		}},
		edit{"give a host an engine, routes and a firewall", func(w *topology.World) {
			h := &w.Hosts[1]
			h.Engine = &topology.Engine{BridgeIP: netip.MustParsePrefix("172.16.0.1/16"), Networks: []topology.EngineNetwork{{Name: "compose"}}}
			h.Routes = []netip.Prefix{netip.MustParsePrefix("172.16.0.0/16")}
			h.StrictReversePath, h.IgnoreLinkDown = true, true
			h.Firewall = []topology.FirewallRule{{Name: "no", Chain: topology.InputChain, CIDR: netip.MustParsePrefix("0.0.0.0/0")}}
		}},
		edit{"give a node every fault", func(w *topology.World) {
			n := &w.Clusters[0].Nodes[0]
			n.ForwardingOff, n.ConntrackFull, n.DropsFragNeeded = true, true, true
			n.MoreBlocks = []netip.Prefix{netip.MustParsePrefix("172.16.1.0/25")}
			w.Clusters[0].PodMTU = 1400
		}},
		change.MovePod{Pod: "pod-a", Node: "node-2", Address: netip.MustParseAddr("172.16.0.150")},
		change.MovePod{Pod: "pod-b", Node: "node-2", Address: netip.MustParseAddr("172.16.0.151")},
		edit{"have two pods change places", func(w *topology.World) {
			a, b := &w.Clusters[0].Pods[0], &w.Clusters[0].Pods[3]
			a.Node, a.Address, b.Node, b.Address = b.Node, b.Address, a.Node, a.Address
		}},
		change.All(
			change.ExpandContainers{Cluster: "c", CIDR: netip.MustParsePrefix("10.240.0.0/16"), Blocks: []change.NodeBlock{
				{Node: "node-1", Block: netip.MustParsePrefix("10.240.0.0/25")},
			}},
			change.MovePod{Pod: "pod-a", Node: "node-1", Address: netip.MustParseAddr("10.240.0.10")},
		),
		edit{"remove a pod", func(w *topology.World) { w.Clusters[0].Pods = w.Clusters[0].Pods[1:] }},
		edit{"remove a node", func(w *topology.World) {
			c := &w.Clusters[0]
			c.Nodes, c.Pods = c.Nodes[:1], c.Pods[:3]
			for i := range w.VPCs[0].RouteTables {
				rt := &w.VPCs[0].RouteTables[i]
				rt.Routes = rt.Routes[:min(1, len(rt.Routes))]
			}
		}},
	}
}

// edit is a change that no scenario needs.
type edit struct {
	what  string
	apply func(*topology.World)
}

func (e edit) Apply(w *topology.World) error {
	e.apply(w)
	return nil
}

func (e edit) String() string { return e.what }

// Whatever was adopted in between, a world is as if it were adopted first.
func TestAdopt_there_and_back_is_as_fresh(t *testing.T) {
	for _, w := range healthyWorlds() {
		changes := clusterChanges()
		if w.Name == "chain" {
			changes = chainChanges()
		}
		thereAndBack(t, w, changes)
	}
}

func thereAndBack(t *testing.T, w topology.World, changes []change.Change) {
	t.Helper()
	fresh, l := opened(t), opened(t)
	adopted(t, fresh, w)
	want := dump(t, fresh)
	adopted(t, l, w)
	for _, c := range changes {
		changed, err := change.Edit(w, c)
		if err != nil {
			t.Fatal(err)
		}
		adopted(t, l, changed)
		other := opened(t)
		adopted(t, other, changed)
		if d := differences(dump(t, other), dump(t, l)); d != "" {
			t.Errorf("%s: %s is not as fresh:%s", w.Name, c, d)
		}
		adopted(t, l, w)
		if d := differences(want, dump(t, l)); d != "" {
			t.Errorf("%s: %s and back left:%s", w.Name, c, d)
		}
	}
}

// countdown is a context that ends after it was asked some times whether it has.
type countdown struct {
	context.Context //nolint:containedctx // it is a context itself

	left atomic.Int64
}

func (c *countdown) Err() error {
	if c.left.Add(-1) < 0 {
		return context.Canceled
	}
	return nil
}

func after(ctx context.Context, questions int) *countdown {
	c := &countdown{Context: ctx}
	c.left.Store(int64(questions))
	return c
}

// Adopting fails at every step in turn: nothing is left, and a later adoption
// is as a first one.
func TestAdopt_that_fails_half_way_leaves_nothing(t *testing.T) {
	w := labtest.Cluster(topology.Tunnel)
	w.Clusters[0].Pods = w.Clusters[0].Pods[:1]
	broken, err := change.Edit(w, change.All(change.RevokeRule{Group: "sg-n", Rule: "in"}, change.AddRoute{Table: "rtb", Route: toInstance("172.31.0.0/16", "ecs-k")}))
	if err != nil {
		t.Fatal(err)
	}
	fresh := opened(t)
	adopted(t, fresh, w)
	want := dump(t, fresh)
	for _, from := range []topology.World{{}, broken} {
		failures := 0
		l := opened(t)
		for step := 0; ; step++ {
			if from.Name != "" {
				adopted(t, l, from)
			}
			err := l.Adopt(after(context.Background(), step), w)
			if err == nil {
				break
			}
			failures++
			if !errors.Is(err, context.Canceled) {
				t.Fatalf("step %d: got %v, want context.Canceled", step, err)
			}
			if len(l.spaces) > 0 || len(l.agents) > 0 || !reflect.DeepEqual(l.World(), topology.World{}) {
				t.Errorf("step %d: %d namespaces, %d agents and world %q are left", step, len(l.spaces), len(l.agents), l.World().Name)
			}
		}
		if d := differences(want, dump(t, l)); d != "" {
			t.Errorf("from world %q: adopting after failures is not as a first time:%s", from.Name, d)
		}
		if failures == 0 {
			t.Errorf("from world %q: adopting never failed", from.Name)
		}
	}
}

// The fabric itself, whose machines may outlive a failure, converges too.
func TestFabric_adopts_again_after_a_failure(t *testing.T) {
	w := labtest.Chain()
	fresh := opened(t)
	adopted(t, fresh, w)
	want := dump(t, fresh)
	for _, c := range chainChanges()[:10] {
		changed, err := change.Edit(w, c)
		if err != nil {
			t.Fatal(err)
		}
		l := opened(t)
		adopted(t, l, w)
		for step := 0; ; step++ {
			failure := l.fabric.Adopt(after(context.Background(), step), changed, l.site)
			for _, next := range []topology.World{changed, w} {
				if err := l.fabric.Adopt(t.Context(), next, l.site); err != nil {
					t.Fatalf("%s, step %d: %v", c, step, err)
				}
			}
			if d := differences(want, dump(t, l)); d != "" {
				t.Errorf("%s failed at step %d and back left:%s", c, step, d)
			}
			if failure == nil {
				break
			}
		}
	}
}

func TestAdopt_refuses_an_invalid_world_and_keeps_what_it_has(t *testing.T) {
	l := opened(t)
	w := labtest.Chain()
	adopted(t, l, w)
	before := dump(t, l)
	invalid := w.Clone()
	invalid.Hosts[0].NIC.Subnet = "none"
	if err := l.Adopt(t.Context(), invalid); err == nil {
		t.Fatal("an invalid world was adopted")
	}
	if d := differences(before, dump(t, l)); d != "" {
		t.Errorf("refusing changed:%s", d)
	}
}

// A change that came into force in an adoption that failed later cuts the live
// flows when the next adoption succeeds.
func TestFabric_cuts_what_a_failed_adoption_changed(t *testing.T) {
	l := opened(t)
	w := labtest.Cluster(topology.Routed)
	adopted(t, l, w)
	server, _ := w.Endpoint("ecs-n")
	s, err := l.agents["pod-a"].Open(t.Context(), probe.Question{ID: "live", Protocol: probe.TCP, Target: server.Address, Port: labtest.WebPort})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	if _, err := s.Exchange(t.Context()); err != nil {
		t.Fatal(err)
	}
	changed, err := change.Edit(w, change.RevokeRule{Group: "sg-n", Rule: "in"})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.fabric.Adopt(after(context.Background(), 0), changed, l.site); err == nil {
		t.Fatal("adopting with an ended context succeeded")
	}
	if err := l.fabric.Adopt(t.Context(), changed, l.site); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := s.Exchange(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the live flow ended with %v, want silence", err)
	}
}
