package fabric

import (
	"crypto/sha256"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// MachinePlan is what a host or node shall have on its side: its address in the
// subnet, the way out, and for a node its part of the container network.
type MachinePlan struct {
	Name    string
	VPC     string
	Address netip.Prefix // with the subnet's length
	Gateway netip.Addr   // the subnet's first address; the router answers for it
	MAC     net.HardwareAddr
	Node    *NodePlan // nil for a host
	// NextHop marks a host that a route leads to. What is not its own ends there,
	// counted.
	NextHop bool
}

// NodePlan is a node's part of the container network.
type NodePlan struct {
	Mode  topology.Mode
	Block netip.Prefix
	// Address is the node's own in the VPC, Gateway its own in its block.
	Address netip.Addr
	Gateway netip.Addr
	// Containers are the cluster's container CIDRs, NonMasquerade the further
	// destinations that see pods' own addresses.
	Containers    []netip.Prefix
	NonMasquerade []netip.Prefix
	// Tunnels lead to the other nodes' blocks, in tunnel mode.
	Tunnels []Tunnel
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

func planMachines(w *topology.World) []MachinePlan {
	var all []MachinePlan
	for _, n := range w.NICs() {
		vpc, s, ok := w.SubnetOf(n.Subnet)
		if !ok {
			continue
		}
		all = append(all, MachinePlan{
			Name: n.Owner, VPC: vpc.Name,
			Address: netip.PrefixFrom(n.Address, s.CIDR.Bits()),
			Gateway: s.CIDR.Masked().Addr().Next(),
			MAC:     mac("nic", n.Owner),
			Node:    planNode(w, n.Owner),
			NextHop: isNextHop(vpc, n.Owner),
		})
	}
	return all
}

func isNextHop(v *topology.VPC, machine string) bool {
	for _, t := range v.RouteTables {
		if slices.ContainsFunc(t.Routes, func(r topology.Route) bool { return r.Instance == machine }) {
			return true
		}
	}
	return false
}

func planNode(w *topology.World, name string) *NodePlan {
	for i := range w.Clusters {
		c := &w.Clusters[i]
		self := c.Node(name)
		if self == nil {
			continue
		}
		n := &NodePlan{Mode: c.Mode, Address: self.NIC.Address, Block: self.Block, Gateway: self.Gateway(), Containers: c.ContainerCIDRs}
		if c.Mode == topology.Routed {
			n.NonMasquerade = c.NonMasqueradeCIDRs
			return n
		}
		for _, other := range c.Nodes {
			if other.Name != name {
				n.Tunnels = append(n.Tunnels, Tunnel{
					Node: other.Name, Block: other.Block, Gateway: other.Gateway(),
					MAC: mac("overlay", other.Name), Outer: other.NIC.Address,
				})
			}
		}
		return n
	}
	return nil
}

// mac derives a locally administered address, so that nobody has to be asked
// for the other end's.
func mac(parts ...string) net.HardwareAddr {
	sum := sha256.Sum256([]byte(strings.Join(parts, "/")))
	a := net.HardwareAddr(sum[:6:6])
	a[0] = a[0]&^1 | 2
	return a
}

// Rules renders a machine's table. It returns the dropping rules too. A host has
// none unless a route leads to it.
func (m MachinePlan) Rules(iface, management string) (nft.Ruleset, Fates) {
	if m.Node != nil {
		return m.Node.Rules(m.Name, iface, management)
	}
	if !m.NextHop {
		return nft.Ruleset{}, nil
	}
	var fates Fates
	t := nft.Table{Name: HostTable}
	fates.forwardNothing(&t, m.Name, iface, host(m.Address.Addr()))
	return nft.Ruleset{Tables: []nft.Table{t}}, fates
}

// forwardNothing renders the end of what arrives by the VPC interface and is for
// nobody here.
func (f *Fates) forwardNothing(t *nft.Table, machine, iface string, own ...netip.Prefix) {
	t.Sets = append(t.Sets, nft.Set{Name: "here", Elements: own})
	t.Chains = append(t.Chains, nft.Chain{
		Name: "arrival", Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck},
		Rules: []nft.Rule{f.condemn(verdict.NotForwarded(machine), nft.Match{InIface: iface, NotDestinationSet: "here"})},
	}, execution("execute-arrival", nft.Prerouting))
}

// Rules renders a node's table: what leaves by the VPC interface is
// masqueraded as the mode demands, what leaves by the management interface
// always is, and what is for a container that nobody has ends here, counted. It
// returns the dropping rules too.
func (n NodePlan) Rules(machine, iface, management string) (nft.Ruleset, Fates) {
	t := nft.Table{Name: NodeTable}
	kept := nft.Set{Name: "kept", Elements: append(append([]netip.Prefix{}, n.Containers...), n.NonMasquerade...)}
	pods := nft.Set{Name: "pods", Elements: n.Containers}
	own := nft.Set{Name: "own", Elements: []netip.Prefix{n.Block}}
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
	var fates Fates
	fates.forwardNothing(&t, machine, iface, host(n.Address), n.Block)
	for _, hook := range []nft.Hook{nft.Forward, nft.Output} {
		rule := fates.condemn(verdict.NoSuchContainer(machine), nft.Match{OutIface: iface, DestinationSet: own.Name})
		if hook == nft.Output {
			rule.Name = "" // a counter counts for one rule; the watch counts for both
		}
		t.Chains = append(t.Chains, nft.Chain{
			Name: nft.Name("on", hook.String()), Base: &nft.Base{Type: nft.Filter, Hook: hook},
			Rules: []nft.Rule{rule},
		}, execution(nft.Name("execute", hook.String()), hook))
	}
	return nft.Ruleset{Tables: []nft.Table{t}}, fates
}

// String prints the machine's plan for golden tests and reports.
func (m MachinePlan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "machine %s in %s: %s via %s\n", m.Name, m.VPC, m.Address, m.Gateway)
	if n := m.Node; n != nil {
		fmt.Fprintf(&b, "  %s node, block %s, gateway %s\n", n.Mode, n.Block, n.Gateway)
		for _, t := range n.Tunnels {
			fmt.Fprintf(&b, "  tunnel to %s: %s via %s at %s\n", t.Node, t.Block, t.Gateway, t.Outer)
		}
	}
	rules, _ := m.Rules("eth1", "")
	for line := range strings.Lines(rules.String()) {
		b.WriteString("  " + line)
	}
	return b.String()
}
