package labtest

import (
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

const (
	highRisk = "cce, High-Risk Operations"
	detector = "cce, node problem detector: ConntrackFull"
)

// blocking is a firewall rule of the name "no" for new flows from a block.
func blocking(chain topology.FirewallChain, cidr string) topology.FirewallRule {
	return topology.FirewallRule{Name: "no", Chain: chain, CIDR: prefix(cidr)}
}

func guarding(node string, r topology.FirewallRule) edit {
	return onNode(node, func(n *topology.Node) { n.Firewall = append(n.Firewall, r) })
}

func guardingHost(r topology.FirewallRule) edit {
	return onHost("ecs-n", func(h *topology.Host) { h.Firewall = append(h.Firewall, r) })
}

// ofFirewalls are firewalls of the operating systems.
func ofFirewalls() []Case {
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " firewall: " + name, Source: highRisk + ": enabling the host's firewall", World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
	const routed, tunnel = topology.Routed, topology.Tunnel
	const byRule = "no"
	byNode1 := verdict.Dropped("node-1", verdict.HostFirewall("node-1", byRule))
	byHost := verdict.Dropped("ecs-n", verdict.HostFirewall("ecs-n", byRule))
	input, forward := topology.InputChain, topology.ForwardChain
	fromPods, fromAll := blocking(forward, "172.16.0.0/16"), blocking(forward, "0.0.0.0/0")
	onPort := blocking(input, "0.0.0.0/0")
	onPort.Protocol, onPort.Ports = topology.TCP, topology.Port(WebPort)
	pods := guardingHost(blocking(input, "172.16.0.0/16"))
	all := inBoth(func(m topology.Mode) []Case {
		return []Case{
			row(m, "a node keeps its pods in", web("pod-a", "ecs-n"), byNode1, guarding("node-1", fromPods)),
			row(m, "their pings too", topology.Ping("pod-a", "ecs-n"), byNode1, guarding("node-1", fromPods)),
			row(m, "and from one another", web("pod-a", "pod-a2"), byNode1, guarding("node-1", fromPods)),
			row(m, "and from other nodes' pods", web("pod-a", "pod-b"), byNode1, guarding("node-1", fromPods)),
			row(m, "and others out", web("pod-b", "pod-a"), byNode1, guarding("node-1", fromPods)),
			row(m, "not its own flows", web("node-1", "ecs-n"), verdict.ReachedAs("node-1"), guarding("node-1", fromAll)),
			row(m, "nor those to its pods", web("node-1", "pod-a"), verdict.ReachedAs("node-1"), guarding("node-1", fromAll)),
			row(m, "nor those to itself", web("ecs-n", "node-1"), verdict.ReachedAs("ecs-n"), guarding("node-1", fromAll)),
			row(m, "a node keeps others out", web("ecs-n", "node-1"), byNode1, guarding("node-1", blocking(input, "192.168.1.50/32"))),
			row(m, "its pods are not asked", web("pod-a", "ecs-n"), verdict.ReachedAs(map[topology.Mode]string{tunnel: "node-1", routed: "pod-a"}[m]), guarding("node-1", blocking(input, "192.168.1.50/32"))),
			row(m, "replies pass", web("node-1", "ecs-n"), verdict.ReachedAs("node-1"), guarding("node-1", blocking(input, "192.168.1.50/32"))),
		}
	})
	return append(all,
		row(routed, "a host keeps pods out", web("pod-a", "ecs-n"), byHost, pods),
		row(tunnel, "that it does not see", web("pod-a", "ecs-n"), verdict.ReachedAs("node-1"), pods),
		row(routed, "one port may be shut", web("ecs-k", "ecs-n"), byHost, guardingHost(onPort)),
		row(routed, "and no other", topology.Ping("ecs-k", "ecs-n"), verdict.ReachedAs("ecs-k"), guardingHost(onPort)),
		row(routed, "the cloud's rules are asked first", web("ecs-k", "ecs-n"),
			verdict.Dropped("vpc", verdict.DefaultDeny("ecs-n", topology.Ingress)), guardingHost(onPort), only("sg-n", topology.Ingress)),
		row(tunnel, "the overlay's packets are for the node itself", web("pod-a", "pod-b"), verdict.Dropped("node-2", verdict.HostFirewall("node-2", byRule)), guarding("node-2", blocking(input, "192.168.1.11/32"))))
}

// ofForwarding is a node that forwards nothing.
func ofForwarding() []Case {
	off := onNode("node-1", func(n *topology.Node) { n.ForwardingOff = true })
	end := verdict.Dropped("node-1", verdict.ForwardingOff("node-1"))
	return append(inBoth(func(m topology.Mode) []Case {
		row := func(name string, f topology.Flow, want verdict.Verdict) Case {
			return Case{Name: string(m) + " ip_forward: " + name, Source: highRisk + ": net.ipv4.ip_forward=0", World: edited(Cluster(m), off), Flow: f, Want: want}
		}
		return []Case{
			row("pods do not get out", web("pod-a", "ecs-n"), end),
			row("nor do their pings", topology.Ping("pod-a", "ecs-k"), end),
			row("nor to each other", web("pod-a", "pod-a2"), end),
			row("nor to other nodes'", web("pod-a", "pod-b"), end),
			row("nobody gets to them", web("pod-b", "pod-a"), end),
			row("but their node", web("node-1", "pod-a"), verdict.ReachedAs("node-1")),
			row("which they reach", web("pod-a", "node-1"), verdict.ReachedAs("pod-a")),
			row("which is well itself", web("node-1", "ecs-n"), verdict.ReachedAs("node-1")),
			row("as are pods on its network", web("host-pod", "ecs-n"), verdict.ReachedAs("node-1")),
		}
	}), Case{
		Name: "routed ip_forward: no peer gets to them", Source: highRisk + ": net.ipv4.ip_forward=0",
		World: edited(Cluster(topology.Routed), off), Flow: web("ecs-n", "pod-a"), Want: end,
	})
}

// ofTracking is a node whose connection tracking table is full.
func ofTracking() []Case {
	full := onNode("node-1", func(n *topology.Node) { n.ConntrackFull = true })
	end := verdict.Dropped("node-1", verdict.ConntrackFull("node-1"))
	return inBoth(func(m topology.Mode) []Case {
		row := func(name string, f topology.Flow, want verdict.Verdict) Case {
			return Case{Name: string(m) + " tracking: " + name, Source: detector, World: edited(Cluster(m), full), Flow: f, Want: want}
		}
		return []Case{
			row("pods' new flows do not get out", web("pod-a", "ecs-n"), end),
			row("nor do their pings", topology.Ping("pod-a", "ecs-n"), end),
			row("nor do others' get in", web("pod-b", "pod-a"), end),
			row("other nodes are well", web("pod-b", "ecs-n"), verdict.ReachedAs(map[topology.Mode]string{topology.Tunnel: "node-2", topology.Routed: "pod-b"}[m])),
		}
	})
}

// ofPolicies are network policies, which only tunnel mode enforces.
func ofPolicies() []Case {
	policy := func(name string, blocks ...topology.IPBlock) edit {
		return func(w *topology.World) {
			c := &w.Clusters[0]
			c.NetworkPolicies = append(c.NetworkPolicies, topology.NetworkPolicy{Name: name, Pods: []string{"pod-a"}, Egress: blocks})
		}
	}
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " policy: " + name, Source: "cce_10_0059", World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
	denied := verdict.Dropped("node-1", verdict.NetworkPolicy("node-1", "np"))
	block := topology.IPBlock{CIDR: prefix("192.168.0.0/16"), Except: whole("192.168.1.50/32")}
	np, more := policy("np", block), policy("more", topology.IPBlock{CIDR: prefix("192.168.1.50/32")})
	const tunnel, routed = topology.Tunnel, topology.Routed
	return []Case{
		row(tunnel, "an exception is denied", web("pod-a", "ecs-n"), denied, np),
		row(tunnel, "its ping too", topology.Ping("pod-a", "ecs-n"), denied, np),
		row(tunnel, "what is not listed is denied", web("pod-a", "pod-b"), denied, np),
		row(tunnel, "what is listed passes", web("pod-a", "ecs-k"), verdict.ReachedAs("node-1"), np),
		row(tunnel, "other pods are not asked", web("pod-a2", "ecs-n"), verdict.ReachedAs("node-1"), np),
		row(tunnel, "replies pass", web("pod-b", "pod-a"), verdict.ReachedAs("pod-b"), np),
		row(tunnel, "what another policy lists passes", web("pod-a", "ecs-n"), verdict.ReachedAs("node-1"), np, more),
		row(routed, "routed mode enforces none", web("pod-a", "ecs-n"), verdict.ReachedAs("pod-a"), np),
	}
}

// ofMasqueradedReplies are replies of pods to who would not see their addresses.
func ofMasqueradedReplies() []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "routed masqueraded reply: " + name, Source: masquerading + ", side effects", World: edited(Cluster(topology.Routed), edits...), Flow: f, Want: want}
	}
	hidden := kept("10.0.0.0/8", "172.16.0.0/12")
	lost := verdict.ReplyLost("pod-a", "node-1", verdict.MasqueradedReply("node-1"))
	return []Case{
		row("a host that is not listed gets none", web("ecs-n", "pod-a"), lost, hidden),
		row("no ping's either", topology.Ping("ecs-k", "pod-a"), lost, hidden),
		row("nor does another node", web("node-2", "pod-a"), lost, hidden),
		row("the pod's own node does", web("node-1", "pod-a"), verdict.ReachedAs("node-1"), hidden),
		row("other pods do", web("pod-b", "pod-a"), verdict.ReachedAs("pod-b"), hidden),
		row("one that is listed does", web("ecs-n", "pod-a"), verdict.ReachedAs("ecs-n"), kept("192.168.1.50/32")),
		row("the node before the pod's way out comes first", web("ecs-n", "pod-a"),
			verdict.Dropped("node-1", verdict.ForwardingOff("node-1")), hidden, onNode("node-1", func(n *topology.Node) { n.ForwardingOff = true })),
	}
}

