package diagnose

import (
	"fmt"
	"net/netip"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// remedy says what to do, in the page's terms and for the cluster's mode.
func (w *walk) remedy() string {
	switch w.layer {
	case SecurityGroup:
		return w.openGroup()
	case Whitelist:
		return w.list()
	case Engine:
		return fmt.Sprintf("Move the container engine's network on %s away from %s, which it holds.", w.hop, w.client())
	case Route:
		return w.addRoute()
	case NetworkACL:
		return fmt.Sprintf("Add a rule to the network ACL %s that allows %s%s.", w.part(1), w.client(), w.byPort())
	case Node:
		return w.mendNode()
	case Server:
		if w.answer.Code == verdict.DataLost {
			return fmt.Sprintf("Restore the data of %s: what answers there has nothing of what it acknowledged.", w.answer.By)
		}
		if w.answer.Kind == verdict.KindMisdelivered {
			return fmt.Sprintf("Make %s listen%s in the place of %s, which shares its address.", w.to.Name, w.byPort(), w.answer.By)
		}
		return fmt.Sprintf("Make the server on %s listen%s, and let its own firewall pass it.", w.server(), w.byPort())
	case Gateway:
		return w.mendGateway()
	case Service:
		return w.mendService()
	case DNS:
		return fmt.Sprintf("Let the cluster's DNS know %s: it is a private name, which a node's resolver answers.", w.flow.To)
	case AddressPlan:
		return w.renumber()
	case Address:
		return fmt.Sprintf("Use another address than %s of %s: %s.", w.to.Address, w.to.Name, w.unanswerable())
	case Authentication:
		return fmt.Sprintf("Leave the network as it is: %s was reached. Give the client its password, or set the one that the client has.", w.answer.By)
	default:
		return ""
	}
}

// list tells apart a list of those admitted and one of those kept out.
func (w *walk) list() string {
	name := w.server()
	if w.part(1) != "" {
		name = w.part(1)
	}
	if h, known := w.world.Host(name); known && h.Whitelist.InForce() && h.Whitelist.Block {
		return fmt.Sprintf("Take the container and node CIDR blocks off the blocklist of %s: it sees %s.", name, w.client())
	}
	return fmt.Sprintf("Add the container and node CIDR blocks to the whitelist of %s: it sees %s.", name, w.client())
}

// openGroup tells apart a rule that denies, the overlay, and a source that no
// rule admits.
func (w *walk) openGroup() string {
	nic, direction, last := w.part(1), w.part(2), w.part(3)
	switch {
	case last != "default-deny":
		return fmt.Sprintf("Remove the rule %s of security group %s, which denies, or put one that allows before it.", w.part(4), last)
	case w.overlaid():
		return fmt.Sprintf("Allow UDP 4789 in the security group of %s: the pods' packets travel in it.", nic)
	case direction == string(topology.Egress):
		return fmt.Sprintf("Add an outbound rule to the security group of %s that allows %s%s.", nic, w.to.Address, w.byPort())
	}
	text := fmt.Sprintf("Add an inbound rule to the security group of %s that allows %s%s.", nic, w.client(), w.byPort())
	if w.node.Positive() && w.source == w.from.Address {
		text += " Its node is allowed already, which does not cover the container."
	}
	return text
}

// overlaid reports whether the flow crosses the VPC inside an overlay.
func (w *walk) overlaid() bool {
	return w.from.Cluster != nil && w.from.Cluster.Mode == topology.Tunnel && w.from.Cluster.Holds(w.to.Address)
}

// client is whom the far end sees, as the page would have it allowed.
//
// Source: cce_10_0399, troubleshooting: the node where the container is located
// (tunnel), the container CIDR block (VPC network).
func (w *walk) client() string {
	switch {
	case w.source == w.from.Attached.Address && w.from.Kind == topology.KindPod:
		return fmt.Sprintf("the node where the container is located, %s (%s)", w.from.Machine, w.source)
	case w.from.Kind == topology.KindPod && w.from.Cluster.Holds(w.source):
		return "the container CIDR block " + w.containers(w.source)
	case w.to.Kind == topology.KindTranslator && topology.EndpointSources().Contains(w.source):
		return fmt.Sprintf("%s, where clients of VPC endpoints appear to be (%s)", topology.EndpointSources(), w.source)
	default:
		return fmt.Sprintf("%s (%s)", w.from.Name, w.source)
	}
}

func (w *walk) containers(a netip.Addr) string {
	for _, c := range w.from.Cluster.ContainerCIDRs {
		if c.Contains(a) {
			return c.String()
		}
	}
	return a.String()
}

// byPort names the port where ping shows that it is the port that is missing, and
// that of a managed service, which is all that its documentation has opened.
func (w *walk) byPort() string {
	if w.port != 0 && (w.ping.Positive() || w.layer == Server || w.flow.Use != "") {
		return fmt.Sprintf(" on %s/%d", w.flow.Protocol, w.port)
	}
	return ""
}

func (w *walk) server() string {
	if w.to.Machine != "" {
		return w.to.Machine
	}
	return w.to.Name
}

func (w *walk) addRoute() string {
	if strings.HasPrefix(w.rule, "peering/") {
		return w.mendPeering()
	}
	if stranger := w.stranger(); stranger != "" {
		return fmt.Sprintf("Mend the route that leads to %s: it takes what is for somebody else there.", stranger)
	}
	if w.answer.Kind == verdict.KindReplyLost {
		return fmt.Sprintf("Add a route to %s where the reply was lost, at %s%s.", w.client(), w.hop, w.inTable())
	}
	return fmt.Sprintf("Add a route to %s (%s) at %s%s.", w.to.Name, w.to.Address, w.hop, w.inTable())
}

// mendPeering says what to do about a connection that a route leads over.
//
// Source: VPC user guide, "VPC Peering Connection" (notes and constraints).
func (w *walk) mendPeering() string {
	switch name := w.part(1); w.part(2) {
	case "pending":
		return fmt.Sprintf("Accept the peering connection %s, which was only asked for.", name)
	case "not-transitive":
		return fmt.Sprintf("Connect the two VPCs at the ends directly, with routes on both sides: what comes into %s over %s goes on over no other connection.", w.hop, name)
	case "overlap":
		return fmt.Sprintf("Choose destinations over %s that no subnet of %s overlaps, down to single addresses: the VPCs themselves overlap.", name, w.hop)
	default:
		return fmt.Sprintf("Choose destinations over %s that no route of %s over a VPN overlaps.", name, w.hop)
	}
}

// stranger is the host that a route leads to and that has no part in the flow: it
// did not forward what it got, or its group dropped it.
func (w *walk) stranger() string {
	switch {
	case strings.HasPrefix(w.rule, "sg/"):
		return w.part(1)
	case w.part(0) == "host" && w.part(2) == "not-forwarded":
		return w.part(1)
	default:
		return ""
	}
}

func (w *walk) inTable() string {
	if strings.HasPrefix(w.rule, "rt/") {
		return ", in table " + w.part(1)
	}
	return ""
}

func (w *walk) mendNode() string {
	last := w.rule[strings.LastIndex(w.rule, "/")+1:]
	switch {
	case strings.HasPrefix(w.rule, "policy/"):
		return fmt.Sprintf("Let the network policy %s of %s allow %s, or delete it.", last, w.from.Name, w.to.Address)
	case last == "source-check":
		return fmt.Sprintf("Turn off the source/destination check of the network interface of %s.", w.part(1))
	case last == "ip-forward":
		return fmt.Sprintf("Set net.ipv4.ip_forward=1 on %s.", w.hop)
	case last == "conntrack-full":
		return fmt.Sprintf("Raise net.netfilter.nf_conntrack_max on %s.", w.hop)
	case last == "frag-needed":
		return fmt.Sprintf("Give the pods an MTU of 1450, or let ICMP fragmentation-needed pass on %s.", w.hop)
	case last == "masqueraded-reply":
		return fmt.Sprintf("Add the CIDR block of %s (%s) to nonMasqueradeCIDRs.", w.from.Name, w.source)
	default:
		return fmt.Sprintf("Turn off the firewall of %s's own system, or remove its rule %s.", w.hop, last)
	}
}

func (w *walk) mendGateway() string {
	switch {
	case strings.HasPrefix(w.rule, "nat/"):
		return fmt.Sprintf("Let an SNAT rule of %s select %s, as which the container leaves.", w.part(1), w.client())
	case strings.HasPrefix(w.rule, "vpn/"):
		return fmt.Sprintf("Clamp the maximum segment size of TCP on %s to what its tunnel carries.", w.part(1))
	default:
		return fmt.Sprintf("Bring a backend of %s to answer its health check.", w.part(1))
	}
}

func (w *walk) mendService() string {
	if w.answer.Code == verdict.NoEndpoints {
		return fmt.Sprintf("Make the selector of the Service behind %s match a pod.", w.to.Name)
	}
	return fmt.Sprintf("Address a node with a backend of Service %s, or set its traffic policy to Cluster.", w.part(1))
}

func (w *walk) renumber() string {
	if w.answer.Code == verdict.NoAddress {
		return fmt.Sprintf("Give %s another block of addresses, or fewer pods.", w.hop)
	}
	h, _ := w.world.Host(w.part(1))
	for _, n := range w.world.EngineNetworks(h) {
		if w.part(0) == "engine" && n.Name == w.part(2) {
			return fmt.Sprintf("Give the containers another CIDR block than %s, which %s has for itself and cannot change, or let the nodes hide them from it.", n.CIDR, h.Name)
		}
	}
	if w.part(0) == "dcs" {
		return fmt.Sprintf("Move the client to another block: across a peering %s serves none of %s, and it sees %s.", h.Name, blocks(h.ForbiddenClients()), w.client())
	}
	taker := w.hop
	if taker == "" { // whoever answered in the other one's place
		taker = w.answer.By
	}
	return fmt.Sprintf("Choose disjoint CIDR blocks: %s takes the address for one of its own.", taker)
}

// part is one component of the blamed rule's name; empty beyond its end.
func (w *walk) part(i int) string {
	parts := strings.Split(w.rule, "/")
	if i >= len(parts) {
		return ""
	}
	return parts[i]
}

func blocks(ps []netip.Prefix) string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}
