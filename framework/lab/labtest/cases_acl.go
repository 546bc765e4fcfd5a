package labtest

import (
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

const (
	aclOverview = "VPC user guide, Firewall Overview"
	aclStateful = "HVPC, Network ACL Overview: stateful"
)

// acl guards a subnet by a network ACL of the name "acl" with the rules.
func acl(subnet string, rules ...topology.SecurityGroupRule) edit {
	return func(w *topology.World) {
		w.NetworkACLs = append(w.NetworkACLs, topology.NetworkACL{Name: "acl", Rules: rules})
		for v := range w.VPCs {
			for s := range w.VPCs[v].Subnets {
				if w.VPCs[v].Subnets[s].Name == subnet {
					w.VPCs[v].Subnets[s].ACL = "acl"
				}
			}
		}
	}
}

// ofACLs are the rules of network ACLs at the border of a subnet.
func ofACLs() []Case {
	row := func(m topology.Mode, name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " acl: " + name, Source: source, World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
	const all, in1, out1 = "0.0.0.0/0", topology.Ingress, topology.Egress
	const routed, tunnel = topology.Routed, topology.Tunnel
	flow, ping := web("ecs-n", "ecs-k"), topology.Ping("ecs-n", "ecs-k")
	shut := verdict.Dropped("vpc", verdict.ACLDefaultDeny("acl", "subnet-k", in1))
	closed := verdict.Dropped("vpc", verdict.ACLDefaultDeny("acl", "subnet-n", out1))
	refusal := verdict.Dropped("vpc", verdict.ACLRule("acl", "subnet-k", in1, "no"))
	reached, nodes := verdict.ReachedAs("ecs-n"), from("nodes", "192.168.1.0/24")
	return []Case{
		row(routed, "without rules nothing comes in", aclOverview, flow, shut, acl("subnet-k")),
		row(routed, "no ping either", aclOverview, ping, shut, acl("subnet-k")),
		row(routed, "without rules nothing goes out", aclOverview, flow, closed, acl("subnet-n")),
		row(routed, "no datagram either", aclOverview, topology.OverUDP("ecs-n", "ecs-k", NamePort), closed, acl("subnet-n")),
		row(routed, "what stays in the subnet is not asked", aclOverview, web("ecs-n", "node-1"), reached, acl("subnet-n")),
		row(routed, "nor what goes to a pod behind a node of the subnet", aclOverview, web("ecs-n", "pod-a"), reached, acl("subnet-n")),
		row(routed, "nor what a pod behind a node of it sends", aclOverview, topology.Ping("pod-b", "ecs-n"), verdict.ReachedAs("pod-b"), acl("subnet-n")),
		row(routed, "a pod in another subnet is behind the border", aclOverview, web("ecs-k", "pod-a"),
			verdict.Dropped("vpc", verdict.ACLDefaultDeny("acl", "subnet-n", in1)), acl("subnet-n")),
		row(routed, "replies pass on their way out", aclStateful, flow, reached, acl("subnet-k", from("in", all))),
		row(routed, "replies pass on their way in", aclStateful, ping, reached, acl("subnet-n", towards("out", all))),
		row(routed, "a rule for others does not help", aclOverview, flow, shut, acl("subnet-k", from("in", "192.168.3.0/24"))),
		row(routed, "a rule for a port admits it", aclOverview, flow, reached, acl("subnet-k", speaking(from("in", all), topology.TCP, WebPort))),
		row(routed, "and no other", aclOverview, topology.OverTCP("ecs-n", "ecs-k", IdlePort), shut, acl("subnet-k", speaking(from("in", all), topology.TCP, WebPort))),
		row(routed, "deny comes first at equal priority", aclOverview, flow, refusal, acl("subnet-k", at(from("yes", all), 3), deny(from("no", all), 3))),
		row(routed, "the smaller number comes first", aclOverview, flow, reached, acl("subnet-k", deny(from("no", all), 3), at(from("yes", all), 2))),
		row(routed, "egress denies by name", aclOverview, flow, verdict.Dropped("vpc", verdict.ACLRule("acl", "subnet-n", out1, "no")),
			acl("subnet-n", deny(towards("no", "192.168.2.50/32"), 1), at(towards("yes", all), 2))),
		row(routed, "the sender's group is asked before its ACL", aclOverview, flow,
			verdict.Dropped("vpc", verdict.DefaultDeny("ecs-n", out1)), acl("subnet-n"), only("sg-n", out1)),
		row(routed, "the receiver's ACL is asked before its group", aclOverview, flow, shut, acl("subnet-k"), only("sg-k", in1)),
		row(routed, "one that admits the nodes does not admit their pods", aclOverview, web("pod-a", "ecs-k"), shut, acl("subnet-k", nodes)),
		row(tunnel, "one that admits the nodes admits their pods", aclOverview, web("pod-a", "ecs-k"), verdict.ReachedAs("node-1"), acl("subnet-k", nodes)),
		row(tunnel, "the overlay inside one subnet is not asked", aclOverview, web("pod-a", "pod-b"), verdict.ReachedAs("pod-a"), acl("subnet-n")),
		{
			Name: "acl: what comes over a peering crosses the border", Source: aclOverview, World: edited(Chain(), acl("subnet-b")),
			Flow: web("ecs-a", "ecs-b"), Want: verdict.Dropped("vpc-b", verdict.ACLDefaultDeny("acl", "subnet-b", in1)),
		},
	}
}

// whitelisted restricts a host's service to blocks.
func whitelisted(host string, cidrs ...string) edit {
	return onHost(host, func(h *topology.Host) {
		list := topology.AllowList(whole(cidrs...)...)
		h.Whitelist = &list
	})
}

// ofWhitelists are the access control of managed services.
func ofWhitelists() []Case {
	const source = "DCS, Managing IP Address Whitelist; cce_10_0399: access control of cloud services"
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " whitelist: " + name, Source: source, World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
	refused := verdict.Dropped("vpc", verdict.Whitelist("ecs-k"))
	nodes, pods := whitelisted("ecs-k", "192.168.1.0/24"), whitelisted("ecs-k", "172.16.0.0/16")
	off := onHost("ecs-k", func(h *topology.Host) {
		h.Whitelist = &topology.Whitelist{Groups: []topology.WhitelistGroup{{Name: "default", Entries: whole("10.0.0.0/8")}}}
	})
	return []Case{
		row(topology.Routed, "the nodes' block does not admit their pods", web("pod-a", "ecs-k"), refused, nodes),
		row(topology.Tunnel, "the nodes' block admits their pods", web("pod-a", "ecs-k"), verdict.ReachedAs("node-1"), nodes),
		row(topology.Routed, "the containers' block admits pods", web("pod-a", "ecs-k"), verdict.ReachedAs("pod-a"), pods),
		row(topology.Tunnel, "the containers' block admits no pod", web("pod-a", "ecs-k"), refused, pods),
		row(topology.Routed, "pings are not admitted either", topology.Ping("pod-a", "ecs-k"), refused, nodes),
		row(topology.Routed, "one that is not enabled admits everybody", web("pod-a", "ecs-k"), verdict.ReachedAs("pod-a"), off),
		row(topology.Routed, "the group is asked first", web("pod-a", "ecs-k"),
			verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress)), nodes, only("sg-k", topology.Ingress)),
		row(topology.Routed, "what the service opens itself is answered", web("ecs-k", "ecs-n"), verdict.ReachedAs("ecs-k"), nodes),
	}
}
