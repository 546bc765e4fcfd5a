package fabric

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// HostPlan is what a host's own operating system shall have beyond its address.
type HostPlan struct {
	// NextHop marks a host that a route leads to. What is not its own ends there,
	// counted.
	NextHop bool
	// Bridges are the networks of its container engine, Routes its static ones.
	Bridges []Bridge
	Routes  []netip.Prefix
	// ReversePath, LinkDown and Forwarding are what rp_filter,
	// ignore_routes_with_linkdown and ip_forward are set to.
	ReversePath, LinkDown, Forwarding string
	// Bridged are the blocks that lead to bridges, less those of Beside.
	Bridged, Beside []netip.Prefix
	// Refusal is nil unless the host's application refuses by itself.
	Refusal *Refusal
}

// Bridge is a bridge network of an engine.
type Bridge struct {
	Interface string
	Network   string
	// Address is the bridge's own, with the network's length.
	Address netip.Prefix
	// Attached are the containers on it.
	Attached []topology.EngineContainer
}

// BridgeName is the interface of an engine network: a real engine is told to use
// the same.
func BridgeName(network string) string {
	if network == topology.DefaultBridge {
		return network
	}
	return link.IfName("br", network)
}

func planHost(w *topology.World, v *topology.VPC, name string) (HostPlan, []topology.FirewallRule) {
	p := HostPlan{NextHop: isNextHop(v, name), ReversePath: "0", LinkDown: "0", Forwarding: "0"}
	i := slices.IndexFunc(w.Hosts, func(h topology.Host) bool { return h.Name == name })
	if i < 0 {
		return p, nil
	}
	h := w.Hosts[i]
	p.Routes = h.Routes
	p.Bridges, p.Refusal = planBridges(w, h), refusalOf(h)
	if h.Engine != nil && len(h.Engine.Containers) > 0 {
		p.Forwarding = "1"
	}
	if h.IgnoreLinkDown {
		p.LinkDown = "1"
	}
	if h.StrictReversePath {
		p.ReversePath = "1"
		p.planReversePath(w, h)
	}
	return p, h.Firewall
}

func planBridges(w *topology.World, h topology.Host) []Bridge {
	var all []Bridge
	for _, n := range w.EngineNetworks(h) {
		b := Bridge{Interface: BridgeName(n.Name), Network: n.Name, Address: netip.PrefixFrom(n.CIDR.Addr().Next(), n.CIDR.Bits())}
		if n.Name == topology.DefaultBridge {
			b.Attached = h.Engine.Containers
			if own := h.Engine.BridgeIP; own.IsValid() && own != own.Masked() {
				b.Address = own
			}
		}
		all = append(all, b)
	}
	return all
}

// planReversePath finds the sources whose replies would leave by a bridge.
func (p *HostPlan) planReversePath(w *topology.World, h topology.Host) {
	beside := slices.Clone(h.Routes)
	if _, s, ok := w.SubnetOf(h.NIC.Subnet); ok {
		beside = append(beside, s.CIDR)
	}
	for _, b := range p.Bridges {
		if h.IgnoreLinkDown && len(b.Attached) == 0 {
			continue
		}
		p.Bridged = append(p.Bridged, b.Address.Masked())
		for _, r := range beside {
			if r.Overlaps(b.Address) && r.Bits() >= b.Address.Bits() {
				p.Beside = append(p.Beside, r)
			}
		}
	}
}

func isNextHop(v *topology.VPC, machine string) bool {
	for _, t := range v.RouteTables {
		if slices.ContainsFunc(t.Routes, func(r topology.Route) bool { return r.Instance == machine }) {
			return true
		}
	}
	return false
}

const arrivalChain = "arrival"

