package change_test

import (
	"errors"
	"net/netip"
	"reflect"
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

var (
	tcp80  = topology.Listener{Protocol: topology.TCP, Port: worlds.WebPort}
	udp53  = topology.Listener{Protocol: topology.UDP, Port: 53}
	unused = netip.MustParsePrefix("100.64.0.0/10")
)

// given is the world that all tests edit: both modes' objects and a name record.
func given() topology.World {
	w := worlds.PeeredVPCs(topology.Routed)
	w.Names = []topology.NameRecord{{Name: "app", Target: "ecs-p"}}
	return w
}

func group(w topology.World, name string) topology.SecurityGroup {
	g, _ := w.Group(name)
	return g
}

func table(w topology.World, name string) topology.RouteTable {
	for _, v := range w.VPCs {
		for _, t := range v.RouteTables {
			if t.Name == name {
				return t
			}
		}
	}
	return topology.RouteTable{}
}

func listens(w topology.World, name string, l topology.Listener) bool {
	e, _ := w.Endpoint(name)
	return slices.Contains(e.Listeners, l)
}

// Every change: how it reads, and what the world has after it and had not before.
func TestEdit_applies(t *testing.T) {
	rule := worlds.AllowFrom("from-anywhere", worlds.Anywhere)
	over := worlds.OverPeering(unused)
	through := topology.Route{Destination: unused, Instance: "node-1"}
	for _, c := range []struct {
		change change.Change
		text   string
		holds  func(w topology.World) bool
	}{
		{
			change.AdmitRule{Group: "sg-p", Rule: rule},
			"add rule from-anywhere (ingress allow all 0.0.0.0/0) to security group sg-p",
			func(w topology.World) bool { return slices.Contains(group(w, "sg-p").Rules, rule) },
		},
		{
			change.RevokeRule{Group: "sg-p", Rule: "from-nodes"},
			"remove rule from-nodes from security group sg-p",
			func(w topology.World) bool {
				return !slices.ContainsFunc(group(w, "sg-p").Rules, func(r topology.SecurityGroupRule) bool { return r.Name == "from-nodes" })
			},
		},
		{
			change.JoinGroups{Machine: "ecs-p", Groups: []string{"sg-p2", "sg-p"}},
			"put ecs-p into sg-p2, sg-p",
			func(w topology.World) bool {
				n, _ := w.NIC("ecs-p")
				return slices.Equal(n.SecurityGroups, []string{"sg-p2", "sg-p"})
			},
		},
		{
			change.JoinGroups{Machine: "node-2", Groups: []string{"sg-ecs"}},
			"put node-2 into sg-ecs",
			func(w topology.World) bool {
				n, _ := w.NIC("node-2")
				return slices.Equal(n.SecurityGroups, []string{"sg-ecs"})
			},
		},
		{
			change.AddRoute{Table: "rtb-p2", Route: over},
			"add route 100.64.0.0/10 → peering-demo to table rtb-p2",
			func(w topology.World) bool { return slices.Contains(table(w, "rtb-p2").Routes, over) },
		},
		{
			change.AddRoute{Table: "rtb-b", Route: through},
			"add route 100.64.0.0/10 → node-1 to table rtb-b",
			func(w topology.World) bool { return slices.Contains(table(w, "rtb-b").Routes, through) },
		},
		{
			change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.DemoCIDR},
			"remove route 192.168.0.0/16 from table rtb-demo2",
			func(w topology.World) bool {
				return !slices.Contains(table(w, "rtb-demo2").Routes, worlds.OverPeering(worlds.DemoCIDR))
			},
		},
		{
			change.AddPeering{Peering: topology.Peering{Name: "p2", Local: "vpc-demo2", Peer: "vpc-demo", State: topology.Pending}},
			"peer vpc-demo2 with vpc-demo as p2",
			func(w topology.World) bool { return len(w.Peerings) == 2 && w.Peerings[1].Name == "p2" },
		},
		{
			change.RemovePeering{Peering: "peering-demo"},
			"delete peering peering-demo",
			func(w topology.World) bool { return len(w.Peerings) == 0 },
		},
		{
			change.SetPeeringState{Peering: "peering-demo", State: topology.Pending},
			"set peering peering-demo pending",
			func(w topology.World) bool { return w.Peerings[0].State == topology.Pending },
		},
		{
			change.StopListening{Endpoint: "ecs-p", Listener: tcp80},
			"stop ecs-p listening on tcp/80",
			func(w topology.World) bool { return !listens(w, "ecs-p", tcp80) },
		},
		{
			change.StartListening{Endpoint: "pod-a", Listener: udp53},
			"start pod-a listening on udp/53",
			func(w topology.World) bool { return listens(w, "pod-a", udp53) },
		},
		{
			change.StartListening{Endpoint: "node-1", Listener: udp53},
			"start node-1 listening on udp/53",
			func(w topology.World) bool { return listens(w, "node-1", udp53) },
		},
		{
			change.PointName{Name: "app", Target: "ecs-p2"},
			"direct app to ecs-p2",
			func(w topology.World) bool { return w.Names[0].Target == "ecs-p2" },
		},
		{
			change.All(change.RevokeRule{Group: "sg-p", Rule: "from-nodes"}, change.AdmitRule{Group: "sg-p2", Rule: rule}),
			"remove rule from-nodes from security group sg-p; add rule from-anywhere (ingress allow all 0.0.0.0/0) to security group sg-p2",
			func(w topology.World) bool {
				return slices.Contains(group(w, "sg-p2").Rules, rule) && len(group(w, "sg-p").Rules) == len(group(given(), "sg-p").Rules)-1
			},
		},
	} {
		w := given()
		if c.change.String() != c.text {
			t.Errorf("reads %q, want %q", c.change, c.text)
		}
		edited, err := change.Edit(w, c.change)
		switch {
		case err != nil:
			t.Errorf("%s: %v", c.text, err)
		case c.holds(w) || !c.holds(edited):
			t.Errorf("%s: holds before: %v, after: %v", c.text, c.holds(w), c.holds(edited))
		case !reflect.DeepEqual(w, given()):
			t.Errorf("%s: the given world was touched", c.text)
		}
	}
}

