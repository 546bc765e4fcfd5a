package topology

import (
	"fmt"
	"net/netip"
)

// What a packet and a TCP segment may measure in bytes: every host takes 576,
// and the VPC carries 1500.
const (
	smallestMTU = 576
	largestMTU  = 1500
	smallestMSS = 536
	largestMSS  = 1460
)

// EndpointSources is where the clients of VPC endpoints appear to be.
//
// Source: VPCEP FAQ.
func EndpointSources() netip.Prefix { return netip.MustParsePrefix("198.19.128.0/17") }

// connections checks peerings and VPNs, which routes name alike.
func (p *problems) connections() {
	space := names{}
	p.peerings(space)
	for i, v := range p.world.VPNs {
		place := at(fmt.Sprintf("vpns[%d]", i), v.Name)
		p.claim(space, place, v.Name)
		p.network(place, v.VPC, Cloud)
		p.network(place, v.OnPremises, OnPremises)
		if v.MTU != 0 && (v.MTU < smallestMTU || v.MTU > largestMTU) {
			p.add(place, "MTU %d is not between %d and %d", v.MTU, smallestMTU, largestMTU)
		}
		if v.MSS != 0 && (v.MSS < smallestMSS || v.MSS > largestMSS) {
			p.add(place, "MSS %d is not between %d and %d", v.MSS, smallestMSS, largestMSS)
		}
	}
}

// peerings checks them against the VPC user guide, "VPC Peering Connection
// Overview": two different VPCs, one peering per pair. Overlapping blocks are
// allowed, as in the cloud, where such a peering can be made and does not work.
func (p *problems) peerings(space names) {
	pairs := map[[2]string]string{}
	for i, peering := range p.world.Peerings {
		place := at(fmt.Sprintf("peerings[%d]", i), peering.Name)
		p.claim(space, place, peering.Name)
		p.network(place, peering.Local, Cloud)
		p.network(place, peering.Peer, Cloud)
		if peering.State != Active && peering.State != Pending {
			p.add(place, "unknown state %q; it is active or pending", peering.State)
		}
		if peering.Local == peering.Peer {
			p.add(place, "both ends are %s", peering.Local)
			continue
		}
		pair := [2]string{min(peering.Local, peering.Peer), max(peering.Local, peering.Peer)}
		if first, taken := pairs[pair]; taken {
			p.add(place, "%s and %s are peered already, by %s", peering.Local, peering.Peer, first)
			continue
		}
		pairs[pair] = place
	}
}

// network checks that a network is known and of the kind that is needed.
func (p *problems) network(place, name string, want NetworkKind) {
	v, known := p.world.VPC(name)
	switch {
	case !known:
		p.add(place, "unknown VPC %q", name)
	case v.kind() != want:
		p.add(place, "%s is a network of kind %q, not %q", name, v.kind(), want)
	}
}

func (v *VPC) kind() NetworkKind {
	if v.Kind == "" {
		return Cloud
	}
	return v.Kind
}

// natGateways checks them; their names and addresses are checked with the
// machines'.
func (p *problems) natGateways() {
	for i, g := range p.world.NATGateways {
		place := at(fmt.Sprintf("natGateways[%d]", i), g.Name)
		p.network(place, g.VPC, Cloud)
		p.network(place, g.Internet, Internet)
		p.disjoint("", place, "SNAT source", g.Sources)
	}
}

// translators checks what is behind each NIC. A translator exists to join two
// VPCs.
func (p *problems) translators() {
	used := names{}
	for _, n := range p.world.NICs() {
		if v, _, known := p.world.SubnetOf(n.Subnet); known {
			used[v.Name+" "+n.Address.String()] = n.Owner
		}
	}
	for i, t := range p.world.Translators {
		place := at(fmt.Sprintf("translators[%d]", i), t.Name)
		if t.Kind != VPCEndpoint && t.Kind != PrivateNAT {
			p.add(place, "unknown kind %q; it is vpc-endpoint or private-nat", t.Kind)
		}
		far := ""
		if target, known := p.world.Host(t.Target); !known {
			p.add(place, "unknown host %q", t.Target)
		} else if v, _, found := p.world.SubnetOf(target.NIC.Subnet); found {
			far = v.Name
			if near, _, placed := p.world.SubnetOf(t.NIC.Subnet); placed && near.Name == far {
				p.add(place, "target %s is in %s as well", t.Target, far)
			}
		}
		p.outerAddress(place, "source", t.Source, far, used)
		if t.Kind == VPCEndpoint && t.Source.IsValid() && !EndpointSources().Contains(t.Source) {
			p.add(place, "source %s is outside %s, which the clients of a VPC endpoint appear in", t.Source, EndpointSources())
		}
	}
}

// balancers checks what is behind each NIC.
func (p *problems) balancers() {
	for i, b := range p.world.LoadBalancers {
		place := at(fmt.Sprintf("loadBalancers[%d]", i), b.Name)
		p.listeners(place, []Listener{b.Listener}, map[Listener]string{})
		if b.HealthCheck != ICMP && b.HealthCheck != TCP {
			p.add(place, "unknown health check %q; it is icmp or tcp", b.HealthCheck)
		}
		if len(b.Backends) == 0 {
			p.add(place, "there is no backend")
		}
		seen := map[Backend]struct{}{}
		for _, e := range b.Backends {
			if _, known := p.world.machineNIC(e.Machine); !known {
				p.add(place, "unknown host or node %q", e.Machine)
			}
			if e.Port == 0 {
				p.add(place, "backend %s needs a port", e.Machine)
			}
			if _, twice := seen[e]; twice {
				p.add(place, "backend %s:%d is named twice", e.Machine, e.Port)
			}
			seen[e] = struct{}{}
		}
	}
}

// machineNIC finds the NIC of a host or node.
func (w *World) machineNIC(name string) (NIC, bool) {
	if h, known := w.Host(name); known {
		return h.NIC, true
	}
	for i := range w.Clusters {
		if n := w.Clusters[i].Node(name); n != nil {
			return n.NIC, true
		}
	}
	return NIC{}, false
}
