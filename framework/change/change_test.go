package change_test

import (
	"errors"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestEdit_leaves_the_given_world_alone(t *testing.T) {
	for _, c := range []change.Change{
		change.RevokeRule{Group: "sg-p", Rule: "from-nodes"},
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.DemoCIDR},
		change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		change.RemovePeering{Peering: "peering-demo"},
		change.SetPeeringState{Peering: "peering-demo", State: topology.Pending},
		change.JoinGroups{Machine: "ecs-p", Groups: []string{"sg-p2"}},
		change.StopListening{Endpoint: "ecs-p", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.WebPort}},
		change.StartListening{Endpoint: "pod-a", Listener: topology.Listener{Protocol: topology.UDP, Port: 53}},
	} {
		given, untouched := worlds.PeeredVPCs(topology.Routed), worlds.PeeredVPCs(topology.Routed)
		edited, err := change.Edit(given, c)
		if err != nil {
			t.Errorf("%s: %v", c, err)
		}
		if !reflect.DeepEqual(given, untouched) {
			t.Errorf("%s: the given world was touched", c)
		}
		if reflect.DeepEqual(edited, untouched) {
			t.Errorf("%s: nothing was edited", c)
		}
	}
}

func TestEdit_refuses(t *testing.T) {
	w := worlds.PeeredVPCs(topology.Routed)
	for _, c := range []struct {
		change change.Change
		want   string
	}{
		{change.RevokeRule{Group: "sg-none", Rule: "x"}, `world has no security group "sg-none"`},
		{change.RevokeRule{Group: "sg-p", Rule: "x"}, `security group sg-p has no rule "x"; it has `},
		{change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-nodes", worlds.Anywhere)}, `security group sg-p has a rule "from-nodes" already`},
		{change.WithdrawRoute{Table: "rtb-p2", Destination: netip.MustParsePrefix("1.0.0.0/8")}, "route table rtb-p2 has no route to 1.0.0.0/8"},
		{change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)}, "route table rtb-demo2 has a route to 192.168.0.0/16 already"},
		{change.RemovePeering{Peering: "none"}, `world has no peering "none"`},
		{change.PointName{Name: "none", Target: "ecs-p"}, `world has no name "none"`},
		{change.StopListening{Endpoint: "ecs-p", Listener: topology.Listener{Protocol: topology.TCP, Port: 9}}, "ecs-p does not listen on tcp/9"},
	} {
		if _, err := change.Edit(w, c.change); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %q", c.change, err, c.want)
		}
	}
}

func TestEdit_a_change_that_changes_nothing_is_an_error(t *testing.T) {
	w := worlds.PeeredVPCs(topology.Tunnel)
	for _, c := range []change.Change{
		change.SetPeeringState{Peering: "peering-demo", State: topology.Active},
		change.All(),
		change.All(
			change.StopListening{Endpoint: "ecs-p", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.WebPort}},
			change.StartListening{Endpoint: "ecs-p", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.WebPort}},
		),
	} {
		if _, err := change.Edit(w, c); !errors.Is(err, change.ErrNoChange) {
			t.Errorf("%q: got %v, want ErrNoChange", c, err)
		}
	}
}

func TestRemovePeering_takes_its_routes_along(t *testing.T) {
	w, err := change.Edit(worlds.PeeredVPCs(topology.Routed), change.RemovePeering{Peering: "peering-demo"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range w.VPCs {
		for _, rt := range v.RouteTables {
			for _, r := range rt.Routes {
				if r.Peering != "" {
					t.Errorf("table %s still routes %s over %s", rt.Name, r.Destination, r.Peering)
				}
			}
		}
	}
}
