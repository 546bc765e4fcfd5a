package topology

import (
	"fmt"
	"net/netip"
	"slices"
)

// FirewallChain is where in a machine a firewall rule looks.
type FirewallChain string

const (
	// InputChain sees what is for the machine itself.
	InputChain FirewallChain = "input"
	// ForwardChain sees what a node forwards, from and to its pods.
	ForwardChain FirewallChain = "forward"
)

// FirewallRule drops new flows silently in a machine's own operating system.
type FirewallRule struct {
	Name  string        `yaml:"name"`
	Chain FirewallChain `yaml:"chain"`
	// Protocol defaults to AnyProtocol; Ports' zero value means every port.
	Protocol Protocol  `yaml:"protocol,omitempty"`
	Ports    PortRange `yaml:"ports,omitempty"`
	// CIDR is the source.
	CIDR netip.Prefix `yaml:"cidr"`
}

// Whitelist is the access control of a managed service: groups of addresses and
// blocks that it admits or, as a block list, does not. One that is not enabled
// admits everybody who reaches it.
//
// Source: DCS "Managing IP Address Whitelist"; RDS "Enabling or Disabling Access Control".
type Whitelist struct {
	Enabled bool             `yaml:"enabled"`
	Groups  []WhitelistGroup `yaml:"groups,omitempty"`
	// Block turns the list into one of those that are kept out.
	Block bool `yaml:"block,omitempty"`
	// Refusal is how somebody who is not admitted is told; silence by default.
	Refusal RefusalStyle `yaml:"refusal,omitempty"`
}

// WhitelistGroup is a named part of a whitelist.
type WhitelistGroup struct {
	Name    string         `yaml:"name"`
	Entries []netip.Prefix `yaml:"entries"`
}

// RefusalStyle is what a whitelist does with a client that it does not admit. The
// documentation does not say which; see DOMAIN 5 of the design.
type RefusalStyle string

const (
	// SilentRefusal drops, as a VPC endpoint does.
	SilentRefusal RefusalStyle = ""
	// ResetRefusal answers every connection with a reset.
	ResetRefusal RefusalStyle = "reset"
	// ApplicationRefusal connects and says no in the service's own protocol.
	ApplicationRefusal RefusalStyle = "application-error"
)

// AllowList is an enabled whitelist of one group.
func AllowList(entries ...netip.Prefix) Whitelist {
	return Whitelist{Enabled: true, Groups: []WhitelistGroup{{Name: "default", Entries: entries}}}
}

// Entries lists the entries of all groups.
func (l *Whitelist) Entries() []netip.Prefix {
	var all []netip.Prefix
	for _, g := range l.Groups {
		all = append(all, g.Entries...)
	}
	return all
}

// InForce reports whether the list decides about anybody: one that is disabled, or
// has no group, does not.
//
// Source: DCS "Managing IP Address Whitelist".
func (l *Whitelist) InForce() bool { return l != nil && l.Enabled && len(l.Groups) > 0 }

// Admits reports whether the service talks to the source.
func (l *Whitelist) Admits(source netip.Addr) bool {
	return !l.InForce() || anyContains(l.Entries(), source) != l.Block
}

// Engine is a container engine with its bridge networks.
type Engine struct {
	// BridgeIP is "bip" of daemon.json: the address and block of docker0, such
	// as 172.16.0.1/16. Zero means the first free block of the pools.
	BridgeIP netip.Prefix `yaml:"bridgeIP"`
	// Pools are the blocks from which networks without one of their own take
	// theirs, in order; empty means the engine's defaults.
	Pools []netip.Prefix `yaml:"pools,omitempty"`
	// Networks are the user's further bridge networks, in the order in which
	// they were created.
	Networks []EngineNetwork `yaml:"networks,omitempty"`
	// Containers run on the engine and are published on the host's ports.
	Containers []EngineContainer `yaml:"containers,omitempty"`
}

// EngineNetwork is a bridge network of an engine. A zero CIDR means the first
// free block of the pools.
type EngineNetwork struct {
	Name string       `yaml:"name"`
	CIDR netip.Prefix `yaml:"cidr"`
}

