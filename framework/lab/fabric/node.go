package fabric

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NodePlan is a node's part of the container network.
type NodePlan struct {
	Mode topology.Mode
	// Block is the node's first block, Blocks are all of them.
	Block  netip.Prefix
	Blocks []netip.Prefix
	// Address is the node's own in the VPC, Gateway its own in its block.
	Address netip.Addr
	Gateway netip.Addr
	// Containers are the cluster's container CIDRs, NonMasquerade the further
	// destinations that see pods' own addresses.
	Containers    []netip.Prefix
	NonMasquerade []netip.Prefix
	// Tunnels lead to the other nodes' blocks, in tunnel mode.
	Tunnels []Tunnel
	// Forwarding is what ip_forward is set to.
	Forwarding string
	// ConntrackFull and DropsFragNeeded are the node's faults, Policies its pods'
	// network policies.
	ConntrackFull   bool
	DropsFragNeeded bool
	Policies        []PolicyPlan
	NodePorts       []NodePortPlan
}

// PolicyPlan is a network policy as a node enforces it on those of its pods that
// the policy selects.
type PolicyPlan struct {
	Name   string
	Pods   []netip.Prefix
	Egress []topology.IPBlock
}

// Tunnel is the way to another node's block over the overlay.
type Tunnel struct {
	Node    string
	Block   netip.Prefix
	Gateway netip.Addr       // the other node's address in its block
	MAC     net.HardwareAddr // of the other node's overlay device
	Outer   netip.Addr       // the other node's VPC address
}

// The overlay's device, network id and UDP port, and the MTU it leaves to pods.
//
// Source: cce_10_0282 (UDP 4789); VXLAN over IPv4 takes 50 bytes.
const (
	OverlayDevice = "vxlan-vpcgate"
	overlayID     = 1
	overlayPort   = 4789
	UnderlayMTU   = 1500
	OverlayMTU    = UnderlayMTU - 50
)

func planNode(w *topology.World, name string) *NodePlan {
	for i := range w.Clusters {
		c := &w.Clusters[i]
		self := c.Node(name)
		if self == nil {
			continue
		}
		n := &NodePlan{
			Mode: c.Mode, Address: self.NIC.Address, Block: self.Block, Blocks: self.Blocks(), Gateway: self.Gateway(),
			Containers: c.ContainerCIDRs, Forwarding: "1",
			ConntrackFull: self.ConntrackFull, DropsFragNeeded: self.DropsFragNeeded,
			NodePorts: planNodePorts(c, name),
		}
		if self.ForwardingOff {
			n.Forwarding = "0"
		}
		if c.Mode == topology.Routed {
			n.NonMasquerade = c.NonMasqueradeCIDRs
			return n
		}
		n.Policies = planPolicies(c, name)
		for _, other := range c.Nodes {
			if other.Name == name {
				continue
			}
			for _, block := range other.Blocks() {
				n.Tunnels = append(n.Tunnels, Tunnel{
					Node: other.Name, Block: block, Gateway: other.Gateway(),
					MAC: mac("overlay", other.Name), Outer: other.NIC.Address,
				})
			}
		}
		return n
	}
	return nil
}

func firewallOfNode(w *topology.World, name string) []topology.FirewallRule {
	for i := range w.Clusters {
		if n := w.Clusters[i].Node(name); n != nil {
			return n.Firewall
		}
	}
	return nil
}