// The edited world shares nothing with the given one: whatever is overwritten in
// the one stays as it was in the other.
func TestEdit_copies_deeply(t *testing.T) {
	for _, m := range topology.Modes() {
		w := worlds.Everything(m)
		edited, err := change.Edit(w, change.PointName{Name: "app", Target: "ecs-p2"})
		if err != nil {
			t.Fatal(err)
		}
		scribble(reflect.ValueOf(&edited).Elem())
		if !reflect.DeepEqual(w, worlds.Everything(m)) {
			t.Errorf("%s: the edited world shares memory with the given one", m)
		}
	}
}

// What no test world has, no test of copying speaks of.
func TestEdit_copies_deeply_everything(t *testing.T) {
	set := map[string]bool{}
	for _, m := range topology.Modes() {
		fields(reflect.ValueOf(worlds.Everything(m)), set)
	}
	for field, ok := range set {
		if !ok {
			t.Errorf("no world has a %s", field)
		}
	}
}

// fields notes of every field of the world's types whether a value has it set.
func fields(v reflect.Value, set map[string]bool) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			f := v.Type().Field(i)
			if f.IsExported() {
				name := v.Type().Name() + "." + f.Name
				set[name] = set[name] || !v.Field(i).IsZero()
				fields(v.Field(i), set)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			fields(v.Index(i), set)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			fields(v.Elem(), set)
		}
	default:
	}
}

// scribble zeroes every element of every slice and what pointers point to, the
// deepest first.
func scribble(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				scribble(v.Field(i))
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			scribble(v.Index(i))
			v.Index(i).SetZero()
		}
	case reflect.Pointer:
		if !v.IsNil() {
			scribble(v.Elem())
			v.Elem().SetZero()
		}
	default:
	}
}

