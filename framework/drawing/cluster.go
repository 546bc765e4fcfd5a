package drawing

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// dnsHop is what the oracle calls a cluster's DNS server.
const dnsHop = "dns"

func (p *painter) cluster(c *topology.Cluster) *box {
	b := &box{class: "network"}
	b.head("cluster " + c.Name)
	b.text("detail", string(c.Mode)+" mode")
	b.text("detail", "containers "+prefixes(c.ContainerCIDRs))
	b.text("detail", "services "+c.ServiceCIDR.String())
	if c.Mode == topology.Routed {
		b.text("detail", "pods keep their address towards "+prefixes(c.NonMasqueradeCIDRs))
	}
	if c.PodMTU > 0 {
		b.text("detail", fmt.Sprintf("pod MTU %d", c.PodMTU))
	}
	var inner []*box
	for _, s := range c.Services {
		inner = append(inner, p.service(s))
	}
	for _, n := range c.NetworkPolicies {
		x := p.marked("group", policyKey(n.Name))
		x.head("policy " + n.Name)
		x.text("detail", "of "+strings.Join(n.Pods, ", "))
		for _, e := range n.Egress {
			x.text("detail", "to "+e.CIDR.String())
			if len(e.Except) > 0 {
				x.text("detail", "not "+prefixes(e.Except))
			}
		}
		inner = append(inner, x)
	}
	if c.DNS != nil {
		x := p.hop("service", dnsHop, dnsHop)
		x.text("detail", "on "+c.DNS.Node)
		if c.DNS.PrivateNames {
			x.text("detail", "knows private names")
		}
		inner = append(inner, x)
	}
	b.grid(2, inner)
	return b
}

func (p *painter) service(s topology.Service) *box {
	b := p.marked("service", serviceKey(s.Name))
	b.head(s.Name)
	b.text("detail", fmt.Sprintf("%s:%d %s", s.Address, s.Port, s.Protocol))
	if s.NodePort > 0 {
		policy := s.Policy
		if policy == "" {
			policy = topology.ClusterPolicy
		}
		b.text("detail", fmt.Sprintf("NodePort %d %s", s.NodePort, policy))
	}
	for _, pod := range s.Backends {
		b.text("detail", fmt.Sprintf("→ %s:%d", pod, s.TargetPort))
	}
	if len(s.Backends) == 0 {
		b.text("stop", "no backends")
	}
	return b
}

func (p *painter) names() *box {
	b := &box{class: "network"}
	b.head("names")
	for _, n := range p.world.Names {
		says := n.Name + " → " + n.Target
		if n.Port != 0 {
			says += fmt.Sprintf(":%d", n.Port)
		}
		b.text("detail", says)
	}
	return b
}

// rules are boxes of what the security groups and network ACLs say; with a way, of
// those alone that guard a machine which it comes by or stops at.
func (p *painter) rules() []*box {
	var all []*box
	for _, g := range p.world.SecurityGroups {
		if p.guards(func(n topology.OwnedNIC, _ topology.Subnet) bool { return slices.Contains(n.SecurityGroups, g.Name) }) {
			all = append(all, p.ruleBox("security group "+g.Name, g.Name, g.Rules))
		}
	}
	for _, a := range p.world.NetworkACLs {
		stops := slices.ContainsFunc(p.way.stops, func(key string) bool { return strings.HasPrefix(key, aclKey(a.Name, "")) })
		if stops || p.guards(func(_ topology.OwnedNIC, s topology.Subnet) bool { return s.ACL == a.Name }) {
			all = append(all, p.ruleBox("network ACL "+a.Name, a.Name, a.Rules))
		}
	}
	return all
}

// guards reports whether the way comes by a machine that is meant, or there is no way.
func (p *painter) guards(meant func(topology.OwnedNIC, topology.Subnet) bool) bool {
	if len(p.way.forth) == 0 {
		return true
	}
	for _, n := range p.world.NICs() {
		_, s, _ := p.world.SubnetOf(n.Subnet)
		if meant(n, s) && p.meets(n.Owner) {
			return true
		}
	}
	return false
}

// meets reports whether a way comes by a machine or somebody on it, or stops at one
// of its groups.
func (p *painter) meets(machine string) bool {
	return slices.ContainsFunc(slices.Concat(p.way.forth, p.way.back), func(s station) bool {
		e, known := p.world.Endpoint(s.hop)
		return s.hop == machine || known && e.Machine == machine
	}) || slices.ContainsFunc(p.way.stops, func(key string) bool {
		return strings.HasPrefix(key+"/", anyGroupKey(machine)+"/")
	})
}

func (p *painter) ruleBox(head, owner string, rules []topology.SecurityGroupRule) *box {
	b := &box{class: "group"}
	b.head(head)
	for _, r := range rules {
		class := "detail"
		if slices.Contains(p.way.stops, owner+"/"+r.Name) {
			class = "stop"
		}
		says := r.String()
		if e := r.Effective(); e.Priority != 1 {
			says += fmt.Sprintf(" priority %d", e.Priority)
		}
		b.text(class, says)
	}
	if len(rules) == 0 {
		b.text("detail", "no rule: everything is dropped")
	}
	return b
}
