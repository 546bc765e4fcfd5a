package chaos

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// The kinds of faults that are edits of the world by which something is elsewhere, or gone for a while.
const (
	// PodMoved: a pod is recreated on another node, with an address of that one. C07.
	PodMoved Kind = "pod-moved"
	// NodeDrained: a node takes no pods any more, and those that it has are evicted and recreated on another node, with addresses of
	// that one; pods of the host network are left, as those of DaemonSets are. C07.
	//
	// Source: Kubernetes, Safely Drain a Node.
	NodeDrained Kind = "node-drained"
	// CIDRExpanded: a routed cluster gets one more container CIDR, and a pod is recreated with an address of it. E05.
	CIDRExpanded Kind = "cidr-expanded"
	// ServiceRestarted: an instance of a managed service goes down and its connections with it; healed, it comes back with everything
	// that it had acknowledged.
	ServiceRestarted Kind = "service-restarted"
)

// expansion is the further container CIDR of an expanded cluster, a part of which each node gets. Where a world has it already,
// nothing is expanded.
var expansion = netip.MustParsePrefix("10.240.0.0/16")

// mostNetworks bounds how often an engine grows until one of its networks has the containers' addresses.
const mostNetworks = 12

// ofPods lists how the pods of a cluster may come to be elsewhere.
func ofPods(w topology.World, c topology.Cluster) []Fault {
	var all []Fault
	for _, p := range c.Pods {
		if p.HostNetwork || !p.Address.IsValid() {
			continue
		}
		for _, n := range c.Nodes {
			if a, ok := unused(c, n.Block); ok && n.Name != p.Node {
				all = append(all, Fault{Kind: PodMoved, On: p.Name + "/" + n.Name, Change: change.MovePod{Pod: p.Name, Node: n.Name, Address: a}})
			}
		}
		if c.Mode == topology.Routed && !has(w, expansion) {
			blocks := partsOf(expansion, c.Nodes)
			at := slices.IndexFunc(blocks, func(b change.NodeBlock) bool { return b.Node == p.Node })
			all = append(all, Fault{Kind: CIDRExpanded, On: c.Name + "/" + p.Name, Change: change.All(
				change.ExpandContainers{Cluster: c.Name, CIDR: expansion, Blocks: blocks},
				change.MovePod{Pod: p.Name, Node: p.Node, Address: lastOf(blocks[at].Block)},
			)})
		}
	}
	for _, n := range c.Nodes {
		if f, ok := drained(c, n); ok {
			all = append(all, f)
		}
	}
	return all
}

// drained is how a node may be drained onto one other node that has addresses for all its pods. One that the cluster's DNS runs on is
// not: who is asked for names stays where he is.
func drained(c topology.Cluster, n topology.Node) (Fault, bool) {
	if n.Cordoned || c.DNS != nil && c.DNS.Node == n.Name {
		return Fault{}, false
	}
	for _, to := range c.Nodes {
		if to.Name == n.Name || to.Cordoned {
			continue
		}
		left := c
		left.Pods = slices.Clone(c.Pods)
		all := change.Changes{change.CordonNode{Node: n.Name}}
		for i, p := range left.Pods {
			if p.Node != n.Name || p.HostNetwork || !p.Address.IsValid() {
				continue
			}
			a, ok := unused(left, to.Block)
			if !ok {
				all = nil
				break
			}
			left.Pods[i].Address = a
			all = append(all, change.MovePod{Pod: p.Name, Node: to.Name, Address: a})
		}
		if len(all) > 1 {
			return Fault{Kind: NodeDrained, On: n.Name, Change: all}, true
		}
	}
	return Fault{}, false
}

// unused is the last address of a block that no pod has.
func unused(c topology.Cluster, block netip.Prefix) (netip.Addr, bool) {
	for a := lastOf(block); block.Contains(a.Prev()) && a.Prev() != block.Masked().Addr(); a = a.Prev() {
		if !slices.ContainsFunc(c.Pods, func(p topology.Pod) bool { return p.Address == a }) {
			return a, true
		}
	}
	return netip.Addr{}, false
}

// lastOf is the last address of a block that a pod may have.
func lastOf(block netip.Prefix) netip.Addr {
	b := block.Masked().Addr().As4()
	for bit := block.Bits(); bit < 32; bit++ {
		b[bit/8] |= 1 << (7 - bit%8)
	}
	return netip.AddrFrom4(b).Prev()
}

// partsOf gives each node a block of a cluster's further container CIDR, as large as the one that it has.
func partsOf(cidr netip.Prefix, nodes []topology.Node) []change.NodeBlock {
	var all []change.NodeBlock
	next := cidr.Addr()
	for _, n := range nodes {
		b := netip.PrefixFrom(next, n.Block.Bits())
		all = append(all, change.NodeBlock{Node: n.Name, Block: b})
		next = lastOf(b).Next().Next()
	}
	return all
}

// has reports whether addresses of a block are somebody's already.
func has(w topology.World, block netip.Prefix) bool {
	for _, v := range w.VPCs {
		if slices.ContainsFunc(v.CIDRs, block.Overlaps) {
			return true
		}
	}
	return slices.ContainsFunc(w.Clusters, func(c topology.Cluster) bool {
		return slices.ContainsFunc(c.ContainerCIDRs, block.Overlaps) || block.Overlaps(c.ServiceCIDR)
	})
}

// ofInstance lists how an instance may be gone for a while. A broker of Kafka is not: the others would lead its partitions.
func ofInstance(h topology.Host) []Fault {
	if h.Managed.Kind == topology.DMSKafka || h.Managed.Stopped {
		return nil
	}
	l := topology.Listener{Protocol: topology.TCP, Port: h.Managed.Kind.Port()}
	return []Fault{{Kind: ServiceRestarted, On: h.Name, Change: change.StopListening{Endpoint: h.Name, Listener: l}}}
}

// grown lists how the networks of a host's engine may become more, one at a time, until one has the containers' addresses: of what
// docker gives by itself if it comes to them, else as its user asks for.
func grown(w topology.World, h topology.Host, block netip.Prefix) change.Change {
	var all change.Changes
	for i := range mostNetworks {
		c := change.CreateEngineNetwork{Host: h.Name, Network: topology.EngineNetwork{Name: growth + "-" + string(rune('a'+i))}}
		next, err := change.Edit(w, c)
		if err != nil {
			break
		}
		w = next
		all = append(all, c)
		host, _ := w.Host(h.Name)
		if slices.ContainsFunc(w.EngineNetworks(host), func(n topology.EngineNetwork) bool { return n.CIDR.Overlaps(block) }) {
			return all
		}
	}
	return change.CreateEngineNetwork{Host: h.Name, Network: topology.EngineNetwork{Name: growth, CIDR: block}}
}
