package fabric

import (
	"fmt"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// rules renders the cloud's rules of one router. The order in which they are
// asked is the oracle's: the sender's source check, the route (a sink), what a
// VPN cannot carry, what is a reply, the sender's egress, its subnet's, the NAT
// gateway, the receiver's subnet, its ingress, what a cache does not serve, its
// whitelist. All drops are silent but for a whitelist that resets.
func (r *RouterPlan) rules(w *topology.World) nft.Ruleset {
	t := nft.Table{Name: RulesTable}
	for _, g := range w.SecurityGroups {
		set := nft.Set{Name: setName(g.Name)}
		for _, a := range w.Members(g.Name) {
			set.Elements = append(set.Elements, host(a))
		}
		t.Sets = append(t.Sets, set)
	}
	t.Sets = append(t.Sets, r.accessSets(w)...)
	t.Sets = append(t.Sets, r.sourceSets(w)...)
	t.Chains = []nft.Chain{r.sourceCheck(w), r.forward(w)}
	for _, p := range r.Ports {
		nic, _ := w.NIC(p.Machine)
		if !guardedBy(w, p.Machine) {
			continue
		}
		t.Chains = append(t.Chains,
			r.guard(w, p, nic, topology.Egress),
			r.guard(w, p, nic, topology.Ingress))
	}
	t.Chains = append(t.Chains, r.borders(w)...)
	t.Chains = append(t.Chains, r.translations(w)...)
	execute := execution("execute", nft.Forward)
	if len(r.resetting(w)) > 0 {
		execute.Rules = append([]nft.Rule{resets()}, execute.Rules...)
	}
	t.Chains = append(t.Chains, execute, execution("execute-first", nft.Prerouting))
	return nft.Ruleset{Tables: []nft.Table{t}}
}

func setName(group string) string { return nft.Name("g", group) }

func guardName(p Port, d topology.Direction) string { return nft.Name(string(d), p.Machine) }

func (r *RouterPlan) sourceCheck(w *topology.World) nft.Chain {
	c := nft.Chain{Name: "source-check", Base: &nft.Base{Type: nft.Filter, Hook: nft.Prerouting, Priority: prioritySourceCheck}}
	for _, p := range r.Ports {
		if nic, _ := w.NIC(p.Machine); !nic.SourceCheckOff {
			c.Rules = append(c.Rules, r.Fates.condemn(verdict.SourceCheck(p.Machine), nft.Match{
				InIface: p.Interface, NotSource: host(p.Address),
			}))
		}
	}
	return c
}

// forward drops by policy what no rule speaks of, so that a link that has just
// appeared carries nothing before its rules are there. It asks in stages; what one
// has condemned is not asked further.
func (r *RouterPlan) forward(w *topology.World) nft.Chain {
	c := nft.Chain{Name: "forward", Base: &nft.Base{Type: nft.Filter, Hook: nft.Forward, Policy: nft.PolicyDrop}}
	stage := func(rules ...nft.Rule) {
		if len(rules) > 0 {
			c.Rules = append(append(c.Rules, rules...), condemned(nft.Accept()))
		}
	}
	var lost, out, in []nft.Rule
	for _, s := range r.Sinks {
		lost = append(lost, r.Fates.condemn(s.Rule, nft.Match{OutIface: s.Interface}))
	}
	stage(append(lost, r.tooBig(w)...)...)
	stage(r.unselected(w)...)
	c.Rules = append(c.Rules, nft.Rule{Match: nft.Match{CtState: nft.CtEstablished | nft.CtRelated}, Verdict: nft.Accept()})
	stage(r.Fates.condemn(verdict.InvalidState(r.VPC), nft.Match{CtState: nft.CtInvalid}))
	stage(r.unasked(w)...)
	for _, p := range r.Ports {
		if !guardedBy(w, p.Machine) {
			continue
		}
		out = append(out, nft.Rule{Match: nft.Match{InIface: p.Interface}, Verdict: nft.Jump(guardName(p, topology.Egress))})
		in = append(in, nft.Rule{Match: nft.Match{OutIface: p.Interface}, Verdict: nft.Jump(guardName(p, topology.Ingress))})
	}
	stage(out...)
	stage(r.crossings(w, topology.Egress)...)
	stage(r.selected(w)...)
	stage(r.crossings(w, topology.Ingress)...)
	stage(in...)
	stage(r.abroad(w)...)
	stage(r.whitelists(w)...)
	for _, l := range r.Links {
		c.Rules = append(c.Rules, nft.Rule{Match: nft.Match{OutIface: l.Interface}, Verdict: nft.Accept()})
	}
	for _, p := range r.Ports {
		c.Rules = append(c.Rules, nft.Rule{Match: nft.Match{OutIface: p.Interface}, Verdict: nft.Accept()})
	}
	return c
}

// guardedBy reports whether the security groups of a machine's NIC apply.
func guardedBy(w *topology.World, machine string) bool {
	h, known := w.Host(machine)
	return !known || h.Guarded()
}

// unasked renders the end of what is sent on the sender's own account to the
// address of a translator's second leg, or in the internet to that of a NAT
// gateway: both take replies only.
func (r *RouterPlan) unasked(w *topology.World) []nft.Rule {
	var replies []string
	for _, l := range r.Legs {
		replies = append(replies, l.Interface)
	}
	for _, g := range w.NATGateways {
		if g.Internet == r.VPC {
			replies = append(replies, linkName(natLink, g.Name))
		}
	}
	var rules []nft.Rule
	for _, i := range replies {
		rule := r.Fates.condemn(verdict.NoSuchAddress(r.VPC), nft.Match{OutIface: i})
		rule.Name = "" // a counter counts for one rule, the sink's; the watch counts for all
		rules = append(rules, rule)
	}
	return rules
}

// guard renders what a NIC's security groups say in one direction. An admitted
// packet leaves the chain for the rest of forward.
func (r *RouterPlan) guard(w *topology.World, p Port, nic topology.NIC, d topology.Direction) nft.Chain {
	c := nft.Chain{Name: guardName(p, d)}
	for _, rule := range w.RulesInOrder(nic, d) {
		c.Rules = append(c.Rules, r.decide(verdict.GroupRule(p.Machine, d, rule.Group, rule.Name), rule.SecurityGroupRule)...)
	}
	c.Rules = append(c.Rules, r.Fates.condemn(verdict.DefaultDeny(p.Machine, d), nft.Match{}))
	return c
}

// decide renders one rule of a security group or network ACL.
func (r *RouterPlan) decide(name string, rule topology.SecurityGroupRule) []nft.Rule {
	if rule.Action == topology.Deny {
		return []nft.Rule{r.Fates.condemn(name, match(rule)), condemned(nft.Return())}
	}
	return []nft.Rule{{Name: nft.Name(name), Match: match(rule), Verdict: nft.Return()}}
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

// inbound says what a NIC's security groups admit, and the addresses of the groups
// that they name.
func inbound(w *topology.World, nic topology.NIC) string {
	var b strings.Builder
	for _, r := range w.RulesInOrder(nic, topology.Ingress) {
		fmt.Fprintf(&b, "%s/%d/%s %v\n", r.Group, r.Priority, r, w.Members(r.SecurityGroupRule.Group))
	}
	return b.String()
}

// changed lists the ports of the router whose inbound rules, or the members of
// the groups that those name, differ from what they were: the cloud clears their
// live inbound connections.
//
// Source: VPC user guide, "Security Groups and Security Group Rules" (rule
// changes and connection tracking).
func (r RouterPlan) changed(before map[string]string) []Port {
	var changed []Port
	for _, p := range r.Ports {
		if was, had := before[p.Machine]; had && was != r.Inbound[p.Machine] {
			changed = append(changed, p)
		}
	}
	return changed
}
