package fabric

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// vpns lists the router's links over VPNs with what those can carry.
func (r *RouterPlan) vpns(w *topology.World) []topology.Connection {
	var all []topology.Connection
	for _, c := range w.Connections() {
		joined := func(l Link) bool { return l.Kind == vpnLink && l.Name == c.Name }
		if c.VPN && slices.ContainsFunc(r.Links, joined) {
			all = append(all, c)
		}
	}
	return all
}

// tooBig renders the end of packets that a VPN cannot carry. It is a rule and not
// the link's MTU, so that the sender is told nothing. Interfaces of machines send
// no larger packets than a wire would carry; see link.SetSegments.
func (r *RouterPlan) tooBig(w *topology.World) []nft.Rule {
	var rules []nft.Rule
	for _, c := range r.vpns(w) {
		if c.MTU > 0 && c.MTU < UnderlayMTU {
			rules = append(rules, r.Fates.condemn(verdict.VPNTooBig(c.Name), nft.Match{
				OutIface: linkName(vpnLink, c.Name), LongerThan: c.MTU,
			}))
		}
	}
	return rules
}

// translations renders what the router changes in packets: the segment size that
// both ends of a connection over a VPN are told, and the source address of what a
// NAT gateway's rules select.
func (r *RouterPlan) translations(w *topology.World) []nft.Chain {
	clamp := nft.Chain{Name: "clamp", Base: &nft.Base{Type: nft.Filter, Hook: nft.Forward, Priority: nft.PriorityMangle}}
	for _, c := range r.vpns(w) {
		if c.MSS > 0 {
			clamp.Rules = append(clamp.Rules, nft.Rule{
				Match:   nft.Match{OutIface: linkName(vpnLink, c.Name), Protocol: nft.TCP, TCPFlags: nft.SYN},
				Verdict: nft.ClampSegments(uint16(c.MSS)),
			})
		}
	}
	source := nft.Chain{Name: "source", Base: &nft.Base{Type: nft.NAT, Hook: nft.Postrouting, Priority: nft.PrioritySourceNAT}}
	for _, g := range r.gateways(w) {
		source.Rules = append(source.Rules, nft.Rule{
			Match:   nft.Match{OutIface: linkName(natLink, g.Name), SourceSet: sourcesName(g)},
			Verdict: nft.SNAT(g.Address),
		})
	}
	var chains []nft.Chain
	for _, c := range []nft.Chain{clamp, source} {
		if len(c.Rules) > 0 {
			chains = append(chains, c)
		}
	}
	return chains
}

// selected renders the end of what a NAT gateway has no rule for.
func (r *RouterPlan) selected(w *topology.World) []nft.Rule {
	var rules []nft.Rule
	for _, g := range r.gateways(w) {
		rules = append(rules, r.Fates.condemn(verdict.NoSNATRule(g.Name), nft.Match{
			OutIface: linkName(natLink, g.Name), NotSourceSet: sourcesName(g),
		}))
	}
	return rules
}

// unselected renders the end of replies that leave by a NAT gateway to a request that
// did not come in by it: it knows no such connection, and nobody comes in by it unasked.
func (r *RouterPlan) unselected(w *topology.World) []nft.Rule {
	var rules []nft.Rule
	for _, g := range r.gateways(w) {
		rule := r.Fates.condemn(verdict.NoSNATRule(g.Name), nft.Match{OutIface: linkName(natLink, g.Name), CtDirection: nft.Reply})
		rule.Name = "" // a counter counts for one rule; the watch counts for both
		rules = append(rules, rule)
	}
	return rules
}

func (r *RouterPlan) sourceSets(w *topology.World) []nft.Set {
	var sets []nft.Set
	for _, g := range r.gateways(w) {
		sets = append(sets, nft.Set{Name: sourcesName(g), Elements: g.Sources})
	}
	return sets
}

func sourcesName(g topology.NATGateway) string { return nft.Name("snat", g.Name) }

// gateways lists the NAT gateways of the router's VPC.
func (r *RouterPlan) gateways(w *topology.World) []topology.NATGateway {
	var all []topology.NATGateway
	for _, g := range w.NATGateways {
		if g.VPC == r.VPC {
			all = append(all, g)
		}
	}
	return all
}
