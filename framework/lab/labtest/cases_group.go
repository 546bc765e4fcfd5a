package labtest

import (
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ofGroups are the rules of security groups, between two hosts.
func ofGroups() []Case {
	w := func(edits ...edit) topology.World { return edited(Cluster(topology.Routed), edits...) }
	row := func(name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "groups: " + name, Source: source, World: w(edits...), Flow: f, Want: want}
	}
	refusal := func(d topology.Direction) verdict.Verdict {
		machine := map[topology.Direction]string{topology.Ingress: "ecs-k", topology.Egress: "ecs-n"}[d]
		group := map[topology.Direction]string{topology.Ingress: "sg-k", topology.Egress: "sg-n"}[d]
		return verdict.Dropped("vpc", verdict.GroupRule(machine, d, group, "no"))
	}
	const all, in1, out1 = "0.0.0.0/0", topology.Ingress, topology.Egress
	flow, ping, name := web("ecs-n", "ecs-k"), topology.Ping("ecs-n", "ecs-k"), topology.OverUDP("ecs-n", "ecs-k", NamePort)
	denied, leaving := verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", in1)), verdict.Dropped("vpc", verdict.DefaultDeny("ecs-n", out1))
	reached := verdict.ReachedAs("ecs-n")
	refuse := topology.SecurityGroup{Name: "sg-refuse", Rules: []topology.SecurityGroupRule{deny(from("no", all), 1)}}
	return []Case{
		row("what no rule admits does not arrive", groupRules, flow, denied, only("sg-k", in1)),
		row("what no rule lets out does not leave", groupRules, flow, leaving, only("sg-n", out1)),
		row("egress is asked before ingress", groupRules, ping, leaving, only("sg-n", out1), only("sg-k", in1)),
		row("replies pass without an ingress rule at the client", groupRules, flow, reached, only("sg-n", in1)),
		row("replies pass without an egress rule at the server", groupRules, ping, reached, only("sg-k", out1)),
		row("replies of datagrams pass too", groupRules, name, reached, only("sg-n", in1), only("sg-k", out1)),
		row("a refusal passes as a reply", groupRules, topology.OverUDP("ecs-n", "ecs-k", IdlePort), verdict.Refused(), only("sg-n", in1), only("sg-k", out1)),
		row("deny comes first at equal priority", groupForm, flow, refusal(in1), only("sg-k", in1, at(from("yes", all), 5), deny(from("no", all), 5))),
		row("the smaller number comes first", groupForm, flow, reached, only("sg-k", in1, deny(from("no", all), 6), at(from("yes", all), 5))),
		row("a smaller number denies", groupForm, flow, refusal(in1), only("sg-k", in1, at(from("yes", all), 5), deny(from("no", all), 4))),
		row("priority 1 is what a rule has by itself", groupForm, flow, refusal(in1), only("sg-k", in1, from("yes", all), deny(from("no", all), 1))),
		row("a narrower block does not come first", groupForm, flow, reached, only("sg-k", in1, at(from("yes", "192.168.0.0/16"), 1), deny(from("no", "192.168.1.50/32"), 2))),
		row("a deny for others does not matter", groupForm, flow, reached, only("sg-k", in1, deny(from("no", "192.168.1.51/32"), 1), at(from("yes", all), 2))),
		row("egress denies by name", groupForm, flow, refusal(out1), only("sg-n", out1, deny(towards("no", "192.168.2.0/24"), 1), at(towards("yes", all), 1))),
		row("egress admits by block", groupRules, flow, reached, only("sg-n", out1, towards("yes", "192.168.2.0/24"))),
		row("egress to elsewhere does not help", groupRules, flow, leaving, only("sg-n", out1, towards("yes", "192.168.3.0/24"))),
		row("the first group of the NIC is asked first", groupOrder, flow, reached, groups(refuse), in("ecs-k", "sg-k", "sg-refuse")),
		row("whatever the priorities", groupOrder, flow,
			verdict.Dropped("vpc", verdict.GroupRule("ecs-k", in1, "sg-refuse", "no")), groups(refuse), in("ecs-k", "sg-refuse", "sg-k")),
		row("a second group admits what the first is silent about", groupOrder, flow, reached, groups(topology.SecurityGroup{Name: "sg-shut"}), in("ecs-k", "sg-shut", "sg-k")),
		row("a group admits its members", groupRules, flow, reached, only("sg-k", in1, ofGroup(from("members", all), "sg-n"))),
		row("and nobody else", groupRules, web("node-1", "ecs-k"), denied, only("sg-k", in1, ofGroup(from("members", all), "sg-n"))),
		row("a group of nodes covers the nodes", groupMembers, web("node-1", "ecs-k"), verdict.ReachedAs("node-1"), only("sg-k", in1, ofGroup(from("members", all), "sg-node-1"))),
		row("and never the pods behind them", groupMembers, web("pod-a", "ecs-k"), denied, only("sg-k", in1, ofGroup(from("members", all), "sg-node-1"))),
		row("an egress rule to a group covers its members", groupRules, flow, reached, only("sg-n", out1, ofGroup(towards("members", all), "sg-k"))),
		row("and not the pods behind them", groupMembers, web("ecs-n", "pod-a"), leaving, only("sg-n", out1, ofGroup(towards("members", all), "sg-node-1"))),
		row("a group without members admits nobody", groupRules, flow, denied, groups(open("sg-empty")), only("sg-k", in1, ofGroup(from("members", all), "sg-empty"))),
		row("a port admits that port", groupRules, flow, reached, only("sg-k", in1, speaking(from("web", all), topology.TCP, WebPort))),
		row("and no other", groupRules, topology.OverTCP("ecs-n", "ecs-k", IdlePort), denied, only("sg-k", in1, speaking(from("web", all), topology.TCP, WebPort))),
		row("nor the same one of another protocol", groupRules, topology.OverUDP("ecs-n", "ecs-k", WebPort), denied, only("sg-k", in1, speaking(from("web", all), topology.TCP, WebPort))),
		row("a protocol without a port admits them all", groupRules, topology.OverTCP("ecs-n", "ecs-k", IdlePort), verdict.Refused(), only("sg-k", in1, speaking(from("tcp", all), topology.TCP, 0))),
		row("a range admits its ends", groupRules, flow, reached, only("sg-k", in1, ranged(from("range", all), 70, WebPort))),
		row("and not what is beyond", groupRules, flow, denied, only("sg-k", in1, ranged(from("range", all), WebPort+1, 90))),
		row("ping needs a rule of its own", pingRule, ping, denied, only("sg-k", in1, speaking(from("tcp", all), topology.TCP, 0), speaking(from("udp", all), topology.UDP, 0))),
		row("ICMP admits ping", pingRule, ping, reached, only("sg-k", in1, speaking(from("ping", all), topology.ICMP, 0))),
		row("and nothing else", pingRule, flow, denied, only("sg-k", in1, speaking(from("ping", all), topology.ICMP, 0))),
		row("a datagram's rule admits datagrams", groupRules, name, reached, only("sg-k", in1, speaking(from("names", all), topology.UDP, NamePort))),
	}
}

func ranged(r topology.SecurityGroupRule, first, last uint16) topology.SecurityGroupRule {
	r.Protocol, r.Ports = topology.TCP, topology.PortRange{From: first, To: last}
	return r
}
