package lab

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// CanHost reports why a lab cannot realise a world, with an error that matches
// ErrCannotHost, or nil. It is pure: it speaks of what a lab is, not of what the
// machine at hand can do. The paper lab can host every world.
func CanHost(n Name, w topology.World) error {
	var why string
	switch n {
	case Netns:
		why = beyondNamespaces(w)
	case Kind:
		why = beyondClusters(w)
	default:
		return nil
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("%s lab: %s: %w", n, why, ErrCannotHost)
}

// beyondNamespaces says what of a world only Kubernetes itself can show.
func beyondNamespaces(w topology.World) string {
	for _, c := range w.Clusters {
		switch {
		case len(c.Services) > 0:
			return "it has no Services, which kube-proxy makes"
		case c.DNS != nil:
			return "it has no cluster DNS"
		case slices.ContainsFunc(c.Pods, func(p topology.Pod) bool { return p.Pending }):
			return "it has no kubelet that could fail to give a pod an address"
		}
	}
	return ""
}

// beyondClusters says what of a world a kind cluster cannot show. A lab is one
// cluster, whose nodes keep the addresses that they were born with.
func beyondClusters(w topology.World) string {
	if len(w.Clusters) != 1 {
		return fmt.Sprintf("it is one cluster, and the world has %d", len(w.Clusters))
	}
	nodes := w.Clusters[0].Nodes
	for _, n := range nodes {
		if n.NIC.Subnet != nodes[0].NIC.Subnet {
			return fmt.Sprintf("its nodes are born in one subnet, and %s is in another, %s", n.Name, n.NIC.Subnet)
		}
	}
	for _, h := range w.Hosts {
		bare := h
		bare.Routes = nil
		if !slices.Equal(w.EngineNetworks(h), w.EngineNetworks(bare)) {
			return "its peers' engines are Docker, which since 20.10 avoids the routes of links only, and here a static route decides"
		}
		if h.Engine != nil && len(h.Engine.Containers) > 0 {
			return "a container of the peer's engine would need an image in an engine that reaches no registry"
		}
	}
	return ""
}

// CanHappen says why something cannot happen to the platform of a lab of this name that has adopted a world, or nil. The error matches
// ErrCannotHost. It is pure.
func CanHappen(n Name, w topology.World, h Happening) error {
	why := ""
	host, known := w.Host(h.On)
	switch {
	case n == Paper:
		why = "paper has no platform"
	case known && host.Managed != nil:
		why = "nobody may touch the machine of a managed service"
	case n == Netns && !slices.Contains(netnsHappenings(), h.Kind):
		why = "the netns lab has nothing that it could happen to; the kind lab has"
	case n == Kind && h.Kind.ofMachine():
		why = beyondContainers(w, h.On)
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("%s: %w: %s", h, ErrCannotHost, why)
}

// beyondContainers says why a machine of the kind lab can neither go nor stand still. The API server shares the cluster's first node, while
// a cloud keeps it elsewhere; and a host's engine shares the network of the host's container.
func beyondContainers(w topology.World, machine string) string {
	if len(w.Clusters) > 0 && w.Clusters[0].Nodes[0].Name == machine {
		return "the cluster's API server is on that node, which a cloud keeps elsewhere"
	}
	if host, known := w.Host(machine); known && host.Engine != nil {
		return "an engine shares that host's network"
	}
	return ""
}

// ofMachine reports whether a kind concerns a machine as a whole.
func (k HappeningKind) ofMachine() bool {
	return k == MachineLost || k == MachinePaused || k == MachineRebooted
}

func netnsHappenings() []HappeningKind {
	return []HappeningKind{
		RouterRestarted, ConntrackFlushed, MachineLost, MachinePaused, MachineRebooted, PacketsLost, BandwidthLimited, PacketsReordered,
		MTULowered, OverlayDropped,
	}
}
