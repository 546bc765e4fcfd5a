package topology

import (
	"errors"
	"fmt"
	"net/netip"
	"regexp"
)

// Problem is one thing that is wrong with a world, and where.
type Problem struct {
	// World is the world's name.
	World string
	// Place is the path of what is wrong, in the words of the YAML form, with
	// its name: `vpcs[0].subnets[1] "db"`. It is empty for the world itself.
	Place string
	// What says what is wrong, in one clause.
	What string
	// Rule names the documented rule that is violated; empty for what the form
	// itself demands.
	Rule RuleID
	// Pair is, where a Rule of address planning is violated, the block that should
	// be another one and the block that it conflicts with; the second is invalid
	// where there is none.
	Pair [2]netip.Prefix
}

// RuleID names a documented rule that the platform enforces.
type RuleID string

// The rules of address planning.
const (
	// ContainersInVPC: a container CIDR must not overlap the VPC's CIDRs.
	ContainersInVPC RuleID = "container-cidr-overlaps-vpc"
	// ServicesInVPC: the Service CIDR must not overlap the VPC's CIDRs.
	ServicesInVPC RuleID = "service-cidr-overlaps-vpc"
	// ServicesInContainers: the Service CIDR must not overlap a container CIDR.
	ServicesInContainers RuleID = "service-cidr-overlaps-containers"
	// ContainersOfTwoClusters: routed clusters of one VPC must not share containers' addresses.
	ContainersOfTwoClusters RuleID = "container-cidrs-of-two-clusters-overlap"
	// NotCanonical: a block is given by its network address.
	NotCanonical RuleID = "block-not-canonical"
	// EntriesOverlap: the entries of nonMasqueradeCIDRs must not overlap.
	EntriesOverlap RuleID = "non-masquerade-cidrs-overlap"
	// EngineOnNode: a node's container engine must not be reconfigured.
	EngineOnNode RuleID = "engine-of-a-node-reconfigured"
)

// The rules of whitelists of managed services.
//
// Source: DCS "Managing IP Address Whitelist" and API reference, "Configuring IP
// Address Whitelist"; RDS "Enabling or Disabling Access Control".
const (
	// NoWhitelist: a service that its security group guards has no whitelist.
	NoWhitelist RuleID = "whitelist-not-supported"
	// WhitelistGroups: a DCS instance has at most 4 groups.
	WhitelistGroups RuleID = "whitelist-groups"
	// WhitelistGroupNames: a group's name has 4 to 64 characters and begins with a letter.
	WhitelistGroupNames RuleID = "whitelist-group-name"
	// WhitelistEntries: a DCS instance takes at most 20 entries, a proxy 300.
	WhitelistEntries RuleID = "whitelist-entries"
	// WhitelistEverybody: neither 0.0.0.0 nor 0.0.0.0/0 is an entry.
	WhitelistEverybody RuleID = "whitelist-of-everybody"
	// WhitelistOneList: a proxy has one list, of those admitted or of those kept
	// out; a DCS instance knows only the former.
	WhitelistOneList RuleID = "whitelist-one-list"
)

// Error implements error.
func (p Problem) Error() string {
	if p.Place == "" {
		return fmt.Sprintf("world %s: %s", p.World, p.What)
	}
	return fmt.Sprintf("world %s: %s: %s", p.World, p.Place, p.What)
}

// maxName keeps names short enough for what labs derive from them.
const maxName = 40

// label is what names may look like: that of a DNS label, since pods, nodes and
// containers are called so.
var label = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`)

// problems collects everything that is wrong with a world.
type problems struct {
	world *World
	found []error
}

func (p *problems) add(place, format string, args ...any) {
	p.found = append(p.found, Problem{World: p.world.Name, Place: place, What: fmt.Sprintf(format, args...)})
}

// violates adds a problem that a documented rule names: the
// first block of the pair should be another one, because of the second.
func (p *problems) violates(rule RuleID, pair [2]netip.Prefix, place, format string, args ...any) {
	p.found = append(p.found, Problem{World: p.world.Name, Place: place, What: fmt.Sprintf(format, args...), Rule: rule, Pair: pair})
}

// forbidden adds a problem that a documented rule names and that no other block solves.
func (p *problems) forbidden(rule RuleID, place, format string, args ...any) {
	p.violates(rule, [2]netip.Prefix{}, place, format, args...)
}

func (p *problems) join() error { return errors.Join(p.found...) }

// names is a name space: what was named first, and where.
type names map[string]string

// claim checks a name and takes it in its name space.
func (p *problems) claim(space names, place, name string) {
	switch {
	case name == "":
		p.add(place, "the name is missing")
		return
	case len(name) > maxName:
		p.add(place, "the name has %d characters; at most %d are allowed", len(name), maxName)
	case !label.MatchString(name):
		p.add(place, "a name consists of lower-case letters, digits and hyphens, and neither begins nor ends with a hyphen")
	}
	if first, taken := space[name]; taken {
		p.add(place, "the name is taken by %s", first)
		return
	}
	space[name] = place
}

// cidr checks that a prefix is a canonical IPv4 block and reports whether it can
// be used in further checks. role says what the prefix is.
//
// Source: cce_10_0784 and the VPC user guide accept canonical blocks only:
// 192.168.1.0/24, not 192.168.1.1/24.
func (p *problems) cidr(place, role string, c netip.Prefix) bool {
	switch {
	case !c.IsValid():
		p.add(place, "the %s is missing", role)
		return false
	case !c.Addr().Is4():
		p.add(place, "%s %s is not IPv4", role, c)
		return false
	case c != c.Masked():
		p.violates(NotCanonical, [2]netip.Prefix{c}, place, "%s %s is not canonical; the block is %s", role, c, c.Masked())
		return false
	}
	return true
}

// usable says why an address cannot be given to anybody in a block, and is
// empty when it can. The first address after the network's is the gateway's.
//
// Source: VPC user guide, "Creating a Subnet"; cce_10_0348 for node blocks.
func usable(block netip.Prefix, a netip.Addr) string {
	network := block.Masked().Addr()
	switch {
	case !network.Is4() || !block.Contains(a):
		return "outside"
	case a == network:
		return "the network address of"
	case a == network.Next():
		return "the gateway of"
	case a == lastAddress(block):
		return "the broadcast address of"
	default:
		return ""
	}
}

// lastAddress returns the highest address of an IPv4 block.
func lastAddress(block netip.Prefix) netip.Addr {
	a := block.Masked().Addr().As4()
	for bit := block.Bits(); bit < 32; bit++ {
		a[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(a)
}

func at(place, name string) string {
	if name == "" {
		return place
	}
	return fmt.Sprintf("%s %q", place, name)
}

func contains(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}

func valid(ps []netip.Prefix) []netip.Prefix {
	var all []netip.Prefix
	for _, p := range ps {
		if p.IsValid() && p.Addr().Is4() {
			all = append(all, p)
		}
	}
	return all
}
