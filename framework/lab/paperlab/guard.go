package paperlab

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// leave asks who guards the sender about a new flow: its groups, then the ACL of
// its subnet, unless the packet stays in the subnet.
func (k *walker) leave(vpc *topology.VPC, machine string, next nextHop, p packet) *drop {
	nic, _ := k.world.NIC(machine)
	if d := k.guard(vpc.Name, machine, nic, topology.Egress, p); d != nil {
		return d
	}
	if receiver, _ := k.world.NIC(next.machine); receiver.Subnet == nic.Subnet {
		return nil
	}
	return k.border(vpc.Name, nic.Subnet, topology.Egress, p)
}

// admit asks who guards the receiver about a new flow: the ACL of its subnet,
// unless the packet comes from the same subnet, its groups, and what else a managed
// service asks.
func (k *walker) admit(vpc *topology.VPC, from origin, machine string, p packet) *drop {
	nic, _ := k.world.NIC(machine)
	if from.subnet != nic.Subnet {
		if d := k.border(vpc.Name, nic.Subnet, topology.Ingress, p); d != nil {
			return d
		}
	}
	if d := k.guard(vpc.Name, machine, nic, topology.Ingress, p); d != nil {
		return d
	}
	h, known := k.world.Host(machine)
	if !known || k.knows(vpc.Name, p) {
		return nil
	}
	if d := k.acrossPeering(vpc.Name, from.connection, h, p); d != nil {
		return d
	}
	return k.listed(vpc.Name, h, p)
}

// guard asks a NIC's security groups about a packet. They are stateful: what
// belongs to a connection passes without being asked. To some managed services they
// do not apply.
func (k *walker) guard(hop, machine string, nic topology.NIC, dir topology.Direction, p packet) *drop {
	if k.knows(hop, p) {
		k.step(hop, "", "passed %s of %s %s", dir, machine, p.as())
		return nil
	}
	if h, known := k.world.Host(machine); known && !h.Guarded() {
		k.step(hop, "", "no security group applies to %s", machine)
		return nil
	}
	for _, r := range k.world.RulesInOrder(nic, dir) {
		if k.matches(r.SecurityGroupRule, p) {
			return k.decide(hop, verdict.GroupRule(machine, dir, r.Group, r.Name), r.Action)
		}
	}
	return k.dropped(hop, verdict.DefaultDeny(machine, dir))
}

// border asks the ACL of a subnet about a packet. It is stateful as well.
//
// Source: VPC user guide, "Firewall Overview"; HVPC, "Network ACL Overview".
func (k *walker) border(hop, subnet string, dir topology.Direction, p packet) *drop {
	_, s, _ := k.world.SubnetOf(subnet)
	if s.ACL == "" || k.knows(hop, p) {
		return nil
	}
	acl, _ := k.world.ACL(s.ACL)
	for _, r := range acl.RulesInOrder(dir) {
		if k.matches(r, p) {
			return k.decide(hop, verdict.ACLRule(acl.Name, subnet, dir, r.Name), r.Action)
		}
	}
	return k.dropped(hop, verdict.ACLDefaultDeny(s.ACL, subnet, dir))
}

func (k *walker) decide(hop, rule string, a topology.Action) *drop {
	if a == topology.Deny {
		return k.dropped(hop, rule)
	}
	k.step(hop, rule, "admitted")
	return nil
}

// matches compares a rule with a packet. The far end is the source of what comes
// in and the destination of what goes out.
func (k *walker) matches(r topology.SecurityGroupRule, p packet) bool {
	if p.reply {
		p.port = ephemeralPort // it is for the client's port
	}
	if !speaks(r.Protocol, r.Ports, p) {
		return false
	}
	var far netip.Addr
	if far = p.src; r.Direction == topology.Egress {
		far = p.dst
	}
	if r.Group != "" {
		return slices.Contains(k.world.Members(r.Group), far)
	}
	return r.CIDR.Contains(far)
}