// ofMoreBlocks are nodes with a second block.
func ofMoreBlocks() []Case {
	more := func(m topology.Mode) edit {
		return func(w *topology.World) {
			c := &w.Clusters[0]
			block := map[topology.Mode]string{topology.Routed: "172.17.0.0/25", topology.Tunnel: "172.16.1.0/28"}[m]
			address := map[topology.Mode]string{topology.Routed: "172.17.0.10", topology.Tunnel: "172.16.1.10"}[m]
			c.Nodes[0].MoreBlocks = whole(block)
			c.Pods = append(c.Pods, pod("pod-c", "node-1", address))
			if m == topology.Routed {
				c.ContainerCIDRs = append(c.ContainerCIDRs, prefix("172.17.0.0/16"))
				for i := range w.VPCs[0].RouteTables {
					t := &w.VPCs[0].RouteTables[i]
					t.Routes = append(t.Routes, topology.Route{Destination: prefix(block), Instance: "node-1", Managed: true})
				}
			}
		}
	}
	all := inBoth(func(m topology.Mode) []Case {
		row := func(name string, f topology.Flow, want verdict.Verdict) Case {
			return Case{Name: string(m) + " blocks: " + name, Source: "cce_10_0680; cce_10_0282: blocks on demand", World: edited(Cluster(m), more(m)), Flow: f, Want: want}
		}
		own := map[topology.Mode]string{topology.Tunnel: "node-1", topology.Routed: "pod-c"}[m]
		return []Case{
			row("a pod of the second block gets out", web("pod-c", "ecs-n"), verdict.ReachedAs(own)),
			row("and to its neighbours", web("pod-c", "pod-a"), verdict.ReachedAs("pod-c")),
			row("and to other nodes'", topology.Ping("pod-c", "pod-b"), verdict.ReachedAs("pod-c")),
			row("others get to it", web("pod-b", "pod-c"), verdict.ReachedAs("pod-b")),
			row("its node too", web("node-1", "pod-c"), verdict.ReachedAs("node-1")),
			row("other nodes too", topology.Ping("node-2", "pod-c"), verdict.ReachedAs("node-2")),
		}
	})
	return append(all, Case{
		Name: "routed blocks: a table without the second block's route loses replies", Source: "cce_10_0680",
		World: edited(Cluster(topology.Routed), more(topology.Routed), withdraw("172.17.0.0/25", "rtb-k")),
		Flow:  web("pod-c", "ecs-k"), Want: verdict.ReplyLost("ecs-k", "vpc", verdict.Blackhole("rtb-k")),
	})
}

