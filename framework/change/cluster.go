package change

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// SetNonMasquerade replaces a cluster's nonMasqueradeCIDRs.
//
// Source: cce_bestpractice "nonMasqueradeCIDRs".
type SetNonMasquerade struct {
	Cluster string
	CIDRs   []netip.Prefix
}

// Apply implements Change.
func (c SetNonMasquerade) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	home.NonMasqueradeCIDRs = slices.Clone(c.CIDRs)
	return nil
}

// String implements Change.
func (c SetNonMasquerade) String() string {
	return fmt.Sprintf("set nonMasqueradeCIDRs of cluster %s to %s", c.Cluster, blockList(c.CIDRs))
}

// ReplaceContainers gives a cluster another container CIDR, as a cluster that is
// created anew with it has. The nodes' blocks, the pods' addresses and the
// managed routes move by the same offset; rules and other routes are not touched.
type ReplaceContainers struct {
	Cluster string
	CIDR    netip.Prefix
}

// Apply implements Change.
func (c ReplaceContainers) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	if len(home.ContainerCIDRs) != 1 {
		return fmt.Errorf("cluster %s has %d container CIDRs; only one can be replaced", c.Cluster, len(home.ContainerCIDRs))
	}
	from := home.ContainerCIDRs[0]
	home.ContainerCIDRs[0] = c.CIDR
	for i := range home.Nodes {
		n := &home.Nodes[i]
		n.Block = movedBlock(n.Block, from, c.CIDR)
		for j := range n.MoreBlocks {
			n.MoreBlocks[j] = movedBlock(n.MoreBlocks[j], from, c.CIDR)
		}
	}
	for i := range home.Pods {
		home.Pods[i].Address = moved(home.Pods[i].Address, from, c.CIDR)
	}
	for v := range w.VPCs {
		for t := range w.VPCs[v].RouteTables {
			rt := &w.VPCs[v].RouteTables[t]
			for i := range rt.Routes {
				if r := &rt.Routes[i]; r.Managed && home.Node(r.Instance) != nil {
					r.Destination = movedBlock(r.Destination, from, c.CIDR)
				}
			}
		}
	}
	return nil
}

// String implements Change.
func (c ReplaceContainers) String() string {
	return fmt.Sprintf("create cluster %s anew with container CIDR %s", c.Cluster, c.CIDR)
}

// NodeBlock is a block that a node gets.
type NodeBlock struct {
	Node  string
	Block netip.Prefix
}

// ExpandContainers adds a container CIDR to a cluster and hands out blocks of it;
// in a routed cluster, every route table of the VPC gets a route to each. The
// cloud offers it for routed clusters only.
//
// Source: cce_10_0680 "Expanding the Container CIDR Block".
type ExpandContainers struct {
	Cluster string
	CIDR    netip.Prefix
	Blocks  []NodeBlock
}

// Apply implements Change.
func (c ExpandContainers) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	if slices.Contains(home.ContainerCIDRs, c.CIDR) {
		return fmt.Errorf("cluster %s has container CIDR %s already", c.Cluster, c.CIDR)
	}
	home.ContainerCIDRs = append(home.ContainerCIDRs, c.CIDR)
	for _, b := range c.Blocks {
		n := home.Node(b.Node)
		if n == nil {
			return fmt.Errorf("cluster %s has no node %q", c.Cluster, b.Node)
		}
		n.MoreBlocks = append(n.MoreBlocks, b.Block)
		v, _, known := w.SubnetOf(n.NIC.Subnet)
		if !known || home.Mode != topology.Routed {
			continue
		}
		for t := range v.RouteTables {
			rt := &v.RouteTables[t]
			rt.Routes = append(rt.Routes, topology.Route{Destination: b.Block, Instance: b.Node, Managed: true})
		}
	}
	return nil
}

// String implements Change.
func (c ExpandContainers) String() string {
	return fmt.Sprintf("add container CIDR %s to cluster %s", c.CIDR, c.Cluster)
}

// SetServiceCIDR gives a cluster another Service CIDR, as a cluster that is
// created anew with it has. The Services' addresses move by the same offset.
type SetServiceCIDR struct {
	Cluster string
	CIDR    netip.Prefix
}

// Apply implements Change.
func (c SetServiceCIDR) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	for i := range home.Services {
		home.Services[i].Address = moved(home.Services[i].Address, home.ServiceCIDR, c.CIDR)
	}
	home.ServiceCIDR = c.CIDR
	return nil
}

// String implements Change.
func (c SetServiceCIDR) String() string {
	return fmt.Sprintf("create cluster %s anew with Service CIDR %s", c.Cluster, c.CIDR)
}

// SetMTU sets the MTU of a cluster's pods, in bytes; zero leaves it to the mode.
type SetMTU struct {
	Cluster string
	Bytes   int
}

// Apply implements Change.
func (c SetMTU) Apply(w *topology.World) error {
	home, err := cluster(w, c.Cluster)
	if err != nil {
		return err
	}
	home.PodMTU = c.Bytes
	return nil
}

// String implements Change.
func (c SetMTU) String() string {
	if c.Bytes == 0 {
		return fmt.Sprintf("give the pods of cluster %s the MTU of its mode", c.Cluster)
	}
	return fmt.Sprintf("give the pods of cluster %s an MTU of %d bytes", c.Cluster, c.Bytes)
}

func blockList(ps []netip.Prefix) string {
	if len(ps) == 0 {
		return "nothing"
	}
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}
