package topology

import (
	"fmt"
	"net/netip"
)

// NetworkACL guards the border of the subnets that name it. It is stateful;
// what stays inside one subnet does not cross it; what no rule matches is
// denied. A rule's far end is a CIDR. Changing a rule does not cut live flows.
//
// Source: VPC user guide, "Firewall Overview"; HVPC "Network ACL Overview".
type NetworkACL struct {
	Name  string              `yaml:"name"`
	Rules []SecurityGroupRule `yaml:"rules,omitempty"`
}

// VPN connects a VPC with an on-premises network, as a VPN or a direct line
// does. Like a peering it has no effect without routes on both sides and
// carries nothing on to another connection.
type VPN struct {
	Name       string `yaml:"name"`
	VPC        string `yaml:"vpc"`
	OnPremises string `yaml:"onPremises"`
	// MTU is what the tunnel carries, in bytes; zero means 1500. It tells no
	// sender of it.
	MTU int `yaml:"mtu,omitempty"`
	// MSS, when set, is what the gateway clamps the maximum segment size of
	// every TCP connection to, in bytes. Source: VPN "Notes and Constraints".
	MSS int `yaml:"mss,omitempty"`
}

// NATGateway lets a VPC's addresses out to the internet under its own address:
// those that one of its SNAT rules selects, and no others.
//
// Source: cce_10_0400 "Accessing the Internet from a Container".
type NATGateway struct {
	Name     string     `yaml:"name"`
	VPC      string     `yaml:"vpc"`
	Internet string     `yaml:"internet"`
	Address  netip.Addr `yaml:"address"`
	// Sources are the blocks that the SNAT rules select.
	Sources []netip.Prefix `yaml:"sources,omitempty"`
}

// TranslatorKind says what a translator is in the cloud.
type TranslatorKind string

const (
	// VPCEndpoint is an interface VPC endpoint: servers see 198.19.128.0/17.
	VPCEndpoint TranslatorKind = "vpc-endpoint"
	// PrivateNAT is a private NAT gateway: servers see its transit address.
	PrivateNAT TranslatorKind = "private-nat"
)

// Translator is an address in the clients' VPC behind which a host of another
// VPC serves, whatever addresses the two VPCs have: it replaces the destination
// by the target's address and the source by its own, one way only.
//
// Source: VPCEP user guide and FAQ; NAT "Application Scenarios" (private NAT).
type Translator struct {
	Name string         `yaml:"name"`
	Kind TranslatorKind `yaml:"kind"`
	// NIC is in the clients' VPC.
	NIC NIC `yaml:"nic"`
	// Target is the host that serves, Source whom it sees.
	Target string     `yaml:"target"`
	Source netip.Addr `yaml:"source"`
}

// LoadBalancer forwards one listener to those of its backends that its health
// check finds alive; they see its own address.
//
// Source: cce_10_0084 (ICMP rule for the health check of UDP listeners).
type LoadBalancer struct {
	Name     string   `yaml:"name"`
	NIC      NIC      `yaml:"nic"`
	Listener Listener `yaml:"listener"`
	// HealthCheck is ICMP, or TCP to the backend's port.
	HealthCheck Protocol  `yaml:"healthCheck"`
	Backends    []Backend `yaml:"backends"`
}

// Backend is a port of a host or node behind a load balancer.
type Backend struct {
	Machine string `yaml:"machine"`
	Port    uint16 `yaml:"port"`
}

// Connection is what joins two networks' routers, seen alike: a peering or a VPN.
type Connection struct {
	Name, Local, Peer string
	State             PeeringState
	VPN               bool
	MTU, MSS          int // of a VPN; zero otherwise
}

// Connections lists the peerings, then the VPNs, in the order of the world.
func (w *World) Connections() []Connection {
	var all []Connection
	for _, p := range w.Peerings {
		all = append(all, Connection{Name: p.Name, Local: p.Local, Peer: p.Peer, State: p.State})
	}
	for _, v := range w.VPNs {
		all = append(all, Connection{Name: v.Name, Local: v.VPC, Peer: v.OnPremises, State: Active, VPN: true, MTU: v.MTU, MSS: v.MSS})
	}
	return all
}

// Connection finds a peering or VPN.
func (w *World) Connection(name string) (Connection, bool) {
	for _, c := range w.Connections() {
		if c.Name == name {
			return c, true
		}
	}
	return Connection{}, false
}

// Other returns the network at the other end.
func (c Connection) Other(vpc string) string {
	if c.Local == vpc {
		return c.Peer
	}
	return c.Local
}

// Connection names the peering or VPN that the route leads over; empty when it
// leads elsewhere.
func (r Route) Connection() string {
	if r.Peering != "" {
		return r.Peering
	}
	return r.VPN
}

// NextHop names where the route leads, whatever it is.
func (r Route) NextHop() string {
	for _, name := range []string{r.Peering, r.VPN, r.NAT, r.Instance} {
		if name != "" {
			return name
		}
	}
	return ""
}

// RouteState says whether a route is in effect, and if not, why.
type RouteState string

const (
	// InEffect is a route that the router uses.
	InEffect RouteState = "in effect"
	// OverQuota is a route that the table had no room for: it does not exist.
	OverQuota RouteState = "over the quota"
	// Overlapping is a route over a peering that takes no effect since its
	// destination overlaps the VPC's own subnets while the peered VPCs overlap:
	// traffic to it is lost. Source: VPC "peering usage examples" (disputed,
	// see scenario PEER-016).
	Overlapping RouteState = "overlapping"
	// Shadowed is a route over a peering that takes no effect since its
	// destination overlaps that of a VPN's route. Source: VPC peering FAQ, table 4.
	Shadowed RouteState = "shadowed"
)

// EffectiveRoute is a route with its state.
type EffectiveRoute struct {
	Route
	State RouteState
}

// EffectiveRoutes lists a table's routes that exist, each with its state, in the
// order of the table. Routes over the quota are left out.
func (w *World) EffectiveRoutes(v *VPC, t RouteTable) []EffectiveRoute {
	var all []EffectiveRoute
	for i, r := range t.Routes {
		if t.Quota > 0 && i >= t.Quota {
			break
		}
		all = append(all, EffectiveRoute{Route: r, State: w.routeState(v, r)})
	}
	return all
}

func (w *World) routeState(v *VPC, r Route) RouteState {
	if r.Peering == "" {
		return InEffect
	}
	for _, t := range v.RouteTables {
		for _, other := range t.Routes {
			if other.VPN != "" && other.Destination.Overlaps(r.Destination) {
				return Shadowed
			}
		}
	}
	p, known := w.Peering(r.Peering)
	if !known {
		return InEffect
	}
	far, known := w.VPC(p.Other(v.Name))
	if !known || !overlap(v.CIDRs, far.CIDRs) {
		return InEffect
	}
	for _, s := range v.Subnets {
		if s.CIDR.Overlaps(r.Destination) {
			return Overlapping
		}
	}
	return InEffect
}

func overlap(as, bs []netip.Prefix) bool {
	for _, a := range as {
		for _, b := range bs {
			if a.Overlaps(b) {
				return true
			}
		}
	}
	return false
}

// String prints the route as a report shows it: "10.0.0.0/16 → peering-demo".
func (r Route) String() string { return fmt.Sprintf("%s → %s", r.Destination, r.NextHop()) }
