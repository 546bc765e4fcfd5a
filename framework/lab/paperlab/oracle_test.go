package paperlab_test

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

var web = topology.OverTCP("pod-a", "ecs-p", worlds.WebPort)

// The rules of routes, peerings and groups that the documentation states, each
// as one change of the page's peered world, in routed mode.
func TestPredict_documented_rules(t *testing.T) {
	over := func(cidr string) topology.Route { return worlds.OverPeering(netip.MustParsePrefix(cidr)) }
	rule := func(name string, action topology.Action, priority int) change.AdmitRule {
		r := worlds.AllowFrom(name, worlds.PeeredContainerCIDR)
		r.Action, r.Priority = action, priority
		return change.AdmitRule{Group: "sg-p", Rule: r}
	}
	for _, c := range []struct {
		name   string
		source string
		change change.Change
		flow   topology.Flow
		want   verdict.Verdict
	}{
		{
			"a pending peering carries nothing", "VPC user guide, Creating a VPC Peering Connection",
			change.SetPeeringState{Peering: "peering-demo", State: topology.Pending},
			web,
			verdict.Dropped("vpc-demo", verdict.PeeringPending("peering-demo")),
		},
		{
			"without a forward route nothing leaves", "VPC user guide, Creating a VPC Peering Connection",
			change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.Demo2CIDR},
			web,
			verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo")),
		},
		{
			"without a return route the reply is lost", "cce_10_0399",
			change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
			web,
			verdict.ReplyLost("ecs-p", "vpc-demo2", verdict.Blackhole("rtb-demo2")),
		},
		{
			"a shorter route elsewhere loses to the longer one", "VPC user guide, Route Tables and Routes",
			change.AddRoute{Table: "rtb-demo2", Route: over("10.0.0.0/8")},
			web, verdict.ReachedAs("pod-a"),
		},
		{
			"deny comes before allow at equal priority", "VPC user guide, Adding a Security Group Rule",
			rule("deny", topology.Deny, 1), web,
			verdict.Dropped("vpc-demo2", verdict.GroupRule("ecs-p", topology.Ingress, "sg-p", "deny")),
		},
		{
			"a smaller number is asked first", "HVPC, Security Groups and Security Group Rules",
			rule("deny", topology.Deny, 2), web, verdict.ReachedAs("pod-a"),
		},
		{
			"an open group with nothing behind it refuses", "VPC user guide, Security Groups",
			change.StopListening{Endpoint: "ecs-p", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.WebPort}},
			web,
			verdict.Refused(),
		},
		{
			"a group reference covers the nodes", "cce_faq_00265",
			change.All(
				change.RevokeRule{Group: "sg-p", Rule: "from-nodes"},
				change.AdmitRule{Group: "sg-p", Rule: topology.SecurityGroupRule{Name: "from-sg-node", Direction: topology.Ingress, Group: "sg-node"}},
			), topology.Ping("node-1", "ecs-p"), verdict.ReachedAs("node-1"),
		},
		{
			"a group reference does not cover the pods behind them", "cce_faq_00265",
			change.All(
				change.RevokeRule{Group: "sg-p", Rule: "from-containers"},
				change.AdmitRule{Group: "sg-p", Rule: topology.SecurityGroupRule{Name: "from-sg-node", Direction: topology.Ingress, Group: "sg-node"}},
			), web, verdict.Dropped("vpc-demo2", verdict.DefaultDeny("ecs-p", topology.Ingress)),
		},
	} {
		w, err := change.Edit(worlds.PeeredVPCs(topology.Routed), c.change)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		if got := paperlab.New().Predict(w, c.flow).Verdict; !c.want.SatisfiedBy(got) {
			t.Errorf("%s (%s): got %s, want %s", c.name, c.source, got, c.want)
		}
	}
}

// Tunnel mode hides the pod and cannot be reached from outside; the same worlds
// in routed mode show it and can.
//
// Source: cce_10_0282, cce_10_0283.
func TestPredict_modes(t *testing.T) {
	in := topology.OverTCP("ecs-25", "pod-a", worlds.PodPort)
	for _, c := range []struct {
		mode topology.Mode
		flow topology.Flow
		want verdict.Verdict
	}{
		{topology.Tunnel, web, verdict.ReachedAs("node-1")},
		{topology.Routed, web, verdict.ReachedAs("pod-a")},
		{topology.Tunnel, in, verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo"))},
		{topology.Routed, in, verdict.ReachedAs("ecs-25")},
		{topology.Tunnel, topology.Ping("host-pod", "ecs-p"), verdict.ReachedAs("node-1")},
		{topology.Routed, topology.Ping("host-pod", "ecs-p"), verdict.ReachedAs("node-1")},
	} {
		got := paperlab.New().Predict(worlds.PeeredVPCs(c.mode), c.flow).Verdict
		if !c.want.SatisfiedBy(got) {
			t.Errorf("%s %s: got %s, want %s", c.mode, c.flow, got, c.want)
		}
	}
}

// Without UDP 4789 between the nodes, pods of different nodes are cut off in
// tunnel mode; what leaves the cluster is not.
//
// Source: cce_faq_00265.
func TestPredict_overlay_needs_its_port(t *testing.T) {
	w, err := change.Edit(worlds.OneVPC(topology.Tunnel), change.All(
		change.RevokeRule{Group: "sg-node", Rule: "vxlan"},
		change.RevokeRule{Group: "sg-node", Rule: "from-self"},
	))
	if err != nil {
		t.Fatal(err)
	}
	want := verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-2", topology.Ingress))
	if got := paperlab.New().Predict(w, topology.Ping("pod-a", "pod-b")).Verdict; !want.SatisfiedBy(got) {
		t.Errorf("across nodes: got %s, want %s", got, want)
	}
	if got := paperlab.New().Predict(w, topology.Ping("pod-a", "ecs-25")).Verdict; !got.Positive() {
		t.Errorf("to the peer: got %s", got)
	}
}