// EngineContainer is a server in a container of an engine, on docker0, reached
// by a published port of the host.
type EngineContainer struct {
	Name    string     `yaml:"name"`
	Address netip.Addr `yaml:"address"`
	// Published is the host's port, Port the container's.
	Published Listener `yaml:"published"`
	Port      uint16   `yaml:"port"`
}

// DefaultBridge is the name of an engine's first network.
const DefaultBridge = "docker0"

// DefaultPools are Docker's: the rest of 172.16.0.0/12 in /16s, then
// 192.168.0.0/16 in /20s.
//
// Source: moby/moby issue 21170; Mirantis Kubernetes Engine, default address pools.
func DefaultPools() []netip.Prefix {
	var all []netip.Prefix
	for second := byte(17); second <= 31; second++ {
		all = append(all, netip.PrefixFrom(netip.AddrFrom4([4]byte{172, second, 0, 0}), 16))
	}
	for third := 0; third < 256; third += 16 {
		all = append(all, netip.PrefixFrom(netip.AddrFrom4([4]byte{192, 168, byte(third), 0}), 20))
	}
	return all
}

// EngineNetworks lists the host's engine networks with their blocks as the
// engine chooses them: docker0 first, then as created. A network without a
// block of its own takes the first block of the pools that overlaps no route
// that the host has at that time: its subnet's, its static ones, and those of
// the networks before it. A network for which the pools have no room is left out.
// The networks of a ModelArts pool are there before, and last in the list.
func (w *World) EngineNetworks(h Host) []EngineNetwork {
	own := h.poolNetworks()
	if h.Engine == nil {
		return own
	}
	taken := slices.Clone(h.Routes)
	for _, n := range own {
		taken = append(taken, n.CIDR)
	}
	if _, s, ok := w.SubnetOf(h.NIC.Subnet); ok {
		taken = append(taken, s.CIDR)
	}
	pools := h.Engine.Pools
	if len(pools) == 0 {
		pools = DefaultPools()
	}
	var all []EngineNetwork
	wanted := append([]EngineNetwork{{Name: DefaultBridge, CIDR: h.Engine.BridgeIP}}, h.Engine.Networks...)
	for _, n := range wanted {
		if !n.CIDR.IsValid() {
			i := slices.IndexFunc(pools, func(p netip.Prefix) bool { return !overlap([]netip.Prefix{p}, taken) })
			if i < 0 {
				continue
			}
			n.CIDR = pools[i]
		}
		n.CIDR = n.CIDR.Masked()
		taken = append(taken, n.CIDR)
		all = append(all, n)
	}
	return append(all, own...)
}

// OnBridge finds the engine network of the host by which its packets to an
// address leave: the most specific one that holds it, unless the host has a
// static route, or is in a subnet, that is at least as specific, or ignores the
// routes of bridges that nothing is attached to.
func (w *World) OnBridge(h Host, dst netip.Addr) (EngineNetwork, bool) {
	best, found := EngineNetwork{}, false
	for _, n := range w.EngineNetworks(h) {
		idle := h.IgnoreLinkDown && (n.Name != DefaultBridge || h.Engine == nil || len(h.Engine.Containers) == 0)
		if n.CIDR.Contains(dst) && !idle && (!found || n.CIDR.Bits() > best.CIDR.Bits()) {
			best, found = n, true
		}
	}
	if !found {
		return best, false
	}
	rivals := slices.Clone(h.Routes)
	if _, s, ok := w.SubnetOf(h.NIC.Subnet); ok {
		rivals = append(rivals, s.CIDR)
	}
	for _, r := range rivals {
		if r.Contains(dst) && r.Bits() >= best.CIDR.Bits() {
			return EngineNetwork{}, false
		}
	}
	return best, true
}

// String prints the rule as a report shows it:
// "no-web (forward tcp/80 172.16.0.0/16)".
func (r FirewallRule) String() string {
	p := r.Protocol
	if p == "" {
		p = AnyProtocol
	}
	return fmt.Sprintf("%s (%s %s %s)", r.Name, r.Chain, SecurityGroupRule{Protocol: p, Ports: r.Ports}.matches(), r.CIDR)
}
