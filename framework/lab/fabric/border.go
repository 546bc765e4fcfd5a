package fabric

import (
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// borders renders what each network ACL says at the border of each subnet that it
// guards, in both directions. What stays inside the subnet does not cross it.
//
// Source: VPC user guide, "Firewall Overview".
func (r *RouterPlan) borders(w *topology.World) []nft.Chain {
	var chains []nft.Chain
	for _, s := range r.guarded(w) {
		acl, _ := w.ACL(s.ACL)
		for _, d := range []topology.Direction{topology.Egress, topology.Ingress} {
			c := nft.Chain{Name: borderName(s, d)}
			for _, p := range r.portsIn(w, s) {
				inside := nft.Match{OutIface: p.Interface}
				if d == topology.Ingress {
					inside = nft.Match{InIface: p.Interface}
				}
				c.Rules = append(c.Rules, nft.Rule{Match: inside, Verdict: nft.Return()})
			}
			for _, rule := range acl.RulesInOrder(d) {
				c.Rules = append(c.Rules, r.decide(verdict.ACLRule(acl.Name, s.Name, d, rule.Name), rule)...)
			}
			c.Rules = append(c.Rules, r.Fates.condemn(verdict.ACLDefaultDeny(acl.Name, s.Name, d), nft.Match{}))
			chains = append(chains, c)
		}
	}
	return chains
}

// crossings sends what leaves or enters a subnet to its border's chain.
func (r *RouterPlan) crossings(w *topology.World, d topology.Direction) []nft.Rule {
	var rules []nft.Rule
	for _, s := range r.guarded(w) {
		for _, p := range r.portsIn(w, s) {
			m := nft.Match{InIface: p.Interface}
			if d == topology.Ingress {
				m = nft.Match{OutIface: p.Interface}
			}
			rules = append(rules, nft.Rule{Match: m, Verdict: nft.Jump(borderName(s, d))})
		}
	}
	return rules
}

func borderName(s topology.Subnet, d topology.Direction) string {
	return nft.Name("acl", string(d), s.Name)
}

// guarded lists the router's subnets that have a network ACL.
func (r *RouterPlan) guarded(w *topology.World) []topology.Subnet {
	v, ok := w.VPC(r.VPC)
	if !ok {
		return nil
	}
	var all []topology.Subnet
	for _, s := range v.Subnets {
		if s.ACL != "" {
			all = append(all, s)
		}
	}
	return all
}

func (r *RouterPlan) portsIn(w *topology.World, s topology.Subnet) []Port {
	var all []Port
	for _, p := range r.Ports {
		if nic, _ := w.NIC(p.Machine); nic.Subnet == s.Name {
			all = append(all, p)
		}
	}
	return all
}
