package change

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// AddNetworkPolicy adds a network policy to a cluster.
type AddNetworkPolicy struct {
	Cluster string
	Policy  topology.NetworkPolicy
}

// Apply implements Change.
func (c AddNetworkPolicy) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	if policyIndex(home, c.Policy.Name) >= 0 {
		return fmt.Errorf("cluster %s has a network policy %q already", c.Cluster, c.Policy.Name)
	}
	p := c.Policy
	p.Pods, p.Egress = slices.Clone(p.Pods), slices.Clone(p.Egress)
	for i := range p.Egress {
		p.Egress[i].Except = slices.Clone(p.Egress[i].Except)
	}
	home.NetworkPolicies = append(home.NetworkPolicies, p)
	return nil
}

// String implements Change.
func (c AddNetworkPolicy) String() string {
	return fmt.Sprintf("add network policy %s to cluster %s", c.Policy.Name, c.Cluster)
}

// RemoveNetworkPolicy removes a network policy from a cluster.
type RemoveNetworkPolicy struct{ Cluster, Policy string }

// Apply implements Change.
func (c RemoveNetworkPolicy) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	i := policyIndex(home, c.Policy)
	if i < 0 {
		return fmt.Errorf("cluster %s has no network policy %q", c.Cluster, c.Policy)
	}
	home.NetworkPolicies = slices.Delete(home.NetworkPolicies, i, i+1)
	return nil
}

// String implements Change.
func (c RemoveNetworkPolicy) String() string {
	return fmt.Sprintf("remove network policy %s from cluster %s", c.Policy, c.Cluster)
}

func policyIndex(c *topology.Cluster, name string) int {
	return slices.IndexFunc(c.NetworkPolicies, func(p topology.NetworkPolicy) bool { return p.Name == name })
}
