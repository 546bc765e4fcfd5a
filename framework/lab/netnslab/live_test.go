package netnslab_test

import (
	"context"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// stream opens a connection from pod-a to a host's web port and proves that it
// carries something.
func stream(t *testing.T, l *netnslab.Lab, to string) probe.Stream {
	t.Helper()
	w := l.World()
	server, _ := w.Endpoint(to)
	agent, _ := l.Agent("pod-a")
	s, err := agent.Open(t.Context(), probe.Question{ID: to, Protocol: probe.TCP, Target: server.Address, Port: worlds.WebPort})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	if _, err := s.Exchange(t.Context()); err != nil {
		t.Fatalf("stream to %s carries nothing at first: %v", to, err)
	}
	return s
}

func silent(t *testing.T, s probe.Stream) error {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := s.Exchange(ctx)
	return err
}

// A changed inbound rule cuts the live inbound flows of the NICs that have the
// group, admitted or not, and of no others.
//
// Source: VPC user guide, "Security Groups and Security Group Rules".
func TestAdopt_cuts_live_inbound_flows_of_a_changed_group(t *testing.T) {
	for _, c := range []change.Change{
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// A rule of sg-ecs names the group, so a new member of it changes whom it admits.
		change.JoinGroups{Machine: "ecs-52", Groups: []string{"sg-new", "sg-ecs"}},
	} {
		l := open(t)
		healthy := worlds.OneVPC(topology.Routed)
		if err := l.Adopt(t.Context(), healthy); err != nil {
			t.Fatal(err)
		}
		cut := stream(t, l, "ecs-25")
		changed, err := change.Edit(healthy, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := l.Adopt(t.Context(), changed); err != nil {
			t.Fatal(err)
		}
		if err := silent(t, cut); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: the live flow to ecs-25 ended with %v, want silence", c, err)
		}
	}
}

// A route that changes elsewhere, a group that the NIC does not have, the NIC's own
// outbound rules, its subnet's network ACL and its whitelist leave live inbound
// flows alone.
//
// Source: VPC user guide, "Firewall Overview" (live flows and new rules).
func TestAdopt_keeps_live_flows_that_nothing_inbound_changed(t *testing.T) {
	l := open(t)
	w := worlds.OneVPC(topology.Routed)
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	kept := stream(t, l, "ecs-25")
	for _, c := range []change.Change{
		change.AdmitRule{Group: "sg-new", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.WithdrawRoute{Table: "rtb-b", Destination: worlds.Node1Block},
		change.AdmitRule{Group: "sg-ecs", Rule: topology.SecurityGroupRule{
			Name: "out-again", Direction: topology.Egress, CIDR: worlds.Anywhere,
		}},
		guarded{},
		change.SetWhitelist{Host: "ecs-25", Whitelist: topology.Whitelist{Enabled: true}},
		change.AddSubnet{VPC: "vpc-demo", Subnet: topology.Subnet{Name: "subnet-new", CIDR: netip.MustParsePrefix("192.168.77.0/24")}},
	} {
		var err error
		if w, err = change.Edit(w, c); err != nil {
			t.Fatal(err)
		}
		if err := l.Adopt(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if err := silent(t, kept); err != nil {
			t.Errorf("after %q the live flow carries nothing: %v", c, err)
		}
	}
}

// guarded puts a network ACL without rules before every subnet.
type guarded struct{}

func (guarded) Apply(w *topology.World) error {
	w.NetworkACLs = []topology.NetworkACL{{Name: "acl"}}
	for v := range w.VPCs {
		for s := range w.VPCs[v].Subnets {
			w.VPCs[v].Subnets[s].ACL = "acl"
		}
	}
	return nil
}

func (guarded) String() string { return "guard every subnet" }
