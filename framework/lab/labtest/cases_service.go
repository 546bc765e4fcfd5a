package labtest

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// OnClusters lists the cases that only real clusters show, and the oracle.
func OnClusters() []Case {
	return slices.Concat(ofClusterIPs(), ofNodePorts(), ofLocalNodePorts(), ofDNS(), ofPending())
}

// NodePort is the node port of the Service "shop".
const NodePort uint16 = 30080

const (
	serviceOverview = "cce_10_0249, Service Overview"
	nodePorts       = "cce_10_0142, NodePort: port 30000-32767 in the node's group"
	trafficPolicies = "cce_10_0249, Service Overview: externalTrafficPolicy"
)

// shop adds a Service before pods' web port.
func shop(policy topology.TrafficPolicy, backends ...string) edit {
	return func(w *topology.World) {
		w.Clusters[0].Services = append(w.Clusters[0].Services, topology.Service{
			Name: "shop", Address: netip.MustParseAddr("10.247.0.80"), Protocol: topology.TCP, Port: 8080, TargetPort: WebPort,
			NodePort: NodePort, Policy: policy, Backends: backends,
		})
	}
}

func onShop(name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) func(topology.Mode) Case {
	return func(m topology.Mode) Case {
		return Case{Name: string(m) + " service: " + name, Source: source, World: edited(Cluster(m), edits...), Flow: f, Want: want}
	}
}

func inModes(cases ...func(topology.Mode) Case) []Case {
	return inBoth(func(m topology.Mode) []Case {
		var all []Case
		for _, c := range cases {
			all = append(all, c(m))
		}
		return all
	})
}

// ofClusterIPs are Services as clients inside the cluster use them.
func ofClusterIPs() []Case {
	flow := func(from string) topology.Flow { return topology.OverTCP(from, "shop", 8080) }
	a, b, none := shop("", "pod-a"), shop("", "pod-b"), shop("")
	nobody := verdict.Dropped("vpc", verdict.Blackhole("rtb"))
	const overlap = "cce_bestpractice, Planning CIDR Blocks: the Service CIDR must not overlap the services to be accessed"
	return inModes(
		onShop("a cluster IP captures what is for a host with its address", overlap, topology.OverTCP("pod-a2", "ecs-s", 8080), verdict.Misdelivered("pod-a"), a, behindServices),
		onShop("and only on its port", overlap, web("pod-b", "ecs-s"), verdict.ReachedAs("node-2"), a, behindServices, kept("172.16.0.0/12")),
		onShop("a backend on the same node sees the pod", serviceOverview, flow("pod-a2"), verdict.ReachedAs("pod-a2"), a),
		onShop("one on another node too", serviceOverview, flow("pod-a2"), verdict.ReachedAs("pod-a2"), b),
		onShop("one sees a node as itself", serviceOverview, flow("node-1"), verdict.ReachedAs("node-1"), b),
		onShop("a pod that reaches itself is masqueraded", serviceOverview, flow("pod-a"), verdict.ReachedAs("node-1"), a),
		onShop("one on its node's network sees who the node is asked by", serviceOverview, flow("pod-a"), verdict.ReachedAs("pod-a"), shop("", "host-pod")),
		onShop("without backends the node rejects", "cce_faq_00202: selector and labels", flow("pod-a"), verdict.Rejected("node-1", verdict.NoEndpoints), none),
		onShop("a cluster IP answers no ping", "cce_10_0349, iptables and IPVS", topology.Ping("pod-a", "shop"), nobody, a),
		onShop("another port of it is nobody's", serviceOverview, topology.OverTCP("pod-a", "shop", 81), nobody, a),
		onShop("nobody outside the cluster has a way to it", serviceOverview, flow("ecs-n"), nobody, a),
		onShop("a backend that does not listen refuses", serviceOverview, flow("pod-a2"), verdict.Refused(), shop("", "pod-b"),
			func(w *topology.World) { w.Clusters[0].Pods[3].Listeners = nil }),
	)
}

