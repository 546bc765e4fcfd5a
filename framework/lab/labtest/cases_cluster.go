package labtest

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// ofRouted is what only routed mode promises.
func ofRouted() []Case {
	row := func(name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "routed: " + name, Source: source, World: edited(Cluster(topology.Routed), edits...), Flow: f, Want: want}
	}
	hidden := kept("10.0.0.0/8", "172.16.0.0/12")
	nodes, pods := from("nodes", "192.168.1.0/24"), from("pods", "172.16.0.0/16")
	return []Case{
		row("a pod is seen as itself", pageRouted, web("pod-a", "ecs-n"), verdict.ReachedAs("pod-a")),
		row("in another subnet too", pageRouted, topology.Ping("pod-b", "ecs-k"), verdict.ReachedAs("pod-b")),
		row("by another node too", masquerading, web("pod-a", "node-2"), verdict.ReachedAs("pod-a")),
		row("the peer must admit the containers", pageRouted, web("pod-a", "ecs-n"),
			verdict.Dropped("vpc", verdict.DefaultDeny("ecs-n", topology.Ingress)), only("sg-n", topology.Ingress, nodes)),
		row("not the nodes", pageRouted, web("pod-a", "ecs-n"), verdict.ReachedAs("pod-a"), only("sg-n", topology.Ingress, pods)),
		row("a destination that is not listed sees the node", masquerading, web("pod-a", "ecs-n"), verdict.ReachedAs("node-1"), hidden),
		row("which helps where only nodes are admitted", masquerading, topology.Ping("pod-a", "ecs-n"),
			verdict.ReachedAs("node-1"), hidden, only("sg-n", topology.Ingress, nodes)),
		row("other pods see the pod although not listed", masquerading, web("pod-a", "pod-b"), verdict.ReachedAs("pod-a"), kept("10.0.0.0/8")),
		row("the peer reaches the pod", routedModel, web("ecs-n", "pod-a"), verdict.ReachedAs("ecs-n")),
		row("from another subnet too", routedModel, topology.Ping("ecs-k", "pod-b"), verdict.ReachedAs("ecs-k")),
		row("given the node's group", routedModel, web("ecs-n", "pod-a"),
			verdict.Dropped("vpc", verdict.DefaultDeny("node-1", topology.Ingress)), only("sg-node-1", topology.Ingress)),
		row("pods of two nodes need the node's group", groupMembers, web("pod-a", "pod-b"),
			verdict.Dropped("vpc", verdict.DefaultDeny("node-2", topology.Ingress)),
			only("sg-node-2", topology.Ingress, ofGroup(from("members", "0.0.0.0/0"), "sg-node-1"))),
		row("without a node's route its pods are nowhere", routedModel, web("ecs-n", "pod-b"),
			verdict.Dropped("vpc", verdict.Blackhole("rtb")), withdraw("172.16.0.128/25", "rtb")),
		row("and get no replies", routedModel, web("pod-b", "ecs-n"),
			verdict.ReplyLost("ecs-n", "vpc", verdict.Blackhole("rtb")), withdraw("172.16.0.128/25", "rtb")),
		row("each table needs the node's route", routedModel, web("pod-b", "ecs-k"),
			verdict.ReplyLost("ecs-k", "vpc", verdict.Blackhole("rtb-k")), withdraw("172.16.0.128/25", "rtb-k")),
		row("a route to the wrong node ends there", routedModel, web("ecs-k", "pod-a"),
			verdict.Dropped("node-2", verdict.NotForwarded("node-2")),
			withdraw("172.16.0.0/25", "rtb-k"), via("172.16.0.0/25", "rtb-k", "node-2")),
		row("so do the replies to its pods", routedModel, topology.Ping("pod-a", "ecs-k"),
			verdict.ReplyLost("ecs-k", "node-2", verdict.NotForwarded("node-2")),
			withdraw("172.16.0.0/25", "rtb-k"), via("172.16.0.0/25", "rtb-k", "node-2")),
		row("a route to a host ends there", routedModel, topology.Ping("ecs-k", "pod-a"),
			verdict.Dropped("ecs-n", verdict.NotForwarded("ecs-n")),
			withdraw("172.16.0.0/25", "rtb-k"), via("172.16.0.0/25", "rtb-k", "ecs-n")),
		row("the check of the source stops what a pod sends", sourceChecks, web("pod-a", "ecs-n"),
			verdict.Dropped("vpc", verdict.SourceCheck("node-1")), checked()),
		row("and what it answers", sourceChecks, web("ecs-n", "pod-a"),
			verdict.ReplyLost("pod-a", "vpc", verdict.SourceCheck("node-1")), checked()),
		row("and nothing of the node's", sourceChecks, web("node-1", "ecs-n"), verdict.ReachedAs("node-1"), checked()),
		row("the check comes before the route", sourceChecks, topology.Ping("pod-a", "pod-b"),
			verdict.Dropped("vpc", verdict.SourceCheck("node-1")), checked(), withdraw("172.16.0.128/25", "rtb")),
		row("the route comes before the groups", routeTables, topology.Ping("pod-a", "pod-b"),
			verdict.Dropped("vpc", verdict.Blackhole("rtb")), only("sg-node-1", topology.Egress), withdraw("172.16.0.128/25", "rtb")),
	}
}

