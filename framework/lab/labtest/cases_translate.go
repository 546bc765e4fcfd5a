package labtest

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

const (
	endpointServers = "VPCEP user guide and FAQ: servers see 198.19.128.0/17, overlapping CIDR blocks, one way"
	transitAddress  = "NAT user guide, Application Scenarios: private NAT gateways, transit addresses"
)

// translator puts a translator into vpc-a, in a group of its own, with ecs-b as its target.
func translator(kind topology.TranslatorKind, source string) edit {
	return func(w *topology.World) {
		w.SecurityGroups = append(w.SecurityGroups, open("sg-t"))
		w.Translators = append(w.Translators, topology.Translator{
			Name: "endpoint", Kind: kind, Target: "ecs-b", Source: netip.MustParseAddr(source),
			NIC: topology.NIC{Subnet: "subnet-a", Address: netip.MustParseAddr("10.1.0.100"), SecurityGroups: []string{"sg-t"}},
		})
	}
}

// inGroupOf gives a host a group of its own.
func inGroupOf(name string, rules ...topology.SecurityGroupRule) []edit {
	return []edit{groups(topology.SecurityGroup{Name: "sg-own", Rules: rules}), in(name, "sg-own")}
}

// ofTranslators are VPC endpoints and private NAT, between VPCs with the same
// addresses.
func ofTranslators() []Case {
	const source = "198.19.128.7"
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		world := edited(Twins(), append([]edit{translator(topology.VPCEndpoint, source)}, edits...)...)
		return Case{Name: "translator: " + name, Source: endpointServers, World: world, Flow: f, Want: want}
	}
	flow, seen := web("ecs-a2", "endpoint"), verdict.ReachedAs("endpoint")
	shut := verdict.Dropped("vpc-b", verdict.DefaultDeny("ecs-b", topology.Ingress))
	transit := edited(Twins(), translator(topology.PrivateNAT, "10.200.0.7"))
	return []Case{
		row("its server sees it, not the client", flow, seen),
		row("so do datagrams", topology.OverUDP("ecs-a2", "endpoint", NamePort), seen),
		row("and pings", topology.Ping("ecs-a2", "endpoint"), seen),
		row("a client with the server's own address as well", web("ecs-a", "endpoint"), seen),
		row("a closed port refuses", topology.OverTCP("ecs-a2", "endpoint", IdlePort), verdict.Refused()),
		row("its own group is asked about the client", flow,
			verdict.Dropped("vpc-a", verdict.DefaultDeny("endpoint", topology.Ingress)), only("sg-t", topology.Ingress)),
		row("the server's group is asked about its address", flow, seen, inGroupOf("ecs-b", from("in", "198.19.128.0/17"))...),
		row("and not about the client's", flow, shut, inGroupOf("ecs-b", from("in", "10.1.0.0/16"))...),
		row("the server's network ACL is asked about its address", flow,
			verdict.Dropped("vpc-b", verdict.ACLDefaultDeny("acl", "subnet-b", topology.Ingress)), acl("subnet-b", from("in", "10.1.0.0/16"))),
		row("the server's whitelist is asked about its address", flow,
			verdict.Dropped("vpc-b", verdict.Whitelist("ecs-b")), whitelisted("ecs-b", "10.1.0.0/16")),
		row("the server cannot open anything to the client", web("ecs-b", "ecs-a2"), verdict.Dropped("vpc-b", verdict.NoSuchAddress("vpc-b"))),
		{Name: "translator: a private NAT shows its transit address", Source: transitAddress, World: transit, Flow: flow, Want: seen},
		{Name: "translator: a private NAT's ping too", Source: transitAddress, World: transit, Flow: topology.Ping("ecs-a2", "endpoint"), Want: seen},
	}
}

// balancerPort is what the load balancer listens on.
const balancerPort uint16 = 8443

// balancer puts a load balancer into subnet-k, in a group of its own, before the
// backends' web port.
func balancer(check topology.Protocol, backends ...string) edit {
	return func(w *topology.World) {
		w.SecurityGroups = append(w.SecurityGroups, open("sg-lb"))
		w.LoadBalancers = append(w.LoadBalancers, topology.LoadBalancer{
			Name: "lb", Listener: topology.Listener{Protocol: topology.TCP, Port: balancerPort}, HealthCheck: check,
			NIC: topology.NIC{Subnet: "subnet-k", Address: netip.MustParseAddr("192.168.2.60"), SecurityGroups: []string{"sg-lb"}},
		})
		b := &w.LoadBalancers[len(w.LoadBalancers)-1]
		for _, name := range backends {
			b.Backends = append(b.Backends, topology.Backend{Machine: name, Port: WebPort})
		}
	}
}

// ofBalancers are load balancers and their health checks.
func ofBalancers() []Case {
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " balancer: " + name, Source: "cce_10_0084: ICMP rule for the health check", World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
	flow, seen := topology.OverTCP("ecs-n", "lb", balancerPort), verdict.ReachedAs("lb")
	webOnly := func(group string) edit {
		return only(group, topology.Ingress, speaking(from("web", "0.0.0.0/0"), topology.TCP, WebPort))
	}
	unhealthy := verdict.Dropped("lb", verdict.NoHealthyBackend("lb"))
	ping, tcp := balancer(topology.ICMP, "node-1", "node-2"), balancer(topology.TCP, "node-1", "node-2")
	return []Case{
		row(topology.Routed, "a backend sees it, not the client", flow, seen, ping),
		row(topology.Tunnel, "a pod's flow as well", topology.OverTCP("pod-a", "lb", balancerPort), seen, ping),
		row(topology.Routed, "a pod's flow as well", topology.OverTCP("pod-b", "lb", balancerPort), seen, tcp),
		row(topology.Routed, "its own group is asked about the client", flow,
			verdict.Dropped("vpc", verdict.DefaultDeny("lb", topology.Ingress)), ping, only("sg-lb", topology.Ingress)),
		row(topology.Routed, "without a rule for pings no backend is healthy", flow, unhealthy, ping, webOnly("sg-node-1"), webOnly("sg-node-2")),
		row(topology.Routed, "one healthy backend is enough", flow, seen, ping, webOnly("sg-node-1")),
		row(topology.Routed, "a check of the port needs no rule for pings", flow, seen, tcp, webOnly("sg-node-1"), webOnly("sg-node-2")),
		row(topology.Routed, "a check of a port that is closed fails", flow, unhealthy, tcp, quiet("node-1"), quiet("node-2")),
		row(topology.Routed, "a check that is answered says nothing of the port", flow, verdict.Refused(), ping, quiet("node-1")),
	}
}

// quiet closes a node's ports.
func quiet(node string) edit { return onNode(node, func(n *topology.Node) { n.Listeners = nil }) }
