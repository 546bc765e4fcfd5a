package mutation

import (
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// links are mutants of peerings, VPNs, NAT gateways and what stands in between.
func links() []Mutant {
	of := ofPlan
	nat, vpn := []string{"PEER-019", "NODE-025"}, []string{"NODE-008", "HYB-"}
	return []Mutant{
		of("peering-transitive", "what comes over one peering goes on over another", []string{"PEER-014", "PEER-019"}, eachRouter(transitive)),
		{ID: "peering-pending-carries", Layer: DataPlane, Says: "a peering carries before it was accepted", Try: []string{"PEER-010"}, world: func(w *topology.World) {
			for i := range w.Peerings {
				w.Peerings[i].State = topology.Active
			}
		}},
		of("peering-carries-nothing", "no peering carries anything", []string{"PEER-001"}, eachRouter(func(r *fabric.RouterPlan) {
			for i, x := range r.Routes {
				if x.Via == fabric.PeerHop && strings.HasPrefix(x.Interface, "peer") && x.Table >= customTables {
					r.Routes[i].Interface, r.Routes[i].Via = r.Sinks[0].Interface, netip.Addr{}
				}
			}
		})),
		of("overlap-carries", "routes over a peering of VPCs that overlap take effect", []string{"PEER-015", "PEER-016"}, func(p *fabric.Plan) {
			for i := range p.Routers {
				overlapCarries(&p.Routers[i])
			}
		}),
		of("overlap-asymmetric", "whether VPCs overlap is asked on the side of one of them", []string{"PEER-015", "PEER-016"}, func(p *fabric.Plan) {
			overlapCarries(&p.Routers[0])
		}),
		of("vpn-shadow-ignored", "a VPN's route does not shadow a peering's", []string{"PEER-018"}, eachRouter(func(r *fabric.RouterPlan) {
			carryInstead(r, "peering/", "/shadowed", byPeering(r))
		})),
		{ID: "vpn-carries-all-sizes", Layer: DataPlane, Says: "a VPN carries packets of every size", Try: vpn, world: eachVPN(func(v *topology.VPN) { v.MTU = 0 })},
		{ID: "vpn-tells-no-size", Layer: DataPlane, Says: "a VPN does not tell both ends of its size", Try: vpn, world: eachVPN(func(v *topology.VPN) { v.MSS = 0 })},
		{ID: "nat-selects-everybody", Layer: DataPlane, Says: "a NAT gateway translates every source", Try: nat, world: eachGateway(func(g *topology.NATGateway) { g.Sources = []prefix{anywhere} })},
		{ID: "nat-selects-nobody", Layer: DataPlane, Says: "a NAT gateway translates no source", Try: nat, world: eachGateway(func(g *topology.NATGateway) { g.Sources = nil })},
		{ID: "translator-hides-nobody", Layer: DataPlane, Says: "a translator leaves the client's address", Try: []string{"HYB-003", "HYB-004"}, rules: inMachines(func(chain string, _ *nft.Rule) fate {
			return staysUnless(chain == "source")
		})},
		{ID: "balancer-wrong-port", Layer: DataPlane, Says: "a load balancer forwards to the port beside its backend's", Try: []string{"NODE-026"}, plan: func(p *fabric.Plan) {
			for _, m := range p.Machines {
				if m.Balancer == nil {
					continue
				}
				for i, b := range m.Balancer.Backends {
					m.Balancer.Backends[i].At = netip.AddrPortFrom(b.At.Addr(), b.At.Port()+1)
				}
			}
		}},
	}
}

// transitive gives what arrives over a link the ways that the default table has.
func transitive(r *fabric.RouterPlan) {
	carryInstead(r, "peering/", "/not-transitive", func(x fabric.Route) (fabric.Link, bool) {
		i := slices.IndexFunc(r.Routes, func(y fabric.Route) bool {
			return y.Table == customTables && y.Destination == x.Destination && y.Via == fabric.PeerHop
		})
		if i < 0 {
			return fabric.Link{}, false
		}
		return fabric.Link{Interface: r.Routes[i].Interface}, true
	})
}

// byPeering picks the link of the peering that a sink's rule names.
func byPeering(r *fabric.RouterPlan) func(fabric.Route) (fabric.Link, bool) {
	return func(x fabric.Route) (fabric.Link, bool) {
		i := slices.IndexFunc(r.Sinks, func(s fabric.Sink) bool { return s.Interface == x.Interface })
		if i < 0 {
			return fabric.Link{}, false
		}
		name, _, _ := strings.Cut(strings.TrimPrefix(r.Sinks[i].Rule, "peering/"), "/")
		j := slices.IndexFunc(r.Links, func(l fabric.Link) bool { return l.Name == name })
		if j < 0 {
			return fabric.Link{}, false
		}
		return r.Links[j], true
	}
}

// overlapCarries lets a router's routes over peerings of overlapping VPCs take
// effect.
func overlapCarries(r *fabric.RouterPlan) { carryInstead(r, "peering/", "/overlap", byPeering(r)) }

func eachVPN(edit func(*topology.VPN)) func(*topology.World) {
	return func(w *topology.World) {
		for i := range w.VPNs {
			edit(&w.VPNs[i])
		}
	}
}

func eachGateway(edit func(*topology.NATGateway)) func(*topology.World) {
	return func(w *topology.World) {
		for i := range w.NATGateways {
			edit(&w.NATGateways[i])
		}
	}
}
