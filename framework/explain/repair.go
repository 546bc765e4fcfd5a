package explain

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/travel"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// repair is an edit that takes one blocker away and leaves everything else as it is.
// It reports false where there is nothing to edit.
type repair struct {
	did  string
	edit func(w *topology.World) bool
}

// bench is where repairs for one end of a flow are made.
type bench struct {
	oracle lab.Oracle
	world  *topology.World
	flow   topology.Flow
	seen   verdict.Observation
	// from and to are the flow's ends, part the components of the rule that ended it.
	from, to topology.Endpoint
	hop      string
	part     []string
	// packet is what ended, with the addresses that it had there.
	packet travel.Packet
	all    []repair
}

// repairs lists what may take away what ended a flow, the likeliest first. Of those
// after which it ends in another way, or not at all, the first is the one.
func repairs(oracle lab.Oracle, w *topology.World, f topology.Flow, seen verdict.Observation) []repair {
	b := &bench{oracle: oracle, world: w, flow: w.Target(f), seen: seen}
	b.from, _ = w.Endpoint(f.From)
	b.to, _ = w.Endpoint(f.To)
	hop, rule := seen.Verdict.Cause()
	if b.hop = hop; hop == "" {
		b.hop = seen.Verdict.Hop
	}
	b.part = strings.Split(rule, "/")
	steps := seen.Path.Forth
	if seen.Verdict.Kind == verdict.KindReplyLost {
		steps = seen.Path.Back
	}
	b.packet = travel.At(w, steps, hop, rule)
	if rule == "" {
		b.byAnswer()
	} else {
		b.byRule()
	}
	return b.all
}

func (b *bench) add(edit func(w *topology.World) bool, did string, args ...any) {
	b.all = append(b.all, repair{did: fmt.Sprintf(did, args...), edit: edit})
}

// at is one component of the rule's name; empty beyond its end.
func (b *bench) at(i int) string {
	if i >= len(b.part) {
		return ""
	}
	return b.part[i]
}

func (b *bench) last() string { return b.part[len(b.part)-1] }

// byRule repairs what a rule did; see the constructors of package verdict.
func (b *bench) byRule() {
	switch b.at(0) {
	case "sg":
		b.group()
	case "acl":
		b.acl()
	case "whitelist":
		b.whitelist(b.at(1))
	case "rt":
		b.route()
	case "peering":
		b.peering()
	case "vpc":
		b.strayed()
	case "nic":
		b.nic()
	case "node", "policy", "service":
		b.node()
	case "host":
		b.host()
	case "engine":
		b.ownRoute(b.at(1))
	case "dcs":
		b.cache()
	case "nat", "vpn", "lb":
		b.gateway()
	}
}

// group opens the security groups of one NIC: for what none of them admits, by one
// more group; for what a rule of one denies, by taking that rule out.
func (b *bench) group() {
	nic, direction := b.at(1), topology.Direction(b.at(2))
	if len(b.part) > 4 {
		group, rule := b.at(3), b.at(4)
		b.add(func(w *topology.World) bool {
			i := slices.IndexFunc(w.SecurityGroups, func(g topology.SecurityGroup) bool { return g.Name == group })
			return i >= 0 && without(&w.SecurityGroups[i].Rules, rule)
		}, "security group %s has no rule %s", group, rule)
		return
	}
	b.add(func(w *topology.World) bool { return openNIC(w, nic, direction) }, "the security groups of %s allow %s", nic, way(direction))
}

func way(d topology.Direction) string {
	if d == topology.Egress {
		return "all outbound traffic"
	}
	return "all inbound traffic"
}

func anything(d topology.Direction) topology.SecurityGroupRule {
	return topology.SecurityGroupRule{Name: "anything", Direction: d, Priority: lastPriority, CIDR: anywhere()}
}

// lastPriority is behind every priority that the platform has.
const lastPriority = 101

func anywhere() netip.Prefix { return netip.PrefixFrom(netip.IPv4Unspecified(), 0) }

func only(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }

func without(rules *[]topology.SecurityGroupRule, name string) bool {
	before := len(*rules)
	*rules = slices.DeleteFunc(*rules, func(r topology.SecurityGroupRule) bool { return r.Name == name })
	return len(*rules) < before
}

// nicOf finds the NIC of a host, node, translator or load balancer, to be edited.
func nicOf(w *topology.World, owner string) *topology.NIC {
	if n := nodeOf(w, owner); n != nil {
		return &n.NIC
	}
	if h := hostOf(w, owner); h != nil {
		return &h.NIC
	}
	for i := range w.Translators {
		if w.Translators[i].Name == owner {
			return &w.Translators[i].NIC
		}
	}
	for i := range w.LoadBalancers {
		if w.LoadBalancers[i].Name == owner {
			return &w.LoadBalancers[i].NIC
		}
	}
	return nil
}

func hostOf(w *topology.World, name string) *topology.Host {
	for i := range w.Hosts {
		if w.Hosts[i].Name == name {
			return &w.Hosts[i]
		}
	}
	return nil
}

// acl opens a network ACL at one subnet: the subnet gets one of its own.
func (b *bench) acl() {
	acl, subnet, direction, rule := b.at(1), b.at(2), topology.Direction(b.at(3)), b.at(4)
	did := fmt.Sprintf("the network ACL %s allows %s at subnet %s", acl, way(direction), subnet)
	if rule != "default-deny" {
		did = fmt.Sprintf("the network ACL %s has no rule %s at subnet %s", acl, rule, subnet)
	}
	b.add(func(w *topology.World) bool {
		own, known := w.ACL(acl)
		s := subnetOf(w, subnet)
		if !known || s == nil {
			return false
		}
		own.Name = fmt.Sprintf(assumed+"%d", len(w.NetworkACLs))
		own.Rules = slices.Clone(own.Rules)
		if rule == "default-deny" {
			own.Rules = append(own.Rules, anything(direction))
		} else if !without(&own.Rules, rule) {
			return false
		}
		w.NetworkACLs = append(w.NetworkACLs, own)
		s.ACL = own.Name
		return true
	}, "%s", did)
}

func subnetOf(w *topology.World, name string) *topology.Subnet {
	for i := range w.VPCs {
		for j := range w.VPCs[i].Subnets {
			if w.VPCs[i].Subnets[j].Name == name {
				return &w.VPCs[i].Subnets[j]
			}
		}
	}
	return nil
}

func (b *bench) whitelist(host string) {
	b.add(func(w *topology.World) bool {
		h := hostOf(w, host)
		if h == nil || h.Whitelist == nil {
			return false
		}
		h.Whitelist.Enabled = false
		return true
	}, "the access control of %s admits everybody", host)
}

func (b *bench) nic() {
	b.add(func(w *topology.World) bool {
		n := nicOf(w, b.at(1))
		if n != nil {
			n.SourceCheckOff = true
		}
		return n != nil
	}, "the source/destination check of %s is off", b.at(1))
}
