package topology_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/topology"
)

var (
	cidr = netip.MustParsePrefix
	addr = netip.MustParseAddr
)

// invalid is a world made wrong by one edit, and every problem that Validate has
// to report, in order, without the world's name.
type invalid struct {
	name string
	edit func(w *topology.World)
	want []string
}

// checkInvalid runs rows against the routed form of the world with a peering,
// which has something of everything that a page speaks of.
func checkInvalid(t *testing.T, rows []invalid) {
	t.Helper()
	checkInvalidIn(t, worlds.PeeredVPCs, rows)
}

// checkInvalidIn runs rows against the routed form of a world.
func checkInvalidIn(t *testing.T, world func(topology.Mode) topology.World, rows []invalid) {
	t.Helper()
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			w := world(topology.Routed)
			row.edit(&w)
			want := make([]string, len(row.want))
			for i, line := range row.want {
				want[i] = "world " + w.Name + ": " + line
			}
			got := ""
			if err := w.Validate(); err != nil {
				got = err.Error()
			}
			if wanted := strings.Join(want, "\n"); got != wanted {
				t.Errorf("got:\n%s\nwant:\n%s", got, wanted)
			}
		})
	}
}

func TestValidate_acceptsTheWorlds(t *testing.T) {
	for _, m := range topology.Modes() {
		for _, w := range []topology.World{worlds.OneVPC(m), worlds.PeeredVPCs(m), worlds.Everything(m)} {
			if err := w.Validate(); err != nil {
				t.Errorf("%s, %s mode: %v", w.Name, m, err)
			}
		}
	}
}

func TestValidate_reportsEverythingAtOnce(t *testing.T) {
	err := topology.World{Name: "empty"}.Validate()
	var problem topology.Problem
	if !errors.As(err, &problem) {
		t.Fatalf("got %v, want a Problem", err)
	}
	if problem.World != "empty" || problem.Place != "" || problem.What != "there is no VPC" {
		t.Errorf("got %#v", problem)
	}
	w := worlds.OneVPC(topology.Routed)
	w.VPCs[0].Subnets[1].Name = "db"
	w.VPCs[0].Subnets[1].CIDR = cidr("10.0.0.0/24")
	w.Clusters[0].Mode = "bridge"
	want := `world one-vpc: vpcs[0].subnets[1] "db": 10.0.0.0/24 is outside the CIDRs of vpc-demo (192.168.0.0/16)
world one-vpc: hosts[2] "ecs-b": unknown subnet "subnet-b"
world one-vpc: clusters[0] "demo": unknown mode "bridge"; it is tunnel or routed`
	if got := w.Validate(); got == nil || got.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", got, want)
	}
}

func TestValidate_names(t *testing.T) {
	long := strings.Repeat("a", 41)
	checkInvalid(t, []invalid{
		{"a missing name", func(w *topology.World) { w.Hosts[0].Name = "" }, []string{`hosts[0]: the name is missing`}},
		{"characters", func(w *topology.World) { w.Hosts[0].Name = "ECS_25" }, []string{
			`hosts[0] "ECS_25": a name consists of lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen`,
		}},
		{"length", func(w *topology.World) { w.Hosts[0].Name = long }, []string{
			`hosts[0] "` + long + `": the name has 41 characters; at most 40 are allowed`,
		}},
		{"a host called like a pod", func(w *topology.World) { w.Hosts[0].Name = "pod-a" }, []string{
			`clusters[0].pods[0] "pod-a": the name is taken by hosts[0] "pod-a"`,
		}},
		{"a name record called like a host", func(w *topology.World) {
			w.Names = []topology.NameRecord{{Name: "ecs-p", Target: "ecs-25"}}
		}, []string{`names[0] "ecs-p": the name is taken by hosts[1] "ecs-p"`}},
		{"a name record for nothing", func(w *topology.World) {
			w.Names = []topology.NameRecord{{Name: "app", Target: "db"}, {Name: "app-2", Target: "app"}}
		}, []string{`names[0] "app": unknown host, node, pod or other destination "db"`, `names[1] "app-2": unknown host, node, pod or other destination "app"`}},
		{"two subnets of one name", func(w *topology.World) { w.VPCs[1].Subnets[1].Name = "subnet-b" }, []string{
			`vpcs[1].subnets[1] "subnet-b": the name is taken by vpcs[0].subnets[1] "subnet-b"`,
			`hosts[2] "ecs-p2": unknown subnet "subnet-p2"`,
		}},
		{"two rules of one name", func(w *topology.World) { w.SecurityGroups[1].Rules[2].Name = "from-self" }, []string{
			`securityGroups[1].rules[2] "from-self": the name is taken by securityGroups[1].rules[1] "from-self"`,
		}},
	})
}

