package labtest

import (
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ofRoutes are the rules of route tables.
func ofRoutes() []Case {
	row := func(name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "routes: " + name, Source: source, World: edited(Chain(), edits...), Flow: f, Want: want}
	}
	return []Case{
		row("no route ends in silence", routeTables, web("ecs-a", "ecs-c"),
			verdict.Dropped("vpc-a", verdict.Blackhole("rtb-a"))),
		row("each subnet has its table", routeTables, web("ecs-b2", "ecs-a"),
			verdict.Dropped("vpc-b", verdict.Blackhole("rtb-b2"))),
		row("a subnet's own table sends its replies", routeTables, web("ecs-a", "ecs-b2"),
			verdict.ReplyLost("ecs-b2", "vpc-b", verdict.Blackhole("rtb-b2"))),
		row("what arrives uses the default table, replies the subnet's", customTables, web("ecs-a", "ecs-b2"),
			verdict.ReachedAs("ecs-a"), over("10.1.0.0/16", "rtb-b2", "peering-ab")),
		row("the local route leads inside the VPC without any custom one", routeTables, web("ecs-b", "ecs-b2"),
			verdict.ReachedAs("ecs-b")),
		row("the longest prefix wins, wrong as it is", routeTables, web("ecs-a", "ecs-b"),
			verdict.Dropped("vpc-c", verdict.NotTransitive("peering-ac")),
			peer("peering-ac", "vpc-a", "vpc-c"), over("10.2.0.0/24", "rtb-a", "peering-ac")),
		row("the shorter prefix loses", routeTables, web("ecs-a", "ecs-b"), verdict.ReachedAs("ecs-a"),
			peer("peering-ac", "vpc-a", "vpc-c"), over("10.0.0.0/8", "rtb-a", "peering-ac")),
		row("a wider custom route leaves the local ones alone", localFirst, web("ecs-b", "ecs-b2"),
			verdict.ReachedAs("ecs-b"), over("10.0.0.0/8", "rtb-b", "peering-bc")),
		row("the address of nobody ends at the local route", localFirst, web("ecs-a", "ecs-b"),
			verdict.Dropped("vpc-a", verdict.NoSuchAddress("vpc-a")), swallow("vpc-a", "10.2.0.0/24")),
		row("a route to a host that is not a router ends there", sourceChecks, web("ecs-b", "ecs-c"),
			verdict.Dropped("ecs-b2", verdict.NotForwarded("ecs-b2")),
			withdraw("10.3.0.0/16", "rtb-b"), via("10.3.0.0/16", "rtb-b", "ecs-b2")),
	}
}

// swallow gives a VPC a second block and a subnet with it.
func swallow(vpc, cidr string) edit {
	return func(w *topology.World) {
		v, _ := w.VPC(vpc)
		v.CIDRs = append(v.CIDRs, prefix(cidr))
		v.Subnets = append(v.Subnets, topology.Subnet{Name: "subnet-more", CIDR: prefix(cidr)})
	}
}