// ofPathMTU are overlays whose pods send packets that do not fit, and nodes that
// do not say so.
func ofPathMTU() []Case {
	mtu := func(bytes int) edit { return func(w *topology.World) { w.Clusters[0].PodMTU = bytes } }
	silent := func(node string) edit { return onNode(node, func(n *topology.Node) { n.DropsFragNeeded = true }) }
	const full, fits, plenty = 1500, 1450, 20000
	row := func(m topology.Mode, name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: string(m) + " mtu: " + name, Source: "VXLAN over IPv4 takes 50 bytes; RFC 2923: path MTU black holes", World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
	bulk := topology.Bulk("pod-a", "pod-b", WebPort, plenty)
	stalled := func(node string) verdict.Verdict { return verdict.Stalled(node, verdict.FragNeeded(node)) }
	const tunnel, routed = topology.Tunnel, topology.Routed
	return []Case{
		row(tunnel, "what fits passes", bulk, verdict.ReachedAs("pod-a")),
		row(tunnel, "what does not fit is told so", bulk, verdict.ReachedAs("pod-a"), mtu(full)),
		row(tunnel, "a node that does not say so stalls it", bulk, stalled("node-1"), mtu(full), silent("node-1")),
		row(tunnel, "on the way back as well", bulk, stalled("node-2"), mtu(full), silent("node-2")),
		row(tunnel, "small payloads pass", web("pod-a", "pod-b"), verdict.ReachedAs("pod-a"), mtu(full), silent("node-1")),
		row(tunnel, "interfaces of the right size help", bulk, verdict.ReachedAs("pod-a"), mtu(fits), silent("node-1")),
		row(tunnel, "what stays on the node fits", topology.Bulk("pod-a", "pod-a2", WebPort, plenty), verdict.ReachedAs("pod-a"), mtu(full), silent("node-1")),
		row(tunnel, "what leaves the overlay fits", topology.Bulk("pod-a", "ecs-n", WebPort, plenty), verdict.ReachedAs("node-1"), mtu(full), silent("node-1")),
		row(routed, "without an overlay everything fits", bulk, verdict.ReachedAs("pod-a"), silent("node-1")),
	}
}