// behindServices peers a VPC whose host has the cluster IP of the Service.
func behindServices(w *topology.World) {
	w.VPCs = append(w.VPCs, vpc("s", "10.247.0.0"))
	w.SecurityGroups = append(w.SecurityGroups, open("sg-s"))
	w.Hosts = append(w.Hosts, host("ecs-s", "subnet-s", "10.247.0.80", "sg-s"))
	peer("peering-s", "vpc", "vpc-s")(w)
	over("10.247.0.0/16", "rtb", "peering-s")(w)
	over("192.168.0.0/16", "rtb-s", "peering-s")(w)
}

// ofNodePorts are Services as clients outside the cluster use them.
func ofNodePorts() []Case {
	flow := func(from, node string) topology.Flow { return topology.OverTCP(from, node, NodePort) }
	a, b := shop(topology.ClusterPolicy, "pod-a"), shop(topology.ClusterPolicy, "pod-b")
	shut := verdict.Dropped("vpc", verdict.DefaultDeny("node-1", topology.Ingress))
	open := only("sg-node-1", topology.Ingress, speaking(from("ports", "0.0.0.0/0"), topology.TCP, NodePort), from("nodes", "192.168.1.12/32"))
	return append(inModes(
		onShop("a node's port hides the client", trafficPolicies, flow("ecs-n", "node-1"), verdict.ReachedAs("node-1"), a),
		onShop("on every node", trafficPolicies, flow("ecs-n", "node-2"), verdict.ReachedAs("node-2"), a),
		onShop("from every subnet", trafficPolicies, flow("ecs-k", "node-1"), verdict.ReachedAs("node-1"), b),
		onShop("from pods", trafficPolicies, flow("pod-a2", "node-2"), verdict.ReachedAs("node-2"), a),
		onShop("of the same node", trafficPolicies, flow("pod-a2", "node-1"), verdict.ReachedAs("node-1"), a),
		onShop("from nodes", trafficPolicies, flow("node-2", "node-1"), verdict.ReachedAs("node-1"), a),
		onShop("a node's group has to admit the port", nodePorts, flow("ecs-n", "node-1"), shut, a, only("sg-node-1", topology.Ingress)),
		onShop("and nothing else for it", nodePorts, flow("ecs-n", "node-1"), verdict.ReachedAs("node-1"), a, open),
		onShop("without backends the addressed node rejects", "cce_faq_00202: selector and labels", flow("ecs-n", "node-2"),
			verdict.Rejected("node-2", verdict.NoEndpoints), shop(topology.ClusterPolicy)),
		onShop("a node that forwards nothing serves no one else's", highRisk, flow("ecs-n", "node-1"),
			verdict.Dropped("node-1", verdict.ForwardingOff("node-1")), a, onNode("node-1", func(n *topology.Node) { n.ForwardingOff = true })),
	), onShop("between nodes it is the node's own flow", nodePorts, flow("ecs-n", "node-1"),
		verdict.Dropped("vpc", verdict.DefaultDeny("node-2", topology.Ingress)), b,
		only("sg-node-2", topology.Ingress, from("ecs-n", "192.168.1.50/32")))(topology.Routed))
}