// planPolicies finds the network policies that select pods of a node.
func planPolicies(c *topology.Cluster, node string) []PolicyPlan {
	var all []PolicyPlan
	for _, policy := range c.NetworkPolicies {
		p := PolicyPlan{Name: policy.Name, Egress: policy.Egress}
		for _, pod := range c.Pods {
			if pod.Node == node && slices.Contains(policy.Pods, pod.Name) && !pod.HostNetwork && pod.Address.IsValid() {
				p.Pods = append(p.Pods, host(pod.Address))
			}
		}
		if len(p.Pods) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// nodeTable is a node's table in the making.
type nodeTable struct {
	nft.Table
	NodePlan
	fates             Fates
	name              string
	iface, management string
}

// Rules renders a node's table: what leaves by the VPC interface is
// masqueraded as the mode demands, what leaves by the management interface
// always is, and what is for a container that nobody has ends here, counted, as
// does what the node's faults, its firewall and its pods' policies drop. It
// returns the dropping rules too.
func (n NodePlan) Rules(machine, iface, management string, firewall []topology.FirewallRule) (nft.Ruleset, Fates) {
	t := nodeTable{Table: nft.Table{Name: NodeTable}, NodePlan: n, name: machine, iface: iface, management: management}
	kept := nft.Set{Name: "kept", Elements: append(append([]netip.Prefix{}, n.Containers...), n.NonMasquerade...)}
	pods := nft.Set{Name: "pods", Elements: n.Containers}
	own := nft.Set{Name: "own", Elements: n.Blocks}
	if n.Mode == topology.Tunnel {
		own.Elements = n.Containers
	}
	t.Sets = []nft.Set{kept, pods, own}
	source := nft.Chain{Name: "postrouting", Base: &nft.Base{Type: nft.NAT, Hook: nft.Postrouting, Priority: nft.PrioritySourceNAT}}
	source.Rules = append(source.Rules, nft.Rule{
		Name:    nft.Name("node", machine, "masquerade"),
		Match:   nft.Match{OutIface: iface, SourceSet: pods.Name, NotDestinationSet: kept.Name},
		Verdict: nft.Masquerade(),
	})
	if management != "" {
		source.Rules = append(source.Rules, nft.Rule{
			Match:   nft.Match{OutIface: management, SourceSet: pods.Name},
			Verdict: nft.Masquerade(),
		})
	}
	t.Chains = append(t.Chains, source)
	t.fates.forwardNothing(&t.Table, machine, iface, append([]netip.Prefix{host(n.Address)}, n.Blocks...)...)
	t.forwardOff()
	t.nodePorts()
	t.input(firewall)
	t.forward(firewall)
	t.output()
	return nft.Ruleset{Tables: []nft.Table{t.Table}}, t.fates
}

// forwardOff bears witness to what the kernel loses without a word while
// ip_forward is off: what would go on from a pod or to one.
func (t *nodeTable) forwardOff() {
	if t.Forwarding != "0" {
		return
	}
	itself := nft.Set{Name: "itself", Elements: []netip.Prefix{host(t.Address)}}
	for _, b := range t.Blocks {
		itself.Elements = append(itself.Elements, host(b.Masked().Addr().Next()))
	}
	t.Sets = append(t.Sets, itself)
	rule := verdict.ForwardingOff(t.name)
	from := t.fates.witness(rule, nft.Match{SourceSet: "pods", NotDestinationSet: "itself"})
	from.Name = "" // a counter counts for one rule; the watch counts for both
	arrival := &t.Chains[slices.IndexFunc(t.Chains, func(c nft.Chain) bool { return c.Name == arrivalChain })]
	arrival.Rules = append(arrival.Rules, condemned(nft.Accept()),
		t.fates.witness(rule, nft.Match{DestinationSet: "own", NotDestinationSet: "itself"}), from)
}

// input is the firewall of what is for the node itself.
func (t *nodeTable) input(firewall []topology.FirewallRule) {
	t.fates.firewall(&t.Table, t.name, t.management, firewall)
}

// forward drops, in the oracle's order, what the node does not let its pods send
// and receive. A connection tracking table that is full cannot be had here, since
// net.netfilter.nf_conntrack_max is read-only outside the first namespace; a rule
// that drops what would need a new entry stands in for it.
func (t *nodeTable) forward(firewall []topology.FirewallRule) {
	var decisions []nft.Rule
	if t.ConntrackFull {
		decisions = append(decisions, t.fates.condemn(verdict.ConntrackFull(t.name), nft.Match{CtState: nft.CtNew}))
	}
	var called []nft.Chain
	if len(t.Policies) > 0 {
		decisions = append(decisions, nft.Rule{Match: nft.Match{CtState: nft.CtNew}, Verdict: nft.Jump("policies")})
		called = append(called, t.policies())
	}
	decisions = append(decisions, t.fates.firewallRules(t.name, topology.ForwardChain, firewall)...)
	c := nft.Chain{Name: "on/forward", Base: &nft.Base{Type: nft.Filter, Hook: nft.Forward}}
	if len(decisions) > 0 && t.management != "" {
		c.Rules = append(c.Rules,
			nft.Rule{Match: nft.Match{InIface: t.management}, Verdict: nft.Accept()},
			nft.Rule{Match: nft.Match{OutIface: t.management}, Verdict: nft.Accept()})
	}
	for _, d := range decisions {
		c.Rules = append(c.Rules, d, condemned(nft.Accept()))
	}
	if t.Mode == topology.Routed {
		// The cloud's own network lets requests pass the node untracked, so that it
		// takes a reply for something new. Here they are tracked, for the router's
		// sake, and the rule says what becomes of the reply.
		c.Rules = append(c.Rules, nft.Rule{
			Match:   nft.Match{OutIface: t.iface, SourceSet: "pods", NotDestinationSet: "kept", CtDirection: nft.Reply},
			Verdict: nft.Jump("replies"),
		})
		called = append(called, nft.Chain{Name: "replies", Rules: []nft.Rule{
			// A reply by way of a NodePort gets back the address that was asked.
			{Match: nft.Match{CtStatus: nft.CtDestNAT}, Verdict: nft.Return()},
			t.fates.condemn(verdict.MasqueradedReply(t.name), nft.Match{}),
		}})
	}
	c.Rules = append(c.Rules, t.fates.condemn(verdict.NoSuchContainer(t.name), nft.Match{OutIface: t.iface, DestinationSet: "own"}))
	t.Chains = append(append(t.Chains, called...), c, execution("execute/forward", nft.Forward))
}

// policies lets a pod send to what one of its policies allows; otherwise the first
// of them drops.
func (t *nodeTable) policies() nft.Chain {
	c := nft.Chain{Name: "policies"}
	var denials []nft.Rule
	for _, p := range t.Policies {
		selected := nft.Name("selected", p.Name)
		t.Sets = append(t.Sets, nft.Set{Name: selected, Elements: p.Pods})
		for i, b := range p.Egress {
			m := nft.Match{SourceSet: selected, Destination: b.CIDR}
			if len(b.Except) > 0 {
				m.NotDestinationSet = nft.Name("except", p.Name, strconv.Itoa(i))
				t.Sets = append(t.Sets, nft.Set{Name: m.NotDestinationSet, Elements: b.Except})
			}
			c.Rules = append(c.Rules, nft.Rule{Match: m, Verdict: nft.Return()})
		}
		denials = append(denials,
			t.fates.condemn(verdict.NetworkPolicy(t.name, p.Name), nft.Match{SourceSet: selected}), condemned(nft.Return()))
	}
	c.Rules = append(c.Rules, denials...)
	return c
}

// output ends what the node itself sends to nobody and, where it loses them, its
// messages that a packet was too big.
func (t *nodeTable) output() {
	c := nft.Chain{Name: "on/output", Base: &nft.Base{Type: nft.Filter, Hook: nft.Output}}
	rule := t.fates.condemn(verdict.NoSuchContainer(t.name), nft.Match{OutIface: t.iface, DestinationSet: "own"})
	rule.Name = "" // a counter counts for one rule; the watch counts for both
	// What a Service sends to a pod of the node looks here as if it left by the
	// interface that its former destination led to.
	c.Rules = append(c.Rules, nft.Rule{Match: nft.Match{CtStatus: nft.CtDestNAT}, Verdict: nft.Accept()}, rule)
	if t.DropsFragNeeded {
		c.Rules = append(c.Rules, t.fates.condemn(verdict.FragNeeded(t.name), nft.Match{
			Protocol: nft.ICMP, ICMPType: nft.FragmentationNeeded, DestinationSet: "own",
		}))
	}
	t.Chains = append(t.Chains, c, execution("execute/output", nft.Output))
}

func (n NodePlan) write(b *strings.Builder) {
	fmt.Fprintf(b, "  %s node, block %s, gateway %s\n", n.Mode, n.Block, n.Gateway)
	for _, block := range n.Blocks[1:] {
		fmt.Fprintf(b, "  further block %s\n", block)
	}
	for _, t := range n.Tunnels {
		fmt.Fprintf(b, "  tunnel to %s: %s via %s at %s\n", t.Node, t.Block, t.Gateway, t.Outer)
	}
}
