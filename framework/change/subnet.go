package change

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// AddSubnet adds a subnet to a VPC.
type AddSubnet struct {
	VPC    string
	Subnet topology.Subnet
}

// Apply implements Change. What the cloud asks of a subnet must hold: it is in
// a CIDR of the VPC, overlaps no other subnet, and its table and ACL exist.
//
// Source: VPC user guide, "Creating a Subnet".
func (c AddSubnet) Apply(w *topology.World) error {
	v, err := vpc(w, c.VPC)
	if err != nil {
		return err
	}
	if _, _, known := w.SubnetOf(c.Subnet.Name); known {
		return fmt.Errorf("world has a subnet %q already", c.Subnet.Name)
	}
	if _, known := v.Table(c.Subnet); !known {
		return fmt.Errorf("VPC %s has no route table %q", c.VPC, c.Subnet.RouteTable)
	}
	if c.Subnet.ACL != "" {
		if _, err := acl(w, c.Subnet.ACL); err != nil {
			return err
		}
	}
	inside := func(p netip.Prefix) bool { return holds(p, c.Subnet.CIDR) }
	if !slices.ContainsFunc(v.CIDRs, inside) {
		return fmt.Errorf("VPC %s has no CIDR that holds %s", c.VPC, c.Subnet.CIDR)
	}
	for _, s := range v.Subnets {
		if s.CIDR.Overlaps(c.Subnet.CIDR) {
			return fmt.Errorf("%s overlaps %s of subnet %s", c.Subnet.CIDR, s.CIDR, s.Name)
		}
	}
	v.Subnets = append(v.Subnets, c.Subnet)
	return nil
}

// String implements Change.
func (c AddSubnet) String() string {
	return fmt.Sprintf("add subnet %s %s to %s", c.Subnet.Name, c.Subnet.CIDR, c.VPC)
}

// RemoveSubnet deletes a subnet that no NIC is in.
type RemoveSubnet struct{ Subnet string }

// Apply implements Change.
func (c RemoveSubnet) Apply(w *topology.World) error {
	v, _, err := subnet(w, c.Subnet)
	if err != nil {
		return err
	}
	for _, n := range w.NICs() {
		if n.Subnet == c.Subnet {
			return fmt.Errorf("%s is in subnet %s", n.Owner, c.Subnet)
		}
	}
	v.Subnets = slices.DeleteFunc(v.Subnets, func(s topology.Subnet) bool { return s.Name == c.Subnet })
	return nil
}

// String implements Change.
func (c RemoveSubnet) String() string { return "delete subnet " + c.Subnet }

// AssociateTable makes a route table of the VPC decide for a subnet.
type AssociateTable struct{ Subnet, Table string }

// Apply implements Change.
func (c AssociateTable) Apply(w *topology.World) error {
	v, s, err := subnet(w, c.Subnet)
	if err != nil {
		return err
	}
	if _, known := v.Table(topology.Subnet{RouteTable: c.Table}); !known {
		return fmt.Errorf("VPC %s has no route table %q", v.Name, c.Table)
	}
	s.RouteTable = c.Table
	return nil
}

// String implements Change.
func (c AssociateTable) String() string {
	return fmt.Sprintf("associate subnet %s with table %s", c.Subnet, c.Table)
}

func holds(outer, inner netip.Prefix) bool {
	return outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())
}
