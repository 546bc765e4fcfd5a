package topology

import "fmt"

// maxPriority is the lowest priority of a rule; 1 is the highest. Source: VPC
// user guide, "Adding a Security Group Rule".
const maxPriority = 100

func (p *problems) securityGroups() {
	groups := names{}
	for i, g := range p.world.SecurityGroups {
		path := fmt.Sprintf("securityGroups[%d]", i)
		p.claim(groups, at(path, g.Name), g.Name)
		rules := names{}
		for j, r := range g.Rules {
			place := at(fmt.Sprintf("%s.rules[%d]", path, j), r.Name)
			p.claim(rules, place, r.Name)
			p.rule(place, r)
		}
	}
}

func (p *problems) rule(place string, r SecurityGroupRule) {
	if r.Direction != Ingress && r.Direction != Egress {
		p.add(place, "unknown direction %q; it is ingress or egress", r.Direction)
	}
	e := r.Effective()
	if e.Action != Allow && e.Action != Deny {
		p.add(place, "unknown action %q; it is allow or deny", e.Action)
	}
	if e.Priority < 1 || e.Priority > maxPriority {
		p.add(place, "priority %d is not between 1 and %d", e.Priority, maxPriority)
	}
	p.matches(place, e.Protocol, e.Ports)
	switch {
	case r.CIDR.IsValid() && r.Group != "":
		p.add(place, "the far end is both CIDR %s and group %s; it is one of them", r.CIDR, r.Group)
	case r.Group != "":
		if _, known := p.world.Group(r.Group); !known {
			p.add(place, "unknown security group %q", r.Group)
		}
	default:
		p.cidr(place, "CIDR or group of the far end", r.CIDR)
	}
}

// matches checks the protocol and the ports that a rule matches.
func (p *problems) matches(place string, protocol Protocol, ports PortRange) {
	switch protocol {
	case TCP, UDP:
		if !ports.All() && (ports.From == 0 || ports.From > ports.To) {
			p.add(place, "%d-%d is not a range of ports", ports.From, ports.To)
		}
	case ICMP, AnyProtocol:
		if !ports.All() {
			p.add(place, "ports %d-%d need protocol tcp or udp, not %s", ports.From, ports.To, protocol)
		}
	default:
		p.add(place, "unknown protocol %q; it is tcp, udp, icmp or all", protocol)
	}
}

// networkACLs checks them. A rule's far end is a CIDR, and never a group.
//
// Source: VPC user guide, "Firewall Overview".
func (p *problems) networkACLs() {
	space := names{}
	for i, a := range p.world.NetworkACLs {
		path := fmt.Sprintf("networkACLs[%d]", i)
		p.claim(space, at(path, a.Name), a.Name)
		rules := names{}
		for j, r := range a.Rules {
			place := at(fmt.Sprintf("%s.rules[%d]", path, j), r.Name)
			p.claim(rules, place, r.Name)
			if r.Group != "" {
				p.add(place, "the far end is group %s; a network ACL knows only CIDRs", r.Group)
				continue
			}
			p.rule(place, r)
		}
	}
}

// nic checks a NIC; used holds the addresses taken in each VPC, since two VPCs
// may use the same ones.
func (p *problems) nic(place string, n NIC, used names) {
	if len(n.SecurityGroups) == 0 {
		p.add(place, "the NIC is in no security group")
	}
	seen := map[string]struct{}{}
	for _, g := range n.SecurityGroups {
		if _, known := p.world.Group(g); !known {
			p.add(place, "unknown security group %q", g)
		}
		if _, twice := seen[g]; twice {
			p.add(place, "security group %s is named twice", g)
		}
		seen[g] = struct{}{}
	}
	vpc, subnet, known := p.world.SubnetOf(n.Subnet)
	switch {
	case !known:
		p.add(place, "unknown subnet %q", n.Subnet)
		return
	case !n.Address.IsValid():
		p.add(place, "the NIC's address is missing")
		return
	case subnet.CIDR.IsValid():
		if why := usable(subnet.CIDR, n.Address); why != "" {
			p.add(place, "address %s is %s subnet %s (%s)", n.Address, why, subnet.Name, subnet.CIDR)
		}
	}
	key := vpc.Name + " " + n.Address.String()
	if first, taken := used[key]; taken {
		p.add(place, "address %s is taken by %s", n.Address, first)
		return
	}
	used[key] = place
}
