package labtest

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// routePriorities are published examples of which route of a table decides. Where a
// cloud has an internet gateway, a NAT gateway stands here.
func routePriorities() []Case {
	aws := peered("route-priority", []topology.VPC{quoted("vpc-a", "10.0.0.0/16"), quoted("vpc-b", "172.31.0.0/16")},
		map[string][2]string{"pcx": {"vpc-a", "vpc-b"}},
		map[string]table{"vpc-a": {"172.31.0.0/16": "pcx"}, "vpc-b": {"10.0.0.0/16": "pcx"}},
		[3]string{"ecs-a", "vpc-a", "10.0.0.10"}, [3]string{"ecs-a2", "vpc-a", "10.0.0.20"}, [3]string{"ecs-b", "vpc-b", "172.31.0.10"})
	aws = edited(aws, toInternet("vpc-a"))
	longer := peered("longest-prefix", []topology.VPC{quoted("vpc-a", "192.168.0.0/16"), quoted("vpc-b", "10.10.0.0/16", "10.10.2.0/24"), quoted("vpc-c", "10.10.0.0/16", "10.10.2.0/24")},
		map[string][2]string{"peering-ab": {"vpc-a", "vpc-b"}, "peering-ac": {"vpc-a", "vpc-c"}},
		map[string]table{
			"vpc-a": {"10.10.2.0/24": "peering-ab", "10.10.2.15/32": "peering-ac"},
			"vpc-b": {"192.168.0.0/16": "peering-ab"}, "vpc-c": {"192.168.0.0/16": "peering-ac"},
		},
		[3]string{"ecs-a", "vpc-a", "192.168.0.10"}, [3]string{"ecs-b", "vpc-b", "10.10.2.16"}, [3]string{"ecs-c", "vpc-c", "10.10.2.15"})
	return slices.Concat(
		answers(aws,
			answer{"the VPC's own addresses are local", awsPriority + "; " + hwcPriority, web("ecs-a", "ecs-a2"), verdict.ReachedAs("ecs-a")},
			answer{"the peering is more specific than the gateway", awsPriority + "; " + hwcPriority, web("ecs-a", "ecs-b"), verdict.ReachedAs("ecs-a")},
			answer{"everything else goes to the gateway", awsPriority + "; " + hwcPriority, web("ecs-a", "site"), verdict.ReachedAs("nat")},
		),
		answers(longer,
			answer{"10.10.2.15/32 has priority over 10.10.2.0/24", awsPriority, web("ecs-a", "ecs-c"), verdict.ReachedAs("ecs-a")},
			answer{"for its address only", awsPriority, web("ecs-a", "ecs-b"), verdict.ReachedAs("ecs-a")},
		),
	)
}

// toInternet gives a VPC a default route to a NAT gateway that selects everybody.
func toInternet(vpc string) edit {
	return func(w *topology.World) {
		v, _ := w.VPC(vpc)
		v.RouteTables[0].Routes = append(v.RouteTables[0].Routes, topology.Route{Destination: prefix("0.0.0.0/0"), NAT: "nat"})
		outside := quoted("internet", "203.0.113.0/24")
		outside.Kind = topology.Internet
		w.NATGateways = append(w.NATGateways, topology.NATGateway{
			Name: "nat", VPC: vpc, Internet: "internet", Address: netip.MustParseAddr("203.0.113.10"), Sources: slices.Clone(v.CIDRs),
		})
		w.VPCs = append(w.VPCs, outside)
		w.Hosts = append(w.Hosts, host("site", outside.Subnets[0].Name, "203.0.113.80", "sg"))
	}
}
