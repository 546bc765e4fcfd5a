package change

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// AddACL adds a network ACL, which guards nothing until it is attached.
type AddACL struct{ ACL topology.NetworkACL }

// Apply implements Change.
func (c AddACL) Apply(w *topology.World) error {
	if _, known := w.ACL(c.ACL.Name); known {
		return fmt.Errorf("world has a network ACL %q already", c.ACL.Name)
	}
	a := c.ACL
	a.Rules = slices.Clone(a.Rules)
	w.NetworkACLs = append(w.NetworkACLs, a)
	return nil
}

// String implements Change.
func (c AddACL) String() string { return "add network ACL " + c.ACL.Name }

// AttachACL makes a network ACL guard a subnet's border, in place of the one
// that did before.
type AttachACL struct{ Subnet, ACL string }

// Apply implements Change.
func (c AttachACL) Apply(w *topology.World) error {
	_, s, err := subnet(w, c.Subnet)
	if err != nil {
		return err
	}
	if _, err := acl(w, c.ACL); err != nil {
		return err
	}
	s.ACL = c.ACL
	return nil
}

// String implements Change.
func (c AttachACL) String() string {
	return fmt.Sprintf("attach network ACL %s to subnet %s", c.ACL, c.Subnet)
}

// DetachACL leaves a subnet's border unguarded.
type DetachACL struct{ Subnet string }

// Apply implements Change.
func (c DetachACL) Apply(w *topology.World) error {
	_, s, err := subnet(w, c.Subnet)
	if err != nil {
		return err
	}
	s.ACL = ""
	return nil
}

// String implements Change.
func (c DetachACL) String() string { return "detach the network ACL of subnet " + c.Subnet }

// AdmitACLRule adds a rule to a network ACL.
type AdmitACLRule struct {
	ACL  string
	Rule topology.SecurityGroupRule
}

// Apply implements Change. A rule of the same name must not exist.
func (c AdmitACLRule) Apply(w *topology.World) error {
	a, err := acl(w, c.ACL)
	if err != nil {
		return err
	}
	if aclRuleIndex(a, c.Rule.Name) >= 0 {
		return fmt.Errorf("network ACL %s has a rule %q already", c.ACL, c.Rule.Name)
	}
	a.Rules = append(a.Rules, c.Rule)
	return nil
}

// String implements Change.
func (c AdmitACLRule) String() string {
	return fmt.Sprintf("add rule %s to network ACL %s", c.Rule, c.ACL)
}

// RevokeACLRule removes a rule from a network ACL.
type RevokeACLRule struct{ ACL, Rule string }

// Apply implements Change.
func (c RevokeACLRule) Apply(w *topology.World) error {
	a, err := acl(w, c.ACL)
	if err != nil {
		return err
	}
	i := aclRuleIndex(a, c.Rule)
	if i < 0 {
		return fmt.Errorf("network ACL %s has no rule %q", c.ACL, c.Rule)
	}
	a.Rules = slices.Delete(a.Rules, i, i+1)
	return nil
}

// String implements Change.
func (c RevokeACLRule) String() string {
	return fmt.Sprintf("remove rule %s from network ACL %s", c.Rule, c.ACL)
}

func acl(w *topology.World, name string) (*topology.NetworkACL, error) {
	for i := range w.NetworkACLs {
		if w.NetworkACLs[i].Name == name {
			return &w.NetworkACLs[i], nil
		}
	}
	return nil, fmt.Errorf("world has no network ACL %q", name)
}

func aclRuleIndex(a *topology.NetworkACL, name string) int {
	return slices.IndexFunc(a.Rules, func(r topology.SecurityGroupRule) bool { return r.Name == name })
}