// ofPeerings are the rules of peerings.
func ofPeerings() []Case {
	row := func(name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "peerings: " + name, Source: source, World: edited(Chain(), edits...), Flow: f, Want: want}
	}
	beyond := over("10.3.0.0/16", "rtb-a", "peering-ab")
	back := over("10.1.0.0/16", "rtb-c", "peering-bc")
	return []Case{
		row("with routes both ways it carries", peeringBoth, web("ecs-a", "ecs-b"), verdict.ReachedAs("ecs-a")),
		row("pings too", peeringBoth, topology.Ping("ecs-b", "ecs-a"), verdict.ReachedAs("ecs-b")),
		row("datagrams too", peeringBoth, topology.OverUDP("ecs-c", "ecs-b", NamePort), verdict.ReachedAs("ecs-c")),
		row("a closed port behind it refuses", openPort, topology.OverTCP("ecs-a", "ecs-b", IdlePort), verdict.Refused()),
		row("so does a closed UDP port", openPort, topology.OverUDP("ecs-a", "ecs-b", IdlePort), verdict.Refused()),
		row("without the forward route nothing leaves", peeringBoth, web("ecs-a", "ecs-b"),
			verdict.Dropped("vpc-a", verdict.Blackhole("rtb-a")), withdraw("10.2.0.0/16", "rtb-a")),
		row("without the return route the reply is lost", peeringBoth, web("ecs-a", "ecs-b"),
			verdict.ReplyLost("ecs-b", "vpc-b", verdict.Blackhole("rtb-b")), withdraw("10.1.0.0/16", "rtb-b")),
		row("so is a ping's", peeringBoth, topology.Ping("ecs-a", "ecs-b"),
			verdict.ReplyLost("ecs-b", "vpc-b", verdict.Blackhole("rtb-b")), withdraw("10.1.0.0/16", "rtb-b")),
		row("so is a datagram's", peeringBoth, topology.OverUDP("ecs-a", "ecs-b", NamePort),
			verdict.ReplyLost("ecs-b", "vpc-b", verdict.Blackhole("rtb-b")), withdraw("10.1.0.0/16", "rtb-b")),
		row("pending it carries nothing", peeringAccept, web("ecs-a", "ecs-b"),
			verdict.Dropped("vpc-a", verdict.PeeringPending("peering-ab")), pending("peering-ab")),
		row("pending it carries no ping back either", peeringAccept, topology.Ping("ecs-b", "ecs-a"),
			verdict.Dropped("vpc-b", verdict.PeeringPending("peering-ab")), pending("peering-ab")),
		row("it is not transitive", notTransitive, web("ecs-a", "ecs-c"),
			verdict.Dropped("vpc-b", verdict.NotTransitive("peering-ab")), beyond, back),
		row("nor the other way", notTransitive, topology.Ping("ecs-c", "ecs-a"),
			verdict.Dropped("vpc-b", verdict.NotTransitive("peering-bc")), beyond, back),
		row("a peering of one's own instead is", notTransitive, web("ecs-a", "ecs-c"), verdict.ReachedAs("ecs-a"),
			peer("peering-ac", "vpc-a", "vpc-c"),
			over("10.3.0.0/16", "rtb-a", "peering-ac"), over("10.1.0.0/16", "rtb-c", "peering-ac")),
		row("the other VPC's default table has no route on", notTransitive, web("ecs-a", "ecs-c"),
			verdict.Dropped("vpc-b", verdict.Blackhole("rtb-b")), beyond, withdraw("10.3.0.0/16", "rtb-b")),
		row("two routes at each other lead nowhere", notTransitive, web("ecs-a", "ecs-c"),
			verdict.Dropped("vpc-b", verdict.NotTransitive("peering-ab")),
			beyond, withdraw("10.3.0.0/16", "rtb-b"), over("10.3.0.0/16", "rtb-b", "peering-ab")),
	}
}

// ofTwins are two VPCs with the same addresses: another VPC never answers.
func ofTwins() []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "twins: " + name, Source: overlapping, World: edited(Twins(), edits...), Flow: f, Want: want}
	}
	return []Case{
		row("the neighbour answers, not the namesake", web("ecs-a2", "ecs-b"), verdict.Misdelivered("ecs-a")),
		row("a ping is answered by the neighbour too", topology.Ping("ecs-a2", "ecs-b"), verdict.Misdelivered("ecs-a")),
		row("a closed port is the neighbour's", topology.OverTCP("ecs-a2", "ecs-b", IdlePort), verdict.Misdelivered("ecs-a")),
		row("one's own address is oneself", web("ecs-a", "ecs-b"), verdict.Misdelivered("ecs-a")),
		row("one's own address answers a ping itself", topology.Ping("ecs-a", "ecs-b"), verdict.Misdelivered("ecs-a")),
		row("an address that only the other VPC has is nobody's", web("ecs-a2", "ecs-b2"),
			verdict.Dropped("vpc-a", verdict.NoSuchAddress("vpc-a"))),
		row("inside each VPC all is well", web("ecs-b2", "ecs-b"), verdict.ReachedAs("ecs-b2")),
		row("inside the other too", topology.Ping("ecs-a2", "ecs-a"), verdict.ReachedAs("ecs-a2")),
		row("without a listener there the neighbour still has the address", web("ecs-a2", "ecs-b"), verdict.Misdelivered("ecs-a"), deaf("ecs-a")),
		row("the neighbour's group denies it", web("ecs-a2", "ecs-b"),
			verdict.Dropped("vpc-a", verdict.DefaultDeny("ecs-a", topology.Ingress)), groups(topology.SecurityGroup{Name: "sg-shut"}), in("ecs-a", "sg-shut")),
		row("the neighbour's container answers for it", topology.OverTCP("ecs-a2", "ecs-b", publicPort), verdict.Misdelivered("shop"), publishing("ecs-a", "10.200.0.1/24", "10.200.0.5")),
		row("what the neighbour sends away from its container is lost on the way", topology.OverTCP("ecs-a2", "ecs-b", publicPort),
			verdict.Dropped("vpc-a", verdict.SourceCheck("ecs-a")), publishing("ecs-a", "10.1.0.1/16", "10.1.0.77")),
	}
}

func deaf(host string) edit {
	return func(w *topology.World) {
		for i := range w.Hosts {
			if w.Hosts[i].Name == host {
				w.Hosts[i].Listeners = nil
			}
		}
	}
}