// ofLocalNodePorts are Services that forward to backends of the same node only.
func ofLocalNodePorts() []Case {
	flow := func(from, node string) topology.Flow { return topology.OverTCP(from, node, NodePort) }
	local := shop(topology.LocalPolicy, "pod-a")
	none := verdict.Dropped("node-2", verdict.NoLocalEndpoint("node-2", "shop"))
	return append(inModes(
		onShop("Local shows the client", trafficPolicies, flow("ecs-n", "node-1"), verdict.ReachedAs("ecs-n"), local),
		onShop("Local and no backend there is silence", trafficPolicies, flow("ecs-n", "node-2"), none, local),
		onShop("a pod of the same node gets through", trafficPolicies, flow("pod-a2", "node-1"), verdict.ReachedAs("pod-a2"), local),
		onShop("a pod of another node does not", trafficPolicies, flow("pod-a2", "node-2"), none, local),
		onShop("Local without any backend is rejected", trafficPolicies, flow("ecs-n", "node-1"),
			verdict.Rejected("node-1", verdict.NoEndpoints), shop(topology.LocalPolicy)),
	),
		onShop("Local loses the reply to who is not listed where it is asked of the pod", masquerading, web("ecs-n", "pod-a"),
			verdict.ReplyLost("pod-a", "node-1", verdict.MasqueradedReply("node-1")), local, kept("10.0.0.0/8"))(topology.Routed),
		onShop("and not where it is asked of the node", masquerading, flow("ecs-n", "node-1"),
			verdict.ReachedAs("ecs-n"), local, kept("10.0.0.0/8"))(topology.Routed))
}

// ofDNS are questions for a private name.
func ofDNS() []Case {
	const source = "cce_faq_00107; High-Risk Operations: UDP 53 in the node's group"
	named := func(private bool) edit {
		return func(w *topology.World) {
			w.Names = append(w.Names, topology.NameRecord{Name: "db", Target: "ecs-n"})
			w.Clusters[0].DNS = &topology.DNS{Node: "node-2", PrivateNames: private}
		}
	}
	row := func(name, from string, want verdict.Verdict, edits ...edit) func(topology.Mode) Case {
		return func(m topology.Mode) Case {
			return Case{Name: string(m) + " dns: " + name, Source: source, World: edited(Cluster(m), edits...), Flow: topology.Resolve(from, "db"), Want: want}
		}
	}
	known, unknown := named(true), named(false)
	shut := only("sg-node-2", topology.Ingress, speaking(from("web", "0.0.0.0/0"), topology.TCP, WebPort), speaking(from("vxlan", "0.0.0.0/0"), topology.UDP, 4789))
	denied := verdict.Dropped("vpc", verdict.DefaultDeny("node-2", topology.Ingress))
	return append(inModes(
		row("a pod is told", "pod-a", verdict.ReachedAs("pod-a"), known),
		row("beside the server too", "pod-b", verdict.ReachedAs("pod-b"), known),
		row("a server without private names knows none", "pod-a", verdict.Rejected("dns", verdict.NoSuchName), unknown),
		row("a node asks the VPC", "node-1", verdict.ReachedAs("node-1"), unknown),
		row("so do pods on its network", "host-pod", verdict.ReachedAs("node-1"), unknown),
		row("the server's node is not asked about its own", "pod-b", verdict.ReachedAs("pod-b"), known, shut),
	),
		row("a server behind a group that does not admit it is silent", "pod-a", denied, known, shut)(topology.Routed),
		row("the overlay hides the question", "pod-a", verdict.ReachedAs("pod-a"), known, shut)(topology.Tunnel))
}

// ofPending are pods that were given no address.
func ofPending() []Case {
	pending := func(w *topology.World) {
		w.Clusters[0].Pods = append(w.Clusters[0].Pods, topology.Pod{Name: "pod-p", Node: "node-1", Pending: true, Listeners: listeners()})
	}
	row := func(name string, f topology.Flow, want verdict.Verdict) func(topology.Mode) Case {
		return func(m topology.Mode) Case {
			return Case{Name: string(m) + " pending: " + name, Source: "cce_10_0348: addresses of a node's block", World: edited(Cluster(m), pending), Flow: f, Want: want}
		}
	}
	return inModes(
		row("a pod without an address asks nothing", web("pod-p", "ecs-n"), verdict.Unreachable("node-1", verdict.NoAddress)),
		row("its neighbours are well", web("pod-a", "pod-a2"), verdict.ReachedAs("pod-a")),
	)
}
