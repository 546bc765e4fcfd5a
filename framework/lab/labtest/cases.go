package labtest

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Case is a world, a flow, the verdict and the sentence of the documentation
// that promises it.
type Case struct {
	Name   string
	Source string
	World  topology.World
	Flow   topology.Flow
	Want   verdict.Verdict
}

// Cases lists the whole table. Cases of one world stand together.
func Cases() []Case {
	var all []Case
	for _, m := range topology.Modes() {
		all = append(all, shared(m)...)
	}
	return slices.Concat(all, ofRoutes(), ofPeerings(), ofTwins(), ofStrays(), ofGroups(), ofRouted(), ofTunnel(), ofOverlay(), ofSwallowed(), ofClones(),
		ofEngines(), ofPublished(), ofFirewalls(), ofForwarding(), ofTracking(), ofPolicies(), ofMasqueradedReplies(), ofMoreBlocks(), ofPathMTU(),
		ofACLs(), ofQuotas(), ofOverlaps(), ofShadows(), ofWhitelists(), ofVPNs(), ofNATGateways(),
		ofTranslators(), ofBalancers())
}

// web is a TCP connection to a web port.
func web(from, to string) topology.Flow { return topology.OverTCP(from, to, WebPort) }

// The sources of the table, shortened.
const (
	routeTables   = "VPC user guide, Route Tables and Routes"
	customTables  = "HVPC, Route Table Overview"
	localFirst    = "VPC user guide, Adding a Secondary IPv4 CIDR Block; VPC peering, unsupported configurations"
	peeringBoth   = "VPC user guide, Creating a VPC Peering Connection: forward and return routes"
	peeringAccept = "VPC user guide, VPC Peering Connection Overview: takes effect once accepted"
	notTransitive = "VPC user guide, VPC Peering Connection Usage Examples: full mesh"
	overlapping   = "VPC user guide, Why Did Communication Fail: overlapping CIDR blocks"
	groupRules    = "VPC user guide, Security Groups and Security Group Rules"
	groupForm     = "VPC user guide, Adding a Security Group Rule: priority, deny before allow"
	groupOrder    = "HVPC, Security Groups and Security Group Rules: order of groups"
	groupMembers  = "cce_faq_00265: All from node group beside All from container CIDR"
	pingRule      = "VPC user guide, Security Group Configuration Examples: ping"
	sourceChecks  = "VPC user guide, Configuring an SNAT Server"
	openPort      = "VPC user guide, Security Groups: the port must be open in the instance too"
	tunnelModel   = "cce_10_0282"
	routedModel   = "cce_10_0283"
	pageTunnel    = "cce_10_0399: allow the node"
	pageRouted    = "cce_10_0399: allow the container CIDR block"
	masquerading  = "cce_bestpractice, Accessing an IP Address Outside a Cluster: nonMasqueradeCIDRs"
	hostNetwork   = "cce_10_0402"
	overlayPort   = "cce_faq_00265: UDP 4789"
)

// shared is what both modes promise alike.
func shared(m topology.Mode) []Case {
	w := Cluster(m)
	row := func(name, source string, f topology.Flow, want verdict.Verdict) Case {
		return Case{Name: string(m) + ": " + name, Source: source, World: w, Flow: f, Want: want}
	}
	return []Case{
		row("a node is seen as itself", pageTunnel, web("node-1", "ecs-n"), verdict.ReachedAs("node-1")),
		row("a node reaches another subnet", routeTables, web("node-1", "ecs-k"), verdict.ReachedAs("node-1")),
		row("a node reaches a node", routeTables, topology.Ping("node-1", "node-2"), verdict.ReachedAs("node-1")),
		row("a pod on the host network is its node", hostNetwork, web("host-pod", "ecs-n"), verdict.ReachedAs("node-1")),
		row("so is its ping", hostNetwork, topology.Ping("host-pod", "ecs-k"), verdict.ReachedAs("node-1")),
		row("a pod on the host network listens on its node", hostNetwork, topology.OverTCP("ecs-n", "host-pod", HostPodPort), verdict.ReachedAs("ecs-n")),
		row("its port is the node's port", hostNetwork, topology.OverTCP("ecs-n", "node-1", HostPodPort), verdict.Misdelivered("host-pod")),
		row("the node's port is its port", hostNetwork, web("ecs-n", "host-pod"), verdict.Misdelivered("node-1")),
		row("pods of one node meet on it", tunnelModel+", "+routedModel, web("pod-a", "pod-a2"), verdict.ReachedAs("pod-a")),
		row("so do their pings", tunnelModel+", "+routedModel, topology.Ping("pod-a", "pod-a2"), verdict.ReachedAs("pod-a")),
		row("a closed port on the same node refuses", openPort, topology.OverTCP("pod-a", "pod-a2", IdlePort), verdict.Refused()),
		row("a node reaches its own pod", tunnelModel+", "+routedModel, web("node-1", "pod-a"), verdict.ReachedAs("node-1")),
		row("a pod reaches its own node", tunnelModel+", "+routedModel, web("pod-a", "node-1"), verdict.ReachedAs("pod-a")),
		row("pods of two nodes see each other", tunnelModel+", "+routedModel, web("pod-a", "pod-b"), verdict.ReachedAs("pod-a")),
		row("so do their datagrams", tunnelModel+", "+routedModel, topology.OverUDP("pod-a", "pod-b", NamePort), verdict.ReachedAs("pod-a")),
		row("a node reaches another node's pod", tunnelModel+", "+routedModel, topology.Ping("node-1", "pod-b"), verdict.ReachedAs("node-1")),
		row("a closed TCP port refuses", openPort, topology.OverTCP("pod-a", "ecs-n", IdlePort), verdict.Refused()),
		row("a closed UDP port refuses", openPort, topology.OverUDP("pod-a", "ecs-n", IdlePort), verdict.Refused()),
		row("a closed port of a pod elsewhere refuses", openPort, topology.OverTCP("pod-a", "pod-b", IdlePort), verdict.Refused()),
	}
}
