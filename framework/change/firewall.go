package change

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// AddFirewallRule adds a rule to the firewall of a host's or node's own
// operating system.
type AddFirewallRule struct {
	Machine string
	Rule    topology.FirewallRule
}

// Apply implements Change.
func (c AddFirewallRule) Apply(w *topology.World) error {
	rules, err := firewall(w, c.Machine)
	if err != nil {
		return err
	}
	if firewallIndex(*rules, c.Rule.Name) >= 0 {
		return fmt.Errorf("the firewall of %s has a rule %q already", c.Machine, c.Rule.Name)
	}
	*rules = append(*rules, c.Rule)
	return nil
}

// String implements Change.
func (c AddFirewallRule) String() string {
	return fmt.Sprintf("make the firewall of %s drop %s", c.Machine, c.Rule)
}

// RemoveFirewallRule removes a rule from a machine's own firewall.
type RemoveFirewallRule struct{ Machine, Rule string }

// Apply implements Change.
func (c RemoveFirewallRule) Apply(w *topology.World) error {
	rules, err := firewall(w, c.Machine)
	if err != nil {
		return err
	}
	i := firewallIndex(*rules, c.Rule)
	if i < 0 {
		return fmt.Errorf("the firewall of %s has no rule %q", c.Machine, c.Rule)
	}
	*rules = slices.Delete(*rules, i, i+1)
	return nil
}

// String implements Change.
func (c RemoveFirewallRule) String() string {
	return fmt.Sprintf("remove rule %s from the firewall of %s", c.Rule, c.Machine)
}

func firewall(w *topology.World, machine string) (*[]topology.FirewallRule, error) {
	if h, err := host(w, machine); err == nil {
		return &h.Firewall, nil
	}
	if _, n, err := node(w, machine); err == nil {
		return &n.Firewall, nil
	}
	return nil, fmt.Errorf("world has no host or node %q", machine)
}

func firewallIndex(rules []topology.FirewallRule, name string) int {
	return slices.IndexFunc(rules, func(r topology.FirewallRule) bool { return r.Name == name })
}
