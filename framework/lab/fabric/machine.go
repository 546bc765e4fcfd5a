package fabric

import (
	"crypto/sha256"
	"fmt"
	"net"
	"net/netip"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// MachinePlan is what a host or node, or what stands between a client and a server,
// shall have on its side: its address in the subnet, the way out, and for a node
// its part of the container network.
type MachinePlan struct {
	Name    string
	VPC     string
	Address netip.Prefix // with the subnet's length
	Gateway netip.Addr   // the subnet's first address; the router answers for it
	MAC     net.HardwareAddr
	// Firewall is its operating system's own.
	Firewall []topology.FirewallRule
	Node     *NodePlan // nil for a host
	Host     HostPlan  // of a host
	// Translator and Balancer are nil unless it is one.
	Translator *TranslatorPlan
	Balancer   *BalancerPlan
}

func planMachines(w *topology.World) []MachinePlan {
	var all []MachinePlan
	for _, n := range w.NICs() {
		vpc, s, ok := w.SubnetOf(n.Subnet)
		if !ok {
			continue
		}
		m := MachinePlan{
			Name: n.Owner, VPC: vpc.Name,
			Address: netip.PrefixFrom(n.Address, s.CIDR.Bits()),
			Gateway: s.CIDR.Masked().Addr().Next(),
			MAC:     mac("nic", n.Owner),

			Translator: planTranslator(w, n.Owner),
			Balancer:   planBalancer(w, n.Owner),
		}
		if m.Node = planNode(w, n.Owner); m.Node != nil {
			m.Firewall = firewallOfNode(w, n.Owner)
		} else {
			m.Host, m.Firewall = planHost(w, vpc, n.Owner)
		}
		all = append(all, m)
	}
	return all
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
// none unless the world has something for it to drop.
func (m MachinePlan) Rules(iface, management string) (nft.Ruleset, Fates) {
	switch {
	case m.Node != nil:
		return m.Node.Rules(m.Name, iface, management, m.Firewall)
	case m.Translator != nil:
		return m.Translator.Rules(m, iface)
	case m.Balancer != nil:
		return m.Balancer.Rules(m, iface)
	}
	return m.Host.Rules(m.Name, iface, m.Firewall, m.Address.Addr())
}

// String prints the machine's plan for golden tests and reports.
func (m MachinePlan) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "machine %s in %s: %s via %s\n", m.Name, m.VPC, m.Address, m.Gateway)
	switch {
	case m.Node != nil:
		m.Node.write(&b)
	case m.Translator != nil:
		m.Translator.write(&b)
	case m.Balancer != nil:
		m.Balancer.write(&b)
	default:
		m.Host.write(&b)
	}
	rules, _ := m.Rules("eth1", "")
	for line := range strings.Lines(rules.String()) {
		b.WriteString("  " + line)
	}
	return b.String()
}