func TestValidate_vpcs(t *testing.T) {
	checkInvalid(t, []invalid{
		{"no CIDR", func(w *topology.World) { w.VPCs[1].CIDRs = nil }, []string{`vpcs[1] "vpc-demo2": there is no CIDR`}},
		{"no route table", func(w *topology.World) {
			w.VPCs[1].RouteTables, w.VPCs[1].Subnets[1].RouteTable = nil, ""
		}, []string{`vpcs[1] "vpc-demo2": there is no route table; the first one is the default`}},
		{"a CIDR that is not canonical", func(w *topology.World) { w.VPCs[1].CIDRs[0] = cidr("10.1.0.1/16") }, []string{
			`vpcs[1] "vpc-demo2": CIDR 10.1.0.1/16 is not canonical; the block is 10.1.0.0/16`,
		}},
		{"IPv6", func(w *topology.World) { w.VPCs[1].CIDRs = append(w.VPCs[1].CIDRs, cidr("fd00::/64")) }, []string{
			`vpcs[1] "vpc-demo2": CIDR fd00::/64 is not IPv4`,
		}},
		{"overlapping CIDRs", func(w *topology.World) { w.VPCs[1].CIDRs = append(w.VPCs[1].CIDRs, cidr("10.1.8.0/24")) }, []string{
			`vpcs[1] "vpc-demo2": CIDR 10.1.8.0/24 overlaps 10.1.0.0/16`,
		}},
		{"an overlapping subnet", func(w *topology.World) { w.VPCs[1].Subnets[1].CIDR = cidr("10.1.0.0/23") }, []string{
			`vpcs[1].subnets[1] "subnet-p2": 10.1.0.0/23 overlaps 10.1.0.0/24 of subnet subnet-p`,
		}},
		{"a tiny subnet", func(w *topology.World) {
			w.VPCs[1].Subnets[1].CIDR, w.Hosts[2].NIC.Address = cidr("10.1.1.0/29"), addr("10.1.1.2")
		}, []string{`vpcs[1].subnets[1] "subnet-p2": 10.1.1.0/29 is smaller than a /28`}},
		{"a subnet without CIDR", func(w *topology.World) { w.VPCs[1].Subnets[1].CIDR = netip.Prefix{} }, []string{
			`vpcs[1].subnets[1] "subnet-p2": the CIDR is missing`,
		}},
		{"another VPC's table", func(w *topology.World) { w.VPCs[1].Subnets[1].RouteTable = "rtb-b" }, []string{
			`vpcs[1].subnets[1] "subnet-p2": unknown route table "rtb-b" of vpc-demo2`,
		}},
	})
}

