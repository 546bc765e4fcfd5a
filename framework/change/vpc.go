package change

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// AddCIDR adds a secondary CIDR to a VPC.
type AddCIDR struct {
	VPC  string
	CIDR netip.Prefix
}

// Apply implements Change.
func (c AddCIDR) Apply(w *topology.World) error {
	v, err := vpc(w, c.VPC)
	if err != nil {
		return err
	}
	if slices.Contains(v.CIDRs, c.CIDR) {
		return fmt.Errorf("VPC %s has CIDR %s already", c.VPC, c.CIDR)
	}
	v.CIDRs = append(v.CIDRs, c.CIDR)
	return nil
}

// String implements Change.
func (c AddCIDR) String() string { return fmt.Sprintf("add CIDR %s to %s", c.CIDR, c.VPC) }

// RemoveCIDR removes a CIDR that no subnet is in.
type RemoveCIDR struct {
	VPC  string
	CIDR netip.Prefix
}

// Apply implements Change.
func (c RemoveCIDR) Apply(w *topology.World) error {
	v, err := vpc(w, c.VPC)
	if err != nil {
		return err
	}
	i := slices.Index(v.CIDRs, c.CIDR)
	if i < 0 {
		return fmt.Errorf("VPC %s has no CIDR %s", c.VPC, c.CIDR)
	}
	for _, s := range v.Subnets {
		if holds(c.CIDR, s.CIDR) {
			return fmt.Errorf("subnet %s is in CIDR %s", s.Name, c.CIDR)
		}
	}
	v.CIDRs = slices.Delete(v.CIDRs, i, i+1)
	return nil
}

// String implements Change.
func (c RemoveCIDR) String() string { return fmt.Sprintf("remove CIDR %s from %s", c.CIDR, c.VPC) }

// RenumberVPC moves a VPC's only CIDR, its subnets and the addresses in them by
// the same offset, as a VPC rebuilt elsewhere would have them. Routes, rules and
// whatever else speaks of the former addresses are not touched.
type RenumberVPC struct {
	VPC  string
	CIDR netip.Prefix
}

// Apply implements Change.
func (c RenumberVPC) Apply(w *topology.World) error {
	v, err := vpc(w, c.VPC)
	if err != nil {
		return err
	}
	if len(v.CIDRs) != 1 {
		return fmt.Errorf("VPC %s has %d CIDRs; only one can be moved", c.VPC, len(v.CIDRs))
	}
	from := v.CIDRs[0]
	if from.Bits() != c.CIDR.Bits() {
		return fmt.Errorf("CIDR %s is not of the size of %s", c.CIDR, from)
	}
	v.CIDRs[0] = c.CIDR
	inside := map[string]bool{}
	for i := range v.Subnets {
		s := &v.Subnets[i]
		s.CIDR, inside[s.Name] = movedBlock(s.CIDR, from, c.CIDR), true
	}
	for i := range w.Translators {
		t := &w.Translators[i]
		if target, err := nic(w, t.Target); err == nil && inside[target.Subnet] {
			t.Source = moved(t.Source, from, c.CIDR)
		}
	}
	eachNIC(w, func(_ string, n *topology.NIC) {
		if inside[n.Subnet] {
			n.Address = moved(n.Address, from, c.CIDR)
		}
	})
	return nil
}

// String implements Change.
func (c RenumberVPC) String() string { return fmt.Sprintf("move %s to %s", c.VPC, c.CIDR) }