func TestEdit_refuses(t *testing.T) {
	w := given()
	for _, c := range []struct {
		change change.Change
		want   string
	}{
		{change.AdmitRule{Group: "none"}, `world has no security group "none"`},
		{change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-nodes", worlds.Anywhere)}, `security group sg-p has a rule "from-nodes" already`},
		{change.RevokeRule{Group: "none", Rule: "x"}, `world has no security group "none"`},
		{change.RevokeRule{Group: "sg-p", Rule: "x"}, `security group sg-p has no rule "x"; it has egress-all, from-self, from-nodes, from-containers`},
		{change.JoinGroups{Machine: "none"}, `world has no host or node "none"`},
		{change.JoinGroups{Machine: "pod-a"}, `world has no host or node "pod-a"`},
		{change.JoinGroups{Machine: "ecs-p", Groups: []string{"sg-p", "none"}}, `world has no security group "none"`},
		{change.AddRoute{Table: "none"}, `world has no route table "none"`},
		{change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)}, "route table rtb-demo2 has a route to 192.168.0.0/16 already"},
		{change.WithdrawRoute{Table: "none"}, `world has no route table "none"`},
		{change.WithdrawRoute{Table: "rtb-p2", Destination: unused}, "route table rtb-p2 has no route to 100.64.0.0/10"},
		{change.AddPeering{Peering: topology.Peering{Name: "peering-demo"}}, `world has a peering "peering-demo" already`},
		{change.RemovePeering{Peering: "none"}, `world has no peering "none"`},
		{change.SetPeeringState{Peering: "none"}, `world has no peering "none"`},
		{change.StopListening{Endpoint: "none"}, `world has no host, node or pod "none"`},
		{change.StopListening{Endpoint: "ecs-p", Listener: udp53}, "ecs-p does not listen on udp/53"},
		{change.StartListening{Endpoint: "none"}, `world has no host, node or pod "none"`},
		{change.StartListening{Endpoint: "ecs-p", Listener: tcp80}, "ecs-p listens on tcp/80 already"},
		{change.PointName{Name: "app", Target: "none"}, `world has no host, node, pod or other destination "none"`},
		{change.PointName{Name: "none", Target: "ecs-p"}, `world has no name "none"`},
	} {
		edited, err := change.Edit(w, c.change)
		want := `change "` + c.change.String() + `" of world peered-vpcs: ` + c.want
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
		if !reflect.DeepEqual(edited, topology.World{}) || !reflect.DeepEqual(w, given()) {
			t.Errorf("%s: a refused change left a world or touched the given one", c.change)
		}
	}
}

// The parts of a group without rules are named as well.
func TestRevokeRule_says_when_there_is_none(t *testing.T) {
	w := given()
	w.SecurityGroups = append(w.SecurityGroups, topology.SecurityGroup{Name: "sg-empty"})
	_, err := change.Edit(w, change.RevokeRule{Group: "sg-empty", Rule: "x"})
	want := `change "remove rule x from security group sg-empty" of world peered-vpcs: security group sg-empty has no rule "x"; it has none`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestEdit_a_change_that_changes_nothing_is_an_error(t *testing.T) {
	for _, c := range []change.Change{
		change.SetPeeringState{Peering: "peering-demo", State: topology.Active},
		change.JoinGroups{Machine: "ecs-p", Groups: []string{"sg-p"}},
		change.PointName{Name: "app", Target: "ecs-p"},
		change.All(),
		change.All(
			change.StartListening{Endpoint: "ecs-p", Listener: udp53},
			change.StopListening{Endpoint: "ecs-p", Listener: udp53},
		),
	} {
		_, err := change.Edit(given(), c)
		want := `change "` + c.String() + `" of world peered-vpcs: the change changes nothing`
		if !errors.Is(err, change.ErrNoChange) || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// counted counts how often it is applied.
type counted struct {
	times *int
	err   error
}

func (c counted) Apply(*topology.World) error {
	*c.times++
	return c.err
}

func (c counted) String() string { return "count" }

func TestAll_stops_at_the_first_error(t *testing.T) {
	before, after := 0, 0
	bad := errors.New("bad")
	_, err := change.Edit(given(), change.All(counted{&before, nil}, counted{&before, bad}, counted{&after, nil}))
	if !errors.Is(err, bad) || before != 2 || after != 0 {
		t.Errorf("got %v after %d and %d applications", err, before, after)
	}
	if want := `change "count; count; count" of world peered-vpcs: count: bad`; err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRemovePeering_takes_its_routes_along_and_no_others(t *testing.T) {
	w := given()
	w.Peerings = append(w.Peerings, topology.Peering{Name: "other", Local: "vpc-demo", Peer: "vpc-demo2", State: topology.Active})
	kept := topology.Route{Destination: unused, Peering: "other"}
	w.VPCs[1].RouteTables[1].Routes = append(w.VPCs[1].RouteTables[1].Routes, kept)
	edited, err := change.Edit(w, change.RemovePeering{Peering: "peering-demo"})
	if err != nil {
		t.Fatal(err)
	}
	managed := 0
	for _, v := range edited.VPCs {
		for _, rt := range v.RouteTables {
			for _, r := range rt.Routes {
				if r.Peering == "peering-demo" {
					t.Errorf("table %s still routes %s over it", rt.Name, r.Destination)
				}
				if r.Managed {
					managed++
				}
			}
		}
	}
	if managed != 4 || !slices.Equal(table(edited, "rtb-p2").Routes, []topology.Route{kept}) {
		t.Errorf("%d managed routes are left, rtb-p2 has %v", managed, table(edited, "rtb-p2").Routes)
	}
	if err := edited.Validate(); err != nil {
		t.Errorf("what is left is no valid world: %v", err)
	}
}
