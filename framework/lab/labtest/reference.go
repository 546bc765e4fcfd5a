package labtest

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// References lists figures that others published, each built from the published
// numbers alone: the oracle and the wire are held to what somebody else says, and
// not only to each other. Cases of one world stand together.
func References() []Case {
	return slices.Concat(peeringTables(), overlapTables(), routePriorities(), pageExamples(), modelExamples(), masqueradeLists())
}

// The documents that the references are taken from.
const (
	usageExamples = "VPC user guide, VPC Peering Connection Usage Examples"
	intraVPC      = "CCE user guide, Configuring Intra-VPC Access (cce_10_0399)"
	vpcModel      = "CCE user guide, VPC Network Model (cce_10_0283)"
	tunnelPage    = "CCE user guide, Tunnel Network Model (cce_10_0282)"
	masqAgent     = "kubernetes-sigs/ip-masq-agent, README: nonMasqueradeCIDRs"
	snatPage      = "CCE best practice, Accessing an External Network: nonMasqueradeCIDRs"
	awsPriority   = "Amazon VPC user guide, How route priority works"
	hwcPriority   = "Huawei Cloud VPC FAQ 0073: local route, specific route, default route, in this order"
	awsPeering    = "Amazon VPC Connectivity Options: VPC peering is not transitive"
	awsCNI        = "aws/amazon-vpc-cni-k8s, README: AWS_VPC_K8S_CNI_EXTERNALSNAT, AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS"
	gkeMasquerade = "Google Kubernetes Engine, IP masquerade agent: default non-masquerade destinations"
)

// table is a published route table: a destination and the peering it leads to.
type table map[string]string

// quoted is a network as a document gives it: its block and its subnets'.
func quoted(name, block string, subnets ...string) topology.VPC {
	v := topology.VPC{
		Name: name, CIDRs: []netip.Prefix{prefix(block)},
		RouteTables: []topology.RouteTable{{Name: "rtb-" + name}},
	}
	if len(subnets) == 0 {
		subnets = []string{netip.PrefixFrom(prefix(block).Addr(), 24).String()}
	}
	for i, s := range subnets {
		v.Subnets = append(v.Subnets, topology.Subnet{Name: fmt.Sprintf("%s-%d", name, i+1), CIDR: prefix(s)})
	}
	return v
}

// peered makes a world of published networks, in which everything admits
// everything, with a host at each of the addresses; "name network address" names
// them.
func peered(world string, networks []topology.VPC, links map[string][2]string, tables map[string]table, hosts ...[3]string) topology.World {
	w := topology.World{Name: world, VPCs: networks, SecurityGroups: []topology.SecurityGroup{open("sg")}}.Clone()
	for _, name := range sorted(links) {
		w.Peerings = append(w.Peerings, topology.Peering{Name: name, Local: links[name][0], Peer: links[name][1], State: topology.Active})
	}
	for i := range w.VPCs {
		t := &w.VPCs[i].RouteTables[0]
		for _, destination := range sorted(tables[w.VPCs[i].Name]) {
			t.Routes = append(t.Routes, topology.Route{Destination: prefix(destination), Peering: tables[w.VPCs[i].Name][destination]})
		}
	}
	for _, h := range hosts {
		v, _ := w.VPC(h[1])
		for _, s := range v.Subnets {
			if s.CIDR.Contains(netip.MustParseAddr(h[2])) {
				w.Hosts = append(w.Hosts, host(h[0], s.Name, h[2], "sg"))
			}
		}
	}
	return w
}

