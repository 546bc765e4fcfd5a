package change

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// MovePod recreates a pod on a node of its cluster, with another address, as
// draining its node does. A pod on the host network has no address of its own.
type MovePod struct {
	Pod, Node string
	Address   netip.Addr
}

// Apply implements Change. A node that is cordoned takes no pod.
func (c MovePod) Apply(w *topology.World) error {
	home, p, err := pod(w, c.Pod)
	if err != nil {
		return err
	}
	if c.Node != p.Node {
		if err := takesPods(home, c.Node); err != nil {
			return err
		}
	}
	p.Node, p.Address, p.Pending = c.Node, c.Address, false
	return nil
}

// String implements Change.
func (c MovePod) String() string {
	if !c.Address.IsValid() {
		return fmt.Sprintf("move pod %s to %s", c.Pod, c.Node)
	}
	return fmt.Sprintf("move pod %s to %s, with address %s", c.Pod, c.Node, c.Address)
}

// AssignAddress gives a pod an address of its node; one that was pending starts.
type AssignAddress struct {
	Pod     string
	Address netip.Addr
}

// Apply implements Change.
func (c AssignAddress) Apply(w *topology.World) error {
	_, p, err := pod(w, c.Pod)
	if err != nil {
		return err
	}
	p.Address, p.Pending = c.Address, false
	return nil
}

// String implements Change.
func (c AssignAddress) String() string {
	return fmt.Sprintf("give pod %s the address %s", c.Pod, c.Address)
}

// WithholdAddress leaves a pod pending, without an address.
type WithholdAddress struct{ Pod string }

// Apply implements Change.
func (c WithholdAddress) Apply(w *topology.World) error {
	_, p, err := pod(w, c.Pod)
	if err != nil {
		return err
	}
	if p.HostNetwork {
		return fmt.Errorf("pod %s is on the host network and needs no address", c.Pod)
	}
	p.Address, p.Pending = netip.Addr{}, true
	return nil
}

// String implements Change.
func (c WithholdAddress) String() string { return fmt.Sprintf("leave pod %s without address", c.Pod) }

// AddPods starts pods.
type AddPods struct {
	Cluster string
	Pods    []topology.Pod
}

// Apply implements Change.
func (c AddPods) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	for _, p := range c.Pods {
		if _, _, err := pod(w, p.Name); err == nil {
			return fmt.Errorf("world has a pod %q already", p.Name)
		}
		if err := takesPods(home, p.Node); err != nil {
			return err
		}
		p.Listeners = slices.Clone(p.Listeners)
		home.Pods = append(home.Pods, p)
	}
	return nil
}

// String implements Change.
func (c AddPods) String() string {
	names := make([]string, len(c.Pods))
	for i, p := range c.Pods {
		names[i] = p.Name
	}
	return fmt.Sprintf("start %s in cluster %s", podList(names), c.Cluster)
}

// RemovePods deletes pods. Services and network policies select them no more.
type RemovePods struct {
	Cluster string
	Pods    []string
}

// Apply implements Change.
func (c RemovePods) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	for _, name := range c.Pods {
		i := slices.IndexFunc(home.Pods, func(p topology.Pod) bool { return p.Name == name })
		if i < 0 {
			return fmt.Errorf("cluster %s has no pod %q", c.Cluster, name)
		}
		if err := unnamed(w, name); err != nil {
			return err
		}
		home.Pods = slices.Delete(home.Pods, i, i+1)
		is := func(s string) bool { return s == name }
		for j := range home.Services {
			home.Services[j].Backends = slices.DeleteFunc(home.Services[j].Backends, is)
		}
		for j := range home.NetworkPolicies {
			home.NetworkPolicies[j].Pods = slices.DeleteFunc(home.NetworkPolicies[j].Pods, is)
		}
	}
	return nil
}

// String implements Change.
func (c RemovePods) String() string {
	return fmt.Sprintf("delete %s of cluster %s", podList(c.Pods), c.Cluster)
}

// podList names a few pods and counts many.
func podList(names []string) string {
	const few = 4
	if len(names) > few {
		return fmt.Sprintf("%d pods (%s … %s)", len(names), names[0], names[len(names)-1])
	}
	return "pods " + strings.Join(names, ", ")
}

func takesPods(c *topology.Cluster, name string) error {
	n := c.Node(name)
	switch {
	case n == nil:
		return fmt.Errorf("cluster %s has no node %q", c.Name, name)
	case n.Cordoned:
		return fmt.Errorf("node %s is cordoned", name)
	}
	return nil
}
