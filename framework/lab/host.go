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

// CanHappen says why something can never happen to the platform of a lab of this name, or nil. The error matches ErrCannotHost.
func CanHappen(n Name, h Happening) error {
	switch {
	case n == Paper:
		return fmt.Errorf("%s: %w: paper has no platform", h, ErrCannotHost)
	case n == Netns && !slices.Contains(netnsHappenings(), h.Kind):
		return fmt.Errorf("%s: %w: the netns lab has nothing that it could happen to; the kind lab has", h, ErrCannotHost)
	default:
		return nil
	}
}

func netnsHappenings() []HappeningKind {
	return []HappeningKind{
		RouterRestarted, ConntrackFlushed, MachineLost, MachinePaused, MachineRebooted, PacketsLost, BandwidthLimited, PacketsReordered,
		MTULowered, OverlayDropped,
	}
}
