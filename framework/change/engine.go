package change

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// InstallEngine installs a container engine on a host.
type InstallEngine struct {
	Host   string
	Engine topology.Engine
}

// Apply implements Change.
func (c InstallEngine) Apply(w *topology.World) error {
	if err := notOnNode(w, c.Host); err != nil {
		return err
	}
	h, err := host(w, c.Host)
	if err != nil {
		return err
	}
	if h.Engine != nil {
		return fmt.Errorf("host %s has a container engine already", c.Host)
	}
	e := c.Engine
	e.Pools, e.Networks, e.Containers = slices.Clone(e.Pools), slices.Clone(e.Networks), slices.Clone(e.Containers)
	h.Engine = &e
	return nil
}

// String implements Change.
func (c InstallEngine) String() string {
	if c.Engine.BridgeIP.IsValid() {
		return fmt.Sprintf("install a container engine with bip %s on %s", c.Engine.BridgeIP, c.Host)
	}
	return "install a container engine on " + c.Host
}

// RemoveEngine removes a host's container engine with everything on it.
type RemoveEngine struct{ Host string }

// Apply implements Change.
func (c RemoveEngine) Apply(w *topology.World) error {
	h, err := engineHost(w, c.Host)
	if err != nil {
		return err
	}
	h.Engine = nil
	return nil
}

// String implements Change.
func (c RemoveEngine) String() string { return "remove the container engine of " + c.Host }

// SetBridgeIP sets "bip" of a host's daemon.json and restarts the engine; the
// zero value leaves the choice to the engine. Containers move with the bridge.
//
// Source: CCE "High-Risk Operations" forbids it on a node.
type SetBridgeIP struct {
	Host    string
	Address netip.Prefix
}

// Apply implements Change.
func (c SetBridgeIP) Apply(w *topology.World) error {
	h, err := engineHost(w, c.Host)
	if err != nil {
		return err
	}
	from := defaultBridge(w, *h)
	h.Engine.BridgeIP = c.Address
	if to := defaultBridge(w, *h); from.IsValid() && to.IsValid() {
		for i := range h.Engine.Containers {
			a := &h.Engine.Containers[i].Address
			*a = moved(*a, from, to)
		}
	}
	return nil
}

// String implements Change.
func (c SetBridgeIP) String() string {
	if !c.Address.IsValid() {
		return "leave the bridge of " + c.Host + " to its container engine"
	}
	return fmt.Sprintf("set the bridge of %s to %s", c.Host, c.Address)
}

// CreateEngineNetwork creates a bridge network of a host's engine.
type CreateEngineNetwork struct {
	Host    string
	Network topology.EngineNetwork
}

// Apply implements Change.
func (c CreateEngineNetwork) Apply(w *topology.World) error {
	h, err := engineHost(w, c.Host)
	if err != nil {
		return err
	}
	if engineNetworkIndex(h, c.Network.Name) >= 0 {
		return fmt.Errorf("host %s has an engine network %q already", c.Host, c.Network.Name)
	}
	h.Engine.Networks = append(h.Engine.Networks, c.Network)
	return nil
}

// String implements Change.
func (c CreateEngineNetwork) String() string {
	if c.Network.CIDR.IsValid() {
		return fmt.Sprintf("create engine network %s %s on %s", c.Network.Name, c.Network.CIDR, c.Host)
	}
	return fmt.Sprintf("create engine network %s on %s", c.Network.Name, c.Host)
}

// RemoveEngineNetwork removes a bridge network of a host's engine.
type RemoveEngineNetwork struct{ Host, Network string }

// Apply implements Change.
func (c RemoveEngineNetwork) Apply(w *topology.World) error {
	h, err := engineHost(w, c.Host)
	if err != nil {
		return err
	}
	i := engineNetworkIndex(h, c.Network)
	if i < 0 {
		return fmt.Errorf("host %s has no engine network %q", c.Host, c.Network)
	}
	h.Engine.Networks = slices.Delete(h.Engine.Networks, i, i+1)
	return nil
}

// String implements Change.
func (c RemoveEngineNetwork) String() string {
	return fmt.Sprintf("remove engine network %s from %s", c.Network, c.Host)
}

// notOnNode refuses to touch the container engine of a cluster's node.
func notOnNode(w *topology.World, name string) error {
	c, _, err := node(w, name)
	if err != nil {
		return nil //nolint:nilerr // What is no node may have its engine changed.
	}
	return fmt.Errorf("%w: %w", ErrRefused, topology.Problem{
		World: w.Name, Place: "node " + name, Rule: topology.EngineOnNode,
		What: "the container engine belongs to cluster " + c.Name,
	})
}

func engineHost(w *topology.World, name string) (*topology.Host, error) {
	if err := notOnNode(w, name); err != nil {
		return nil, err
	}
	h, err := host(w, name)
	if err != nil {
		return nil, err
	}
	if h.Engine == nil {
		return nil, fmt.Errorf("host %s has no container engine", name)
	}
	return h, nil
}

func engineNetworkIndex(h *topology.Host, name string) int {
	return slices.IndexFunc(h.Engine.Networks, func(n topology.EngineNetwork) bool { return n.Name == name })
}

// defaultBridge is the block of docker0; it is invalid when there is no room.
func defaultBridge(w *topology.World, h topology.Host) netip.Prefix {
	for _, n := range w.EngineNetworks(h) {
		if n.Name == topology.DefaultBridge {
			return n.CIDR
		}
	}
	return netip.Prefix{}
}
