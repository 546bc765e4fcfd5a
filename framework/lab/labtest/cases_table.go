package labtest

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func whole(cidrs ...string) []netip.Prefix {
	var all []netip.Prefix
	for _, c := range cidrs {
		all = append(all, prefix(c))
	}
	return all
}

// ofQuotas are tables that had no room for a route.
func ofQuotas() []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, routes int) Case {
		full := onTable("rtb-k", func(t *topology.RouteTable) { t.Quota = routes })
		return Case{
			Name: "quota: " + name, Source: "CCE, Notes and Constraints: one route per node; VPC user guide, Adding a Custom Route",
			World: edited(Cluster(topology.Routed), full), Flow: f, Want: want,
		}
	}
	return []Case{
		row("the first node's route is there", web("pod-a", "ecs-k"), verdict.ReachedAs("pod-a"), 1),
		row("the second node's never came to be", web("ecs-k", "pod-b"), verdict.Dropped("vpc", verdict.Blackhole("rtb-k")), 1),
		row("its pods get no replies", topology.Ping("pod-b", "ecs-k"), verdict.ReplyLost("ecs-k", "vpc", verdict.Blackhole("rtb-k")), 1),
		row("other tables have it", topology.Ping("pod-b", "ecs-n"), verdict.ReachedAs("pod-b"), 1),
		row("room for two is enough", topology.Ping("pod-b", "ecs-k"), verdict.ReachedAs("pod-b"), 2),
	}
}

// Overlapped is two peered VPCs with the same block and different subnets: ecs-a
// in 10.1.0.0/24, ecs-b in 10.1.1.0/24. The routes are the caller's.
func Overlapped() topology.World {
	w := Twins()
	w.Name = "overlapped"
	w.VPCs[1].Subnets[0].CIDR = prefix("10.1.1.0/24")
	w.Hosts = []topology.Host{
		host("ecs-a", "subnet-a", "10.1.0.10", "sg"),
		host("ecs-b", "subnet-b", "10.1.1.10", "sg"),
	}
	return edited(w, withdraw("10.1.0.0/16", "rtb-a"), withdraw("10.1.0.0/16", "rtb-b"))
}

// ofOverlaps are peered VPCs that overlap in part.
func ofOverlaps() []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{
			Name: "overlap: " + name, Source: "VPC user guide, VPC Peering Connection Usage Examples: overlapping CIDR blocks (disputed)",
			World: edited(Overlapped(), edits...), Flow: f, Want: want,
		}
	}
	forth, back := over("10.1.1.0/24", "rtb-a", "peering-ab"), over("10.1.0.0/24", "rtb-b", "peering-ab")
	allForth, allBack := over("10.1.0.0/16", "rtb-a", "peering-ab"), over("10.1.0.0/16", "rtb-b", "peering-ab")
	return []Case{
		row("a route for the whole VPC takes no effect", web("ecs-a", "ecs-b"),
			verdict.Dropped("vpc-a", verdict.PeeringOverlap("peering-ab")), allForth, allBack),
		row("nor one for the reply", topology.Ping("ecs-a", "ecs-b"),
			verdict.ReplyLost("ecs-b", "vpc-b", verdict.PeeringOverlap("peering-ab")), forth, allBack),
		row("routes for the subnets do", web("ecs-a", "ecs-b"), verdict.ReachedAs("ecs-a"), forth, back),
		row("beside one for the whole VPC too", topology.Ping("ecs-b", "ecs-a"), verdict.ReachedAs("ecs-b"), forth, back, allForth),
		row("pending comes first", web("ecs-a", "ecs-b"),
			verdict.Dropped("vpc-a", verdict.PeeringPending("peering-ab")), allForth, allBack, pending("peering-ab")),
	}
}

// ofShadows are routes over a peering that a VPN's route overlaps.
func ofShadows() []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{
			Name: "shadow: " + name, Source: "VPC user guide, Why Did Communication Fail: VPN or Direct Connect routes, table 4",
			World: edited(Chain(), append([]edit{onPremises("vpc-a", "10.9.0.0")}, edits...)...), Flow: f, Want: want,
		}
	}
	half := route("rtb-a", topology.Route{Destination: prefix("10.2.128.0/17"), VPN: "vpn"})
	return []Case{
		row("a VPN's route in the peering's block puts it out of effect", web("ecs-a", "ecs-b"),
			verdict.Dropped("vpc-a", verdict.PeeringShadowed("peering-ab")), half),
		row("for replies too", topology.Ping("ecs-b", "ecs-a"),
			verdict.ReplyLost("ecs-a", "vpc-a", verdict.PeeringShadowed("peering-ab")), half),
		row("one for another block does not", web("ecs-a", "ecs-b"), verdict.ReachedAs("ecs-a"),
			route("rtb-a", topology.Route{Destination: prefix("10.9.0.0/16"), VPN: "vpn"})),
	}
}