// kept replaces the destinations that see pods' own addresses.
func kept(cidrs ...string) edit {
	return func(w *topology.World) {
		w.Clusters[0].NonMasqueradeCIDRs = []netip.Prefix{}
		for _, c := range cidrs {
			w.Clusters[0].NonMasqueradeCIDRs = append(w.Clusters[0].NonMasqueradeCIDRs, prefix(c))
		}
	}
}

// ofTunnel is what only tunnel mode promises.
func ofTunnel() []Case {
	row := func(name, source string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "tunnel: " + name, Source: source, World: edited(Cluster(topology.Tunnel), edits...), Flow: f, Want: want}
	}
	nodes, pods := from("nodes", "192.168.1.0/24"), from("pods", "172.16.0.0/16")
	return []Case{
		row("a pod is seen as its node", pageTunnel, web("pod-a", "ecs-n"), verdict.ReachedAs("node-1")),
		row("in another subnet too", pageTunnel, topology.Ping("pod-b", "ecs-k"), verdict.ReachedAs("node-2")),
		row("by another node too", pageTunnel, web("pod-a", "node-2"), verdict.ReachedAs("node-1")),
		row("the peer must admit the node", pageTunnel, web("pod-a", "ecs-n"), verdict.ReachedAs("node-1"), only("sg-n", topology.Ingress, nodes)),
		row("not the containers", pageTunnel, web("pod-a", "ecs-n"),
			verdict.Dropped("vpc", verdict.DefaultDeny("ecs-n", topology.Ingress)), only("sg-n", topology.Ingress, pods)),
		row("a group of nodes covers their pods", pageTunnel, web("pod-a", "ecs-n"), verdict.ReachedAs("node-1"),
			only("sg-n", topology.Ingress, ofGroup(from("members", "0.0.0.0/0"), "sg-node-1"))),
		row("the peer never reaches the pod", tunnelModel, web("ecs-n", "pod-a"), verdict.Dropped("vpc", verdict.Blackhole("rtb"))),
		row("nor with a ping from another subnet", tunnelModel, topology.Ping("ecs-k", "pod-a"), verdict.Dropped("vpc", verdict.Blackhole("rtb-k"))),
		row("a route to the node does not help", sourceChecks, web("ecs-n", "pod-a"),
			verdict.ReplyLost("pod-a", "vpc", verdict.SourceCheck("node-1")), via("172.16.0.0/25", "rtb", "node-1")),
		row("the check of the source does not see pods", sourceChecks, web("pod-a", "ecs-n"), verdict.ReachedAs("node-1"), checked()),
	}
}

// ofOverlay is the overlay of tunnel mode, its port and its addresses.
func ofOverlay() []Case {
	row := func(name string, f topology.Flow, want verdict.Verdict, edits ...edit) Case {
		return Case{Name: "overlay: " + name, Source: overlayPort, World: edited(Cluster(topology.Tunnel), edits...), Flow: f, Want: want}
	}
	vxlan := speaking(from("vxlan", "0.0.0.0/0"), topology.UDP, 4789)
	at1, at2 := only("sg-node-1", topology.Ingress), only("sg-node-2", topology.Ingress)
	there := verdict.Dropped("vpc", verdict.DefaultDeny("node-2", topology.Ingress))
	back := verdict.ReplyLost("pod-b", "vpc", verdict.DefaultDeny("node-1", topology.Ingress))
	return []Case{
		row("needs its port at the server's node", web("pod-a", "pod-b"), there, at2),
		row("for pings", topology.Ping("pod-a", "pod-b"), there, at2),
		row("for nodes", topology.Ping("node-1", "pod-b"), there, at2),
		row("needs its port at the client's node for the reply", web("pod-a", "pod-b"), back, at1),
		row("for the ping's reply", topology.Ping("pod-a", "pod-b"), back, at1),
		row("needs nothing but its port", web("pod-a", "pod-b"), verdict.ReachedAs("pod-a"),
			only("sg-node-1", topology.Ingress, vxlan), only("sg-node-2", topology.Ingress, vxlan)),
		row("needs its port on the way out", web("pod-a", "pod-b"),
			verdict.Dropped("vpc", verdict.DefaultDeny("node-1", topology.Egress)), only("sg-node-1", topology.Egress)),
		row("is not asked on one node", web("pod-a", "pod-a2"), verdict.ReachedAs("pod-a"), at1, at2),
		row("is not asked to leave the cluster", web("pod-a", "ecs-n"), verdict.ReachedAs("node-1"), at1, at2),
	}
}
