package labtest

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Strays is the chain of VPCs whose middle one sends replies for vpc-a to vpc-c, where a
// host has the address of ecs-a. Nothing leads to vpc-d, whose host has that of ecs-b.
//
//	vpc-a 10.1.0.0/16 ── peering-ab ── vpc-b 10.2.0.0/16 ── peering-bc ── vpc-c 10.3.0.0/16, 10.1.0.0/16
//	  ecs-a 10.1.0.10                    ecs-b  10.2.0.10                   ecs-twin 10.1.0.10
//	                                     ecs-b2 10.2.1.10     vpc-d 10.2.0.0/16: ecs-d 10.2.0.10
func Strays() topology.World {
	w := edited(Chain(), withdraw("10.1.0.0/16", "rtb-b"), over("10.1.0.0/16", "rtb-b", "peering-bc"))
	w.Name = "strays"
	c := &w.VPCs[2]
	c.CIDRs = append(c.CIDRs, prefix("10.1.0.0/16"))
	c.Subnets = append(c.Subnets, topology.Subnet{Name: "subnet-twin", CIDR: prefix("10.1.0.0/24")})
	w.VPCs = append(w.VPCs, vpc("d", "10.2.0.0"))
	w.Hosts = append(w.Hosts, host("ecs-twin", "subnet-twin", "10.1.0.10", "sg"), host("ecs-d", "subnet-d", "10.2.0.10", "sg"))
	return w
}

// ofStrays are replies that go to somebody else who has the client's address, or who
// claims to.
func ofStrays() []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "stray: " + name, Source: overlapping, World: edited(Strays(), edits...), Flow: f, Want: want}
	}
	asks := func(server string) topology.Flow { return topology.OverUDP("ecs-a", server, NamePort) }
	unknown := verdict.InvalidState("vpc-c")
	shut := onHost("ecs-twin", func(h *topology.Host) {
		h.Firewall = append(h.Firewall, blocking(topology.InputChain, "10.2.0.0/16"))
	})
	byNode := func(rule string) verdict.Verdict { return verdict.ReplyLost("ecs-b", "node-1", rule) }
	return []Case{
		row("a datagram goes to the twin", asks("ecs-b"), verdict.ReplyLost("ecs-b", "ecs-twin", "")),
		row("so does that of who answers instead", asks("ecs-d"), verdict.ReplyLost("ecs-b", "ecs-twin", "")),
		row("so does a load balancer's", asks("lb"), verdict.ReplyLost("lb", "ecs-twin", ""), inFrontOf("ecs-b2")),
		row("and that of the namesake of its backend", asks("lb"), verdict.ReplyLost("ecs-b", "ecs-twin", ""), inFrontOf("ecs-d")),
		row("the twin's firewall takes it for new", asks("ecs-b"), verdict.ReplyLost("ecs-b", "ecs-twin", verdict.HostFirewall("ecs-twin", "no")), shut),
		row("a refusal belongs to nothing there", topology.OverUDP("ecs-a", "ecs-b", IdlePort), verdict.ReplyLost("ecs-b", "vpc-c", unknown)),
		row("nor does a stream", web("ecs-a", "ecs-d"), verdict.ReplyLost("ecs-b", "vpc-c", unknown)),
		row("nor a ping", topology.Ping("ecs-a", "ecs-b"), verdict.ReplyLost("ecs-b", "vpc-c", unknown)),
		row("a node has no such pod", asks("ecs-b"), byNode(verdict.NoSuchContainer("node-1")), claiming("10.1.0.0/25")),
		row("a node that tracks no more flows takes it for new", asks("ecs-b"), byNode(verdict.ConntrackFull("node-1")),
			claiming("10.1.0.0/25"), onNode("node-1", func(n *topology.Node) { n.ConntrackFull = true })),
		row("as does its firewall", asks("ecs-b"), byNode(verdict.HostFirewall("node-1", "no")),
			claiming("10.1.0.0/25"), guarding("node-1", blocking(topology.ForwardChain, "10.2.0.0/16"))),
	}
}

// inFrontOf puts a load balancer into vpc-b that forwards names to a host.
func inFrontOf(backend string) edit {
	return func(w *topology.World) {
		w.LoadBalancers = append(w.LoadBalancers, topology.LoadBalancer{
			Name: "lb", Listener: topology.Listener{Protocol: topology.UDP, Port: NamePort}, HealthCheck: topology.ICMP,
			NIC:      topology.NIC{Subnet: "subnet-b", Address: netip.MustParseAddr("10.2.0.60"), SecurityGroups: []string{"sg"}},
			Backends: []topology.Backend{{Machine: backend, Port: NamePort}},
		})
	}
}

// claiming puts a node whose pods have addresses of vpc-a into vpc-c, in the stead of the
// twin, and leads them to it.
func claiming(block string) edit {
	return func(w *topology.World) {
		c := &w.VPCs[2]
		c.CIDRs, c.Subnets = c.CIDRs[:1], c.Subnets[:1]
		w.Hosts = w.Hosts[:len(w.Hosts)-2]
		via(block, "rtb-c", "node-1")(w)
		n := node("node-1", "10.3.0.11", block, "sg", topology.Routed)
		n.NIC.Subnet = "subnet-c"
		w.Clusters = append(w.Clusters, topology.Cluster{
			Name: "c", Mode: topology.Routed, Nodes: []topology.Node{n},
			ContainerCIDRs: []netip.Prefix{prefix(block)}, ServiceCIDR: prefix("10.247.0.0/16"),
		})
	}
}
