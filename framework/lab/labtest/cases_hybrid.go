package labtest

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// onPremises adds a data centre with a host, idc-1, behind a VPN of a VPC,
// without routes.
func onPremises(vpcName, network string) edit {
	return func(w *topology.World) {
		v := vpc("idc", network)
		v.Name, v.Kind = "idc", topology.OnPremises
		w.VPCs = append(w.VPCs, v)
		w.SecurityGroups = append(w.SecurityGroups, open("sg-idc"))
		a := v.CIDRs[0].Addr().As4()
		a[3] = 10
		w.Hosts = append(w.Hosts, host("idc-1", "subnet-idc", netip.AddrFrom4(a).String(), "sg-idc"))
		w.VPNs = append(w.VPNs, topology.VPN{Name: "vpn", VPC: vpcName, OnPremises: "idc"})
	}
}

// Hybrid is a cluster with a data centre behind a VPN, which knows the VPC and
// the containers, and the internet behind a NAT gateway, which lets the nodes out.
//
//	idc      10.9.0.0/16     idc-1 10.9.0.10
//	internet 203.0.113.0/24  www   203.0.113.10, the gateway "nat" 203.0.113.2
func Hybrid(m topology.Mode) topology.World {
	w := Cluster(m)
	w.Name = "hybrid"
	w.VPCs = append(w.VPCs, topology.VPC{
		Name: "internet", Kind: topology.Internet, CIDRs: whole("203.0.113.0/24"),
		Subnets:     []topology.Subnet{{Name: "subnet-w", CIDR: prefix("203.0.113.0/24")}},
		RouteTables: []topology.RouteTable{{Name: "rtb-w"}},
	})
	w.SecurityGroups = append(w.SecurityGroups, open("sg-w"))
	w.Hosts = append(w.Hosts, host("www", "subnet-w", "203.0.113.10", "sg-w"))
	w.NATGateways = []topology.NATGateway{{
		Name: "nat", VPC: "vpc", Internet: "internet",
		Address: netip.MustParseAddr("203.0.113.2"), Sources: whole("192.168.1.0/24"),
	}}
	return edited(w, onPremises("vpc", "10.9.0.0"),
		route("rtb", topology.Route{Destination: prefix("10.9.0.0/16"), VPN: "vpn"}),
		route("rtb-k", topology.Route{Destination: prefix("10.9.0.0/16"), VPN: "vpn"}),
		route("rtb-idc", topology.Route{Destination: prefix("192.168.0.0/16"), VPN: "vpn"}),
		route("rtb-idc", topology.Route{Destination: prefix("172.16.0.0/16"), VPN: "vpn"}),
		route("rtb", topology.Route{Destination: prefix("0.0.0.0/0"), NAT: "nat"}),
		route("rtb-k", topology.Route{Destination: prefix("0.0.0.0/0"), NAT: "nat"}))
}

// tunnelMTU is what the VPN carries, in bytes.
const tunnelMTU = 1400

// narrowed gives the VPN its MTU and clamps the segments to a size, unless zero.
func narrowed(mss int) edit {
	return func(w *topology.World) { w.VPNs[0].MTU, w.VPNs[0].MSS = tunnelMTU, mss }
}