func sorted[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// answer is one question to a published world.
type answer struct {
	name, source string
	flow         topology.Flow
	want         verdict.Verdict
}

func answers(w topology.World, rows ...answer) []Case {
	all := make([]Case, len(rows))
	for i, r := range rows {
		all[i] = Case{Name: w.Name + ": " + r.name, Source: r.source, World: w, Flow: r.flow, Want: r.want}
	}
	return all
}

// peeringTables are the guide's tables of whole VPCs: two (2 and 3), a full mesh of
// three (4 and 5), and one central VPC with six others (6 and 7).
func peeringTables() []Case {
	three := []topology.VPC{quoted("vpc-a", "172.16.0.0/16"), quoted("vpc-b", "10.0.0.0/16"), quoted("vpc-c", "192.168.0.0/16")}
	hosts := [][3]string{{"ecs-a", "vpc-a", "172.16.0.10"}, {"ecs-b", "vpc-b", "10.0.0.10"}, {"ecs-c", "vpc-c", "192.168.0.10"}}
	two := peered("tables-2-3", three[:2], map[string][2]string{"peering-ab": {"vpc-a", "vpc-b"}},
		map[string]table{"vpc-a": {"10.0.0.0/16": "peering-ab"}, "vpc-b": {"172.16.0.0/16": "peering-ab"}}, hosts[:2]...)
	mesh := peered("tables-4-5", three, map[string][2]string{
		"peering-ab": {"vpc-a", "vpc-b"}, "peering-ac": {"vpc-a", "vpc-c"}, "peering-bc": {"vpc-b", "vpc-c"},
	}, map[string]table{
		"vpc-a": {"10.0.0.0/16": "peering-ab", "192.168.0.0/16": "peering-ac"},
		"vpc-b": {"172.16.0.0/16": "peering-ab", "192.168.0.0/16": "peering-bc"},
		"vpc-c": {"172.16.0.0/16": "peering-ac", "10.0.0.0/16": "peering-bc"},
	}, hosts...)
	return slices.Concat(
		answers(two,
			answer{"all resources of both communicate", usageExamples, web("ecs-a", "ecs-b"), verdict.ReachedAs("ecs-a")},
			answer{"the other way as well", usageExamples, topology.Ping("ecs-b", "ecs-a"), verdict.ReachedAs("ecs-b")},
		),
		answers(mesh,
			answer{"A to B", usageExamples, web("ecs-a", "ecs-b"), verdict.ReachedAs("ecs-a")},
			answer{"A to C", usageExamples, topology.Ping("ecs-a", "ecs-c"), verdict.ReachedAs("ecs-a")},
			answer{"B to C", usageExamples, web("ecs-b", "ecs-c"), verdict.ReachedAs("ecs-b")},
			answer{"C to B", usageExamples, topology.Ping("ecs-c", "ecs-b"), verdict.ReachedAs("ecs-c")},
		),
		centralVPC(),
	)
}

// centralVPC is tables 6 and 7; the spokes reach the centre and not each other,
// not even by a route through it.
func centralVPC() []Case {
	blocks := map[string]string{
		"b": "10.0.0.0/16", "c": "192.168.0.0/16", "d": "10.2.0.0/16", "e": "10.3.0.0/16", "f": "172.17.0.0/16", "g": "10.4.0.0/16",
	}
	networks, links := []topology.VPC{quoted("vpc-a", "172.16.0.0/16")}, map[string][2]string{}
	tables := map[string]table{"vpc-a": {}}
	hosts := [][3]string{{"ecs-a", "vpc-a", "172.16.0.10"}}
	for _, letter := range sorted(blocks) {
		vpc, peering := "vpc-"+letter, "peering-a"+letter
		networks = append(networks, quoted(vpc, blocks[letter]))
		links[peering] = [2]string{"vpc-a", vpc}
		tables["vpc-a"][blocks[letter]] = peering
		tables[vpc] = table{"172.16.0.0/16": peering}
		first := prefix(blocks[letter]).Addr().As4()
		first[3] = 10
		hosts = append(hosts, [3]string{"ecs-" + letter, vpc, netip.AddrFrom4(first).String()})
	}
	w := peered("tables-6-7", networks, links, tables, hosts...)
	var rows []answer
	for _, letter := range sorted(blocks) {
		rows = append(rows,
			answer{"the centre to " + letter, usageExamples, topology.Ping("ecs-a", "ecs-"+letter), verdict.ReachedAs("ecs-a")},
			answer{letter + " to the centre", usageExamples, web("ecs-"+letter, "ecs-a"), verdict.ReachedAs("ecs-" + letter)},
		)
	}
	rows = append(rows, answer{"a spoke has no route to another", usageExamples, web("ecs-b", "ecs-c"), verdict.Dropped("vpc-b", verdict.Blackhole("rtb-vpc-b"))})
	through := edited(w.Clone(), over("192.168.0.0/16", "rtb-vpc-b", "peering-ab"), over("10.0.0.0/16", "rtb-vpc-c", "peering-ac"))
	through.Name = "tables-6-7-through-the-centre"
	return append(answers(w, rows...),
		answers(through, answer{"no edge-to-edge routing", awsPeering, web("ecs-b", "ecs-c"), verdict.Dropped("vpc-a", verdict.NotTransitive("peering-ab"))})...)
}

// overlapTables are the guide's tables of VPCs that overlap: by subnets (8 and 9), by
// single addresses (10 and 11), and not at all (12).
func overlapTables() []Case {
	link := map[string][2]string{"peering-ab": {"vpc-a", "vpc-b"}}
	subnets := peered("tables-8-9", []topology.VPC{
		quoted("vpc-a", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24"), quoted("vpc-b", "10.0.0.0/16", "10.0.0.0/24", "10.0.2.0/24"),
	}, link, map[string]table{"vpc-a": {"10.0.2.0/24": "peering-ab"}, "vpc-b": {"10.0.1.0/24": "peering-ab"}},
		[3]string{"ecs-a01", "vpc-a", "10.0.0.10"}, [3]string{"ecs-a02", "vpc-a", "10.0.1.10"},
		[3]string{"ecs-b01", "vpc-b", "10.0.0.20"}, [3]string{"ecs-b02", "vpc-b", "10.0.2.20"})
	addresses := peered("tables-10-11", []topology.VPC{
		quoted("vpc-a", "172.16.0.0/16"), quoted("vpc-b", "10.0.0.0/16"), quoted("vpc-c", "10.0.0.0/16"),
	}, map[string][2]string{"peering-ab": {"vpc-a", "vpc-b"}, "peering-ac": {"vpc-a", "vpc-c"}}, map[string]table{
		"vpc-a": {"10.0.0.139/32": "peering-ab", "10.0.0.71/32": "peering-ac"},
		"vpc-b": {"172.16.0.111/32": "peering-ab"}, "vpc-c": {"172.16.0.218/32": "peering-ac"},
	},
		[3]string{"ecs-a01-1", "vpc-a", "172.16.0.111"}, [3]string{"ecs-a01-2", "vpc-a", "172.16.0.218"},
		[3]string{"ecs-b01", "vpc-b", "10.0.0.139"}, [3]string{"ecs-c01", "vpc-c", "10.0.0.71"})
	whole := peered("table-12", []topology.VPC{
		quoted("vpc-a", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24"), quoted("vpc-b", "10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24"),
	}, link, map[string]table{"vpc-a": {"10.0.0.0/16": "peering-ab"}, "vpc-b": {"10.0.0.0/16": "peering-ab"}},
		[3]string{"ecs-a", "vpc-a", "10.0.0.10"}, [3]string{"ecs-b", "vpc-b", "10.0.1.20"})
	return slices.Concat(
		answers(subnets,
			answer{"A02 and B02 are connected", usageExamples, web("ecs-a02", "ecs-b02"), verdict.ReachedAs("ecs-a02")},
			answer{"both ways", usageExamples, topology.Ping("ecs-b02", "ecs-a02"), verdict.ReachedAs("ecs-b02")},
			answer{"A01 is not: B01 has its addresses", usageExamples, web("ecs-a01", "ecs-b02"), verdict.ReplyLost("ecs-b02", "vpc-b", verdict.NoSuchAddress("vpc-b"))},
			answer{"nor is B01", usageExamples, web("ecs-a02", "ecs-b01"), verdict.Dropped("vpc-a", verdict.NoSuchAddress("vpc-a"))},
		),
		answers(addresses,
			answer{"A01-1 and B01 are connected", usageExamples, web("ecs-a01-1", "ecs-b01"), verdict.ReachedAs("ecs-a01-1")},
			answer{"A01-2 and C01 are connected", usageExamples, topology.Ping("ecs-c01", "ecs-a01-2"), verdict.ReachedAs("ecs-c01")},
			answer{"A01-2 gets no reply from B01", usageExamples, web("ecs-a01-2", "ecs-b01"), verdict.ReplyLost("ecs-b01", "vpc-b", verdict.Blackhole("rtb-vpc-b"))},
			answer{"B01 and C01 are not connected", usageExamples, web("ecs-b01", "ecs-c01"), verdict.Dropped("vpc-b", verdict.NoSuchAddress("vpc-b"))},
		),
		answers(whole,
			answer{"the local route has a higher priority", usageExamples, web("ecs-a", "ecs-b"), verdict.Dropped("vpc-a", verdict.NoSuchAddress("vpc-a"))},
			answer{"at both ends", usageExamples, topology.Ping("ecs-b", "ecs-a"), verdict.Dropped("vpc-b", verdict.NoSuchAddress("vpc-b"))},
		),
	)
}
