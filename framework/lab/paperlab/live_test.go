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

var everything = netip.MustParsePrefix("0.0.0.0/0")

func mustEdit(t *testing.T, w topology.World, c change.Change) topology.World {
	t.Helper()
	w, err := change.Edit(w, c)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// What a change does to a connection that stands, and to a new one.
//
// Source: VPC user guide, "Security Groups and Security Group Rules" (live
// inbound connections are cut) and "Firewall Overview" (live flows stay).
func TestPredict_live(t *testing.T) {
	acl := topology.NetworkACL{Name: "acl", Rules: []topology.SecurityGroupRule{
		{Name: "in", Direction: topology.Ingress, CIDR: everything}, {Name: "out", Direction: topology.Egress, CIDR: everything},
	}}
	guarded := labtest.Cluster(topology.Routed)
	guarded.NetworkACLs = []topology.NetworkACL{acl}
	guarded.VPCs[0].Subnets[1].ACL = "acl"
	firewall := topology.FirewallRule{Name: "no", Chain: topology.ForwardChain, CIDR: everything}
	reached := verdict.ReachedAs("pod-a")
	dropped := func(hop, rule string) verdict.Verdict { return verdict.Dropped(hop, rule) }
	for _, c := range []struct {
		name        string
		change      change.Change
		cut         bool
		live, fresh verdict.Verdict
	}{
		{
			"an inbound rule of the server's goes",
			change.RevokeRule{Group: "sg-k", Rule: "in"},
			true,
			dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress)), dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress)),
		},
		{"an inbound rule is added", change.AdmitRule{Group: "sg-k", Rule: topology.SecurityGroupRule{Name: "more", Direction: topology.Ingress, CIDR: everything}}, true, reached, reached},
		{"an outbound rule of the server's goes", change.RevokeRule{Group: "sg-k", Rule: "out"}, false, reached, reached},
		{
			"an outbound rule of the client's goes",
			change.RevokeRule{Group: "sg-node-1", Rule: "out"},
			false,
			reached, dropped("vpc", verdict.DefaultDeny("node-1", topology.Egress)),
		},
		{"an inbound rule of the client's goes", change.RevokeRule{Group: "sg-node-1", Rule: "in"}, false, reached, reached},
		{
			"a rule of the ACL goes",
			change.RevokeACLRule{ACL: "acl", Rule: "in"},
			false,
			reached, dropped("vpc", verdict.ACLDefaultDeny("acl", "subnet-k", topology.Ingress)),
		},
		{
			"a route goes",
			change.AddRoute{Table: "rtb-k", Route: topology.Route{Destination: netip.MustParsePrefix("172.16.0.0/26"), Instance: "node-2"}},
			false,
			verdict.ReplyLost("ecs-k", "node-2", verdict.NotForwarded("node-2")), verdict.ReplyLost("ecs-k", "node-2", verdict.NotForwarded("node-2")),
		},
		{
			"the check of the source is turned on",
			change.EnableSourceCheck{Machine: "node-1"},
			false,
			dropped("vpc", verdict.SourceCheck("node-1")), dropped("vpc", verdict.SourceCheck("node-1")),
		},
		{
			"the node's firewall drops",
			change.AddFirewallRule{Machine: "node-1", Rule: firewall},
			false,
			reached, dropped("node-1", verdict.HostFirewall("node-1", "no")),
		},
		{"the node's tracking table is full", change.FillConntrack{Node: "node-1"}, false, reached, dropped("node-1", verdict.ConntrackFull("node-1"))},
		{
			"the node forwards nothing",
			change.StopForwarding{Node: "node-1"},
			false,
			dropped("node-1", verdict.ForwardingOff("node-1")), dropped("node-1", verdict.ForwardingOff("node-1")),
		},
	} {
		after := mustEdit(t, guarded, c.change)
		flow, oracle := topology.Established("pod-a", "ecs-k", labtest.WebPort), paperlab.New()
		survives := oracle.Survives(guarded, after, flow)
		if survives == c.cut {
			t.Errorf("%s: survives is %v", c.name, survives)
		}
		live := flow
		live.Live = survives
		if got := oracle.Predict(after, live).Verdict; !c.live.SatisfiedBy(got) {
			t.Errorf("%s: the connection that stands: want %s, got %s", c.name, c.live, got)
		}
		flow.Live = false
		if got := oracle.Predict(after, flow).Verdict; !c.fresh.SatisfiedBy(got) {
			t.Errorf("%s: a new one: want %s, got %s", c.name, c.fresh, got)
		}
	}
}