func TestValidate_routes(t *testing.T) {
	route := func(r topology.Route) func(w *topology.World) {
		return func(w *topology.World) { w.VPCs[1].RouteTables[1].Routes = []topology.Route{r} }
	}
	const place = `vpcs[1].routeTables[1].routes[0] "rtb-p2": `
	far := cidr("172.30.0.0/16")
	checkInvalid(t, []invalid{
		{"no next hop", route(topology.Route{Destination: far}), []string{
			place + `the route to 172.30.0.0/16 has no next hop; it is a peering, a VPN, a NAT gateway or an instance`,
		}},
		{"two next hops", route(topology.Route{Destination: far, Peering: "peering-demo", Instance: "ecs-p"}), []string{
			place + `the route to 172.30.0.0/16 has 2 next hops, peering peering-demo and instance ecs-p`,
		}},
		{"an unknown peering", route(topology.Route{Destination: far, Peering: "p"}), []string{place + `unknown peering "p"`}},
		{"an unknown instance", route(topology.Route{Destination: far, Instance: "pod-a"}), []string{place + `unknown host or node "pod-a"`}},
		{"an instance of another VPC", route(topology.Route{Destination: far, Instance: "ecs-25"}), []string{
			place + `ecs-25 is in vpc-demo, not in vpc-demo2`,
		}},
		{"a managed route to a host", route(topology.Route{Destination: far, Instance: "ecs-p", Managed: true}), []string{
			place + `the route to 172.30.0.0/16 is managed, but leads to no node`,
		}},
		{"no destination", route(topology.Route{Peering: "peering-demo"}), []string{place + `the destination is missing`}},
		{"a destination inside a subnet", route(topology.Route{Destination: cidr("10.1.0.128/25"), Peering: "peering-demo"}), []string{
			place + `destination 10.1.0.128/25 is inside 10.1.0.0/24 of subnet subnet-p, whose system route beats it`,
		}},
		{"a destination wider than a subnet", route(topology.Route{Destination: cidr("10.0.0.0/8"), Peering: "peering-demo"}), nil},
		{"everything", route(topology.Route{Destination: cidr("0.0.0.0/0"), Instance: "ecs-p"}), nil},
		{"a destination twice", func(w *topology.World) {
			w.VPCs[1].RouteTables[0].Routes[1].Destination = worlds.DemoCIDR
		}, []string{`vpcs[1].routeTables[0].routes[1] "rtb-demo2": destination 192.168.0.0/16 is that of routes[0] already`}},
		{"a peering of others", func(w *topology.World) {
			w.VPCs = append(w.VPCs, topology.VPC{Name: "vpc-3", CIDRs: []netip.Prefix{far}, RouteTables: []topology.RouteTable{{
				Name: "rtb-3", Routes: []topology.Route{{Destination: worlds.DemoCIDR, Peering: "peering-demo"}},
			}}})
		}, []string{`vpcs[2].routeTables[0].routes[0] "rtb-3": peering peering-demo does not connect vpc-3`}},
	})
}

func TestValidate_peerings(t *testing.T) {
	second := func(p topology.Peering) func(w *topology.World) {
		return func(w *topology.World) { w.Peerings = append(w.Peerings, p) }
	}
	checkInvalid(t, []invalid{
		{"the same pair again", second(topology.Peering{Name: "p", Local: "vpc-demo2", Peer: "vpc-demo", State: topology.Pending}), []string{
			`peerings[1] "p": vpc-demo2 and vpc-demo are peered already, by peerings[0] "peering-demo"`,
		}},
		{"with itself", second(topology.Peering{Name: "p", Local: "vpc-demo", Peer: "vpc-demo", State: topology.Active}), []string{
			`peerings[1] "p": both ends are vpc-demo`,
		}},
		{"with nobody, in no state", second(topology.Peering{Name: "p", Local: "vpc-demo", Peer: "vpc-9"}), []string{
			`peerings[1] "p": unknown VPC "vpc-9"`,
			`peerings[1] "p": unknown state ""; it is active or pending`,
		}},
	})
}

func TestValidateFlow(t *testing.T) {
	w := worlds.OneVPC(topology.Tunnel)
	for _, row := range []struct {
		name string
		flow topology.Flow
		want string
	}{
		{"ping", topology.Ping("pod-a", "ecs-25"), ""},
		{"to a name", topology.OverUDP("pod-a", "app-server", worlds.LogPort), ""},
		{"from a name", topology.Ping("app-server", "pod-a"), `unknown host, node or pod "app-server" to ask from`},
		{"to nobody", topology.Ping("pod-a", "db"), `unknown host, node, pod or name "db" to ask for`},
		{"to itself", topology.Ping("ecs-25", "app-server"), `both ends are ecs-25`},
		{"ping a port", topology.Flow{From: "pod-a", To: "ecs-25", Protocol: topology.ICMP, Port: 7}, `icmp has no port 7`},
		{"no port", topology.OverTCP("pod-a", "ecs-25", 0), `tcp needs a port`},
		{"any protocol", topology.Flow{From: "pod-a", To: "ecs-25", Protocol: topology.AnyProtocol}, `unknown protocol "all"; a flow speaks tcp, udp, icmp or dns`},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, want := "", row.want
			if err := w.ValidateFlow(row.flow); err != nil {
				got = err.Error()
			}
			if want != "" {
				want = `world one-vpc: flow "` + row.flow.String() + `": ` + want
			}
			if got != want {
				t.Errorf("got  %s\nwant %s", got, want)
			}
		})
	}
}