// ofVPNs are the rules of VPNs.
func ofVPNs() []Case {
	const (
		routes   = "cce_bestpractice, Planning CIDR Blocks: VPC-IDC"
		segments = "VPN user guide, Notes and Constraints: MSS"
		plenty   = 20000
	)
	row := func(m topology.Mode, name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " vpn: " + name, Source: source, World: edited(Hybrid(m), edits...), Flow: f, Want: want}
	}
	lost := func(hop string) verdict.Verdict { return verdict.Stalled(hop, verdict.VPNTooBig("vpn")) }
	out := route("rtb-idc", topology.Route{Destination: prefix("203.0.113.0/24"), VPN: "vpn"})
	const routed, tunnel = topology.Routed, topology.Tunnel
	bulk := topology.Bulk("node-1", "idc-1", WebPort, plenty)
	return []Case{
		row(routed, "it carries pods", routes, web("pod-a", "idc-1"), verdict.ReachedAs("pod-a")),
		row(tunnel, "it carries their nodes", routes, web("pod-a", "idc-1"), verdict.ReachedAs("node-1")),
		row(routed, "it leads to pods", routes, topology.Ping("idc-1", "pod-a"), verdict.ReachedAs("idc-1")),
		row(tunnel, "it does not lead to pods", routes, topology.Ping("idc-1", "pod-a"), verdict.Dropped("vpc", verdict.Blackhole("rtb")), withdraw("0.0.0.0/0", "rtb")),
		row(routed, "without the containers' route replies are lost", routes, web("pod-a", "idc-1"),
			verdict.ReplyLost("idc-1", "idc", verdict.Blackhole("rtb-idc")), withdraw("172.16.0.0/16", "rtb-idc")),
		row(tunnel, "which the nodes do not need", routes, web("pod-a", "idc-1"),
			verdict.ReachedAs("node-1"), withdraw("172.16.0.0/16", "rtb-idc")),
		row(routed, "it is not transitive", notTransitive, web("idc-1", "www"),
			verdict.Dropped("vpc", verdict.NotTransitive("vpn")), out),
		row(routed, "a narrow one loses large packets", segments, bulk, lost("vpc"), narrowed(0)),
		row(tunnel, "a pod's too", segments, topology.Bulk("pod-a", "idc-1", WebPort, plenty), lost("vpc"), narrowed(0)),
		row(routed, "at the other end for the other way", segments, topology.Bulk("idc-1", "node-1", WebPort, plenty), lost("idc"), narrowed(0)),
		row(routed, "small packets pass", segments, web("node-1", "idc-1"), verdict.ReachedAs("node-1"), narrowed(0)),
		row(routed, "a clamp lets large payloads pass", segments, bulk, verdict.ReachedAs("node-1"), narrowed(tunnelMTU-40)),
		row(routed, "a clamp that is too large does not", segments, bulk, lost("vpc"), narrowed(tunnelMTU)),
		row(routed, "a wide one carries everything", segments, bulk, verdict.ReachedAs("node-1")),
	}
}

// ofNATGateways are the rules of NAT gateways.
func ofNATGateways() []Case {
	const source = "cce_10_0400: SNAT rules select the node subnet"
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " nat: " + name, Source: source, World: edited(Hybrid(m), edits...), Flow: f, Want: want}
	}
	selecting := func(cidr string) edit {
		return func(w *topology.World) { w.NATGateways[0].Sources = whole(cidr) }
	}
	none := verdict.Dropped("vpc", verdict.NoSNATRule("nat"))
	gateway := verdict.ReachedAs("nat")
	var all []Case
	for _, m := range topology.Modes() {
		all = append(all,
			row(m, "a node gets out as the gateway", web("node-1", "www"), gateway),
			row(m, "a pod gets out as its node, and so as the gateway", web("pod-a", "www"), gateway),
			row(m, "its ping too", topology.Ping("pod-b", "www"), gateway),
			row(m, "a host of a subnet that is not selected does not", web("ecs-k", "www"), none),
			row(m, "a rule for the containers selects no pod", web("pod-a", "www"), none, selecting("172.16.0.0/16")),
			row(m, "the sender's group is asked first", web("ecs-k", "www"),
				verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Egress)), only("sg-k", topology.Egress)),
			row(m, "the server admits the gateway", web("node-1", "www"), gateway, only("sg-w", topology.Ingress, from("nat", "203.0.113.2/32"))),
			row(m, "and not the node", web("node-1", "www"),
				verdict.Dropped("internet", verdict.DefaultDeny("www", topology.Ingress)), only("sg-w", topology.Ingress, from("node", "192.168.1.0/24"))),
			row(m, "nothing comes in", topology.Ping("www", "node-1"), verdict.Dropped("internet", verdict.Blackhole("rtb-w"))),
		)
	}
	return append(all,
		row(topology.Routed, "a pod that is not masqueraded gets out where it is selected", web("pod-a", "www"),
			gateway, kept("203.0.113.0/24"), selecting("172.16.0.0/16")),
		row(topology.Routed, "and not where its node is", web("pod-a", "www"), none, kept("203.0.113.0/24")),
		row(topology.Routed, "a backend out there sees the gateway, not the load balancer", topology.OverTCP("ecs-k", "lb", balancerPort),
			gateway, balancer(topology.ICMP, "www"), selecting("192.168.2.0/24")),
		row(topology.Routed, "its refusal comes back", topology.OverTCP("ecs-k", "lb", balancerPort),
			verdict.Refused(), balancer(topology.ICMP, "www"), selecting("192.168.2.0/24"), deaf("www")))
}