// Rules renders a host's table: what its firewall drops, what ends on it because
// it is nobody's here, and what the kernel loses: what arrives with a source that
// leads to a bridge while the reverse path is checked, and what leaves by a bridge
// for somebody who is not on it.
func (p HostPlan) Rules(machine, iface string, firewall []topology.FirewallRule, own netip.Addr) (nft.Ruleset, Fates) {
	t := nft.Table{Name: HostTable}
	var fates Fates
	if len(p.Bridged) > 0 {
		t.Sets = append(t.Sets, nft.Set{Name: "bridged", Elements: p.Bridged}, nft.Set{Name: "beside", Elements: p.Beside})
		t.Chains = append(t.Chains, nft.Chain{
			Name: "reverse-path", Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck},
			Rules: []nft.Rule{fates.witness(verdict.ReversePath(machine), nft.Match{InIface: iface, SourceSet: "bridged", NotSourceSet: "beside"})},
		})
	}
	fates.fromItself(&t, machine, iface, p.Bridges)
	if p.NextHop {
		fates.forwardNothing(&t, machine, iface, host(own))
		arrival := &t.Chains[len(t.Chains)-2] // before its execution
		arrival.Rules = append([]nft.Rule{witnessed(nft.Accept())}, arrival.Rules...)
	}
	fates.refuse(&t, machine, iface, p.Refusal)
	fates.firewall(&t, machine, "", firewall)
	fates.leaveByBridges(&t, machine, nft.Output, p.Bridges)
	if p.Forwarding == "1" {
		p.publish(&t, iface, own)
		fates.forwardFirewall(&t, machine, firewall)
		fates.leaveByBridges(&t, machine, nft.Forward, p.Bridges)
	}
	if len(t.Chains) == 0 {
		return nft.Ruleset{}, nil
	}
	return nft.Ruleset{Tables: []nft.Table{t}}, fates
}

// publish leads the host's published ports to the containers behind them.
func (p HostPlan) publish(t *nft.Table, iface string, own netip.Addr) {
	c := nft.Chain{Name: "published", Base: &nft.Base{Type: nft.NAT, Hook: nft.Prerouting, Priority: nft.PriorityDestNAT}}
	for _, b := range p.Bridges {
		for _, x := range b.Attached {
			c.Rules = append(c.Rules, nft.Rule{
				Match: nft.Match{
					InIface: iface, Destination: host(own),
					Protocol: protocolOf(x.Published.Protocol), DestinationPorts: nft.Port(x.Published.Port),
				},
				Verdict: nft.DNATTo(netip.AddrPortFrom(x.Address, x.Port)),
			})
		}
	}
	t.Chains = append(t.Chains, c)
}

// leaveByBridges bears witness to what a host sends to a bridge for nobody on it:
// no neighbour answers, and after seconds the kernel gives up.
func (f *Fates) leaveByBridges(t *nft.Table, machine string, h nft.Hook, bridges []Bridge) {
	c := nft.Chain{Name: nft.Name("bridges", h.String()), Base: &nft.Base{Type: nft.Filter, Hook: h}}
	if h == nft.Forward {
		c.Rules = append(c.Rules, condemned(nft.Accept()))
	}
	for _, b := range bridges {
		m := nft.Match{OutIface: b.Interface}
		if len(b.Attached) > 0 {
			m.NotDestinationSet = nft.Name("on", b.Interface)
			if h == nft.Output { // the first of the two
				t.Sets = append(t.Sets, nft.Set{Name: m.NotDestinationSet, Elements: b.containers()})
			}
		}
		rule := f.witness(verdict.EngineNetwork(machine, b.Network), m)
		if h == nft.Forward {
			rule.Name = "" // a counter counts for one rule; the watch counts for both
		}
		c.Rules = append(c.Rules, rule)
	}
	if len(bridges) > 0 {
		t.Chains = append(t.Chains, c)
	}
}

