package fabric

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// rules renders the cloud's rules of one router. The order in which they are
// asked is the oracle's: the sender's source check, the route (a sink), what is
// a reply, the sender's egress, the receiver's ingress. All drops are silent.
func (r *RouterPlan) rules(w *topology.World) nft.Ruleset {
	t := nft.Table{Name: RulesTable}
	for _, g := range w.SecurityGroups {
		set := nft.Set{Name: setName(g.Name)}
		for _, a := range w.Members(g.Name) {
			set.Elements = append(set.Elements, netip.PrefixFrom(a, a.BitLen()))
		}
		t.Sets = append(t.Sets, set)
	}
	t.Chains = []nft.Chain{r.sourceCheck(w), r.forward()}
	for _, p := range r.Ports {
		nic, _ := w.NIC(p.Machine)
		t.Chains = append(t.Chains,
			r.guard(w, p, nic, topology.Egress),
			r.guard(w, p, nic, topology.Ingress))
	}
	t.Chains = append(t.Chains, execution("execute", nft.Forward), execution("execute-first", nft.Prerouting))
	return nft.Ruleset{Tables: []nft.Table{t}}
}

func setName(group string) string { return nft.Name("g", group) }

func guardName(p Port, d topology.Direction) string { return nft.Name(string(d), p.Machine) }

func (r *RouterPlan) sourceCheck(w *topology.World) nft.Chain {
	c := nft.Chain{Name: "source-check", Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck}}
	for _, p := range r.Ports {
		if nic, _ := w.NIC(p.Machine); !nic.SourceCheckOff {
			c.Rules = append(c.Rules, r.Fates.condemn(verdict.SourceCheck(p.Machine), nft.Match{
				InIface: p.Interface, NotSource: netip.PrefixFrom(p.Address, p.Address.BitLen()),
			}))
		}
	}
	return c
}

// forward drops by policy what no rule speaks of, so that a link that has just
// appeared carries nothing before its rules are there.
func (r *RouterPlan) forward() nft.Chain {
	c := nft.Chain{Name: "forward", Base: &nft.Base{Type: nft.Filter, Hook: nft.Forward, Policy: nft.PolicyDrop}}
	add := func(rule nft.Rule) { c.Rules = append(c.Rules, rule) }
	for _, s := range r.Sinks {
		add(r.Fates.condemn(s.Rule, nft.Match{OutIface: s.Interface}))
	}
	add(condemned(nft.Accept()))
	add(nft.Rule{Match: nft.Match{CtState: nft.CtEstablished | nft.CtRelated}, Verdict: nft.Accept()})
	add(r.Fates.condemn(verdict.InvalidState(r.VPC), nft.Match{CtState: nft.CtInvalid}))
	add(condemned(nft.Accept()))
	for _, p := range r.Ports {
		add(nft.Rule{Match: nft.Match{InIface: p.Interface}, Verdict: nft.Jump(guardName(p, topology.Egress))})
	}
	add(condemned(nft.Accept()))
	for _, p := range r.Ports {
		add(nft.Rule{Match: nft.Match{OutIface: p.Interface}, Verdict: nft.Jump(guardName(p, topology.Ingress))})
	}
	add(condemned(nft.Accept()))
	for _, l := range r.Links {
		add(nft.Rule{Match: nft.Match{OutIface: l.Interface}, Verdict: nft.Accept()})
	}
	return c
}

// guard renders what a NIC's security groups say in one direction. An admitted
// packet leaves the egress chain for the rest of forward, and the ingress chain
// for good.
func (r *RouterPlan) guard(w *topology.World, p Port, nic topology.NIC, d topology.Direction) nft.Chain {
	c := nft.Chain{Name: guardName(p, d)}
	admitted := nft.Return()
	if d == topology.Ingress {
		admitted = nft.Accept()
	}
	for _, rule := range w.RulesInOrder(nic, d) {
		name := verdict.GroupRule(p.Machine, d, rule.Group, rule.Name)
		if rule.Action == topology.Deny {
			c.Rules = append(c.Rules, r.Fates.condemn(name, match(rule.SecurityGroupRule)), condemned(nft.Return()))
			continue
		}
		c.Rules = append(c.Rules, nft.Rule{Name: nft.Name(name), Match: match(rule.SecurityGroupRule), Verdict: admitted})
	}
	c.Rules = append(c.Rules, r.Fates.condemn(verdict.DefaultDeny(p.Machine, d), nft.Match{}))
	return c
}

func match(r topology.SecurityGroupRule) nft.Match {
	m := nft.Match{Protocol: protocolOf(r.Protocol)}
	if !r.Ports.All() {
		m.DestinationPorts = nft.Ports{First: r.Ports.From, Last: r.Ports.To}
	}
	switch {
	case r.Group != "" && r.Direction == topology.Ingress:
		m.SourceSet = setName(r.Group)
	case r.Group != "":
		m.DestinationSet = setName(r.Group)
	case r.Direction == topology.Ingress:
		m.Source = r.CIDR
	default:
		m.Destination = r.CIDR
	}
	return m
}

func protocolOf(p topology.Protocol) nft.Protocol {
	switch p {
	case topology.TCP:
		return nft.TCP
	case topology.UDP:
		return nft.UDP
	case topology.ICMP:
		return nft.ICMP
	default:
		return nft.AnyProtocol
	}
}

// guarded lists the machines of the router whose ingress rules differ between
// two rulesets: the cloud clears their live inbound connections.
//
// Source: VPC user guide, "Security Groups and Security Group Rules" (rule
// changes and connection tracking).
func (r RouterPlan) guarded(before nft.Ruleset) []Port {
	was, had := before.Table(RulesTable)
	is, _ := r.Rules.Table(RulesTable)
	if !had {
		return nil
	}
	var changed []Port
	for _, p := range r.Ports {
		name := guardName(p, topology.Ingress)
		a, b := chainOf(was, name), chainOf(is, name)
		if len(a.Rules) > 0 && !(nft.Table{Chains: []nft.Chain{a}}).Equal(nft.Table{Chains: []nft.Chain{b}}) {
			changed = append(changed, p)
		}
	}
	return changed
}

func chainOf(t nft.Table, name string) nft.Chain {
	i := slices.IndexFunc(t.Chains, func(c nft.Chain) bool { return c.Name == name })
	if i < 0 {
		return nft.Chain{}
	}
	return t.Chains[i]
}