// A connection ends with either end, and with a change of the members of a group
// that its server's rules name.
func TestSurvives(t *testing.T) {
	w := labtest.Cluster(topology.Tunnel)
	w.SecurityGroups[3].Rules[0] = topology.SecurityGroupRule{Name: "in", Direction: topology.Ingress, Group: "sg-node-1"}
	flow := topology.Established("pod-a", "ecs-k", labtest.WebPort)
	for _, c := range []struct {
		name string
		edit func(*topology.World)
		want bool
	}{
		{"nothing changed", func(*topology.World) {}, true},
		{"a member joined", func(w *topology.World) { w.Hosts[0].NIC.SecurityGroups = []string{"sg-node-1"} }, false},
		{"another group has a new member", func(w *topology.World) { w.Hosts[0].NIC.SecurityGroups = []string{"sg-n", "sg-node-2"} }, true},
		{"the server moved to another group", func(w *topology.World) { w.Hosts[1].NIC.SecurityGroups = []string{"sg-n"} }, false},
		{"the client moved", func(w *topology.World) {
			w.Clusters[0].Pods[0].Node, w.Clusters[0].Pods[0].Address = "node-2", netip.MustParseAddr("172.16.0.140")
		}, false},
		{"the server's address changed", func(w *topology.World) { w.Hosts[1].NIC.Address = netip.MustParseAddr("192.168.2.51") }, false},
		{"the client went", func(w *topology.World) { w.Clusters[0].Pods = w.Clusters[0].Pods[1:] }, false},
		{"another pod went", func(w *topology.World) { w.Clusters[0].Pods = w.Clusters[0].Pods[:3] }, true},
	} {
		after := w.Clone()
		c.edit(&after)
		if got := paperlab.New().Survives(w, after, flow); got != c.want {
			t.Errorf("%s: survives is %v", c.name, got)
		}
	}
}

// A question for a name is under way to the DNS's node, and not to whom the name stands for.
func TestSurvives_questions(t *testing.T) {
	w := labtest.Cluster(topology.Tunnel)
	w.Clusters[0].DNS = &topology.DNS{Node: "node-1", PrivateNames: true}
	w.Names = []topology.NameRecord{{Name: "app", Target: "ecs-k"}}
	for _, c := range []struct {
		name   string
		client string
		edit   func(*topology.World)
		want   bool
	}{
		{"nothing changed", "pod-a", func(*topology.World) {}, true},
		{"whom the name stands for has other rules", "pod-a", func(w *topology.World) { w.Hosts[1].NIC.SecurityGroups = []string{"sg-n"} }, true},
		{"another pod has an address of the DNS's block", "pod-a", func(w *topology.World) {
			w.Clusters[0].Pods[1].Address = w.Clusters[0].Nodes[0].Gateway().Next()
		}, true},
		{"the DNS moved", "pod-a", func(w *topology.World) { w.Clusters[0].DNS.Node = "node-2" }, false},
		{"the DNS went", "pod-a", func(w *topology.World) { w.Clusters[0].DNS = nil }, false},
		{"the DNS's node is in another group", "pod-a", func(w *topology.World) {
			w.Clusters[0].Nodes[0].NIC.SecurityGroups = []string{"sg-n"}
		}, false},
		{"the client went", "pod-a", func(w *topology.World) { w.Clusters[0].Pods = w.Clusters[0].Pods[1:] }, false},
		{"the VPC's resolver is always there", "node-2", func(w *topology.World) { w.Clusters[0].DNS = nil }, true},
	} {
		after := w.Clone()
		c.edit(&after)
		if got := paperlab.New().Survives(w, after, topology.Resolve(c.client, "app")); got != c.want {
			t.Errorf("%s: survives is %v", c.name, got)
		}
	}
}

// The lab keeps connections from world to world: one that is silent gets another
// chance when the world has changed, and a new one is tried before that.
func TestAsk_live(t *testing.T) {
	l, flow := paperlab.New(), topology.Established("pod-a", "ecs-k", labtest.WebPort)
	healthy := labtest.Cluster(topology.Routed)
	noEgress := change.RevokeRule{Group: "sg-node-1", Rule: "out"}
	noReturn := mustEdit(t, healthy, change.AddRoute{Table: "rtb-k", Route: topology.Route{Destination: netip.MustParsePrefix("172.16.0.0/26"), Instance: "node-2"}})
	lost := verdict.ReplyLost("ecs-k", "node-2", verdict.NotForwarded("node-2"))
	denied := verdict.Dropped("vpc", verdict.DefaultDeny("node-1", topology.Egress))
	reached := verdict.ReachedAs("pod-a")
	for i, step := range []struct {
		world topology.World
		asks  []verdict.Verdict
	}{
		{mustEdit(t, healthy, noEgress), []verdict.Verdict{denied, denied}}, // none is there to begin with
		{healthy, []verdict.Verdict{reached, reached}},
		{mustEdit(t, healthy, noEgress), []verdict.Verdict{reached, reached}},
		{mustEdit(t, noReturn, noEgress), []verdict.Verdict{lost, denied}}, // the second is a new one
		{mustEdit(t, healthy, noEgress), []verdict.Verdict{reached, reached}},
		{mustEdit(t, healthy, change.RevokeRule{Group: "sg-k", Rule: "in"}), []verdict.Verdict{
			verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress)),
		}},
		{mustEdit(t, healthy, noEgress), []verdict.Verdict{denied}}, // it was cut in between
	} {
		if err := l.Adopt(t.Context(), step.world); err != nil {
			t.Fatal(err)
		}
		for _, want := range step.asks {
			o, err := l.Ask(t.Context(), flow)
			if err != nil || !want.SatisfiedBy(o.Verdict) || o.Flow != flow {
				t.Errorf("step %d: want %s, got %s, %v", i, want, o.Verdict, err)
			}
		}
	}
}