// fromItself bears witness to what arrives with the address of a bridge here as its
// source. The kernel takes nobody else to be itself, whatever its filter for reverse
// paths.
func (f *Fates) fromItself(t *nft.Table, machine, iface string, bridges []Bridge) {
	c := nft.Chain{Name: "from-itself", Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck}}
	for _, b := range bridges {
		rule := f.witness(verdict.ReversePath(machine), nft.Match{InIface: iface, Source: host(b.Address.Addr())})
		rule.Name = "" // a counter counts for one rule; the watch counts for all
		c.Rules = append(c.Rules, rule)
	}
	if len(bridges) > 0 {
		t.Chains = append(t.Chains, c)
	}
}

func (b Bridge) containers() []netip.Prefix {
	var all []netip.Prefix
	for _, x := range b.Attached {
		all = append(all, host(x.Address))
	}
	return all
}

// forwardNothing renders the end of what arrives by the VPC interface and is for
// nobody here.
func (f *Fates) forwardNothing(t *nft.Table, machine, iface string, own ...netip.Prefix) {
	t.Sets = append(t.Sets, nft.Set{Name: "here", Elements: own})
	t.Chains = append(t.Chains, nft.Chain{
		Name: arrivalChain, Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck},
		Rules: []nft.Rule{f.condemn(verdict.NotForwarded(machine), nft.Match{InIface: iface, NotDestinationSet: "here"})},
	}, execution("execute-arrival", nft.Prerouting))
}

// firewall renders a machine's own firewall for what is for the machine itself
// and comes by neither the loopback nor the management interface.
func (f *Fates) firewall(t *nft.Table, machine, management string, rules []topology.FirewallRule) {
	decisions := f.firewallRules(machine, topology.InputChain, rules)
	if len(decisions) == 0 {
		return
	}
	c := nft.Chain{Name: "on/input", Base: &nft.Base{Type: nft.Filter, Hook: nft.Input}}
	for _, iface := range []string{"lo", management} {
		if iface != "" {
			c.Rules = append(c.Rules, nft.Rule{Match: nft.Match{InIface: iface}, Verdict: nft.Accept()})
		}
	}
	for _, d := range decisions {
		c.Rules = append(c.Rules, d, condemned(nft.Accept()))
	}
	t.Chains = append(t.Chains, c, execution("execute/input", nft.Input))
}

// forwardFirewall renders a host's firewall for what is for its containers.
func (f *Fates) forwardFirewall(t *nft.Table, machine string, rules []topology.FirewallRule) {
	c := nft.Chain{Name: "on/forward", Base: &nft.Base{Type: nft.Filter, Hook: nft.Forward}}
	for _, d := range f.firewallRules(machine, topology.ForwardChain, rules) {
		c.Rules = append(c.Rules, d, condemned(nft.Accept()))
	}
	if len(c.Rules) > 0 {
		t.Chains = append(t.Chains, c, execution("execute/forward", nft.Forward))
	}
}

// firewallRules renders the rules of one chain.
func (f *Fates) firewallRules(machine string, chain topology.FirewallChain, rules []topology.FirewallRule) []nft.Rule {
	var all []nft.Rule
	for _, r := range rules {
		if r.Chain != chain {
			continue
		}
		m := nft.Match{Source: r.CIDR, Protocol: protocolOf(r.Protocol), CtState: nft.CtNew}
		if !r.Ports.All() {
			m.DestinationPorts = nft.Ports{First: r.Ports.From, Last: r.Ports.To}
		}
		all = append(all, f.condemn(verdict.HostFirewall(machine, r.Name), m))
	}
	return all
}

func (p HostPlan) write(b *strings.Builder) {
	for _, x := range p.Bridges {
		fmt.Fprintf(b, "  engine network %s: bridge %s %s\n", x.Network, x.Interface, x.Address)
	}
	for _, r := range p.Routes {
		fmt.Fprintf(b, "  static route %s\n", r)
	}
	if p.ReversePath != "0" || p.LinkDown != "0" {
		fmt.Fprintf(b, "  rp_filter %s, ignore_routes_with_linkdown %s\n", p.ReversePath, p.LinkDown)
	}
}
