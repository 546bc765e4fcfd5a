package topology

import (
	"fmt"
	"net/netip"
	"slices"
)

// The size of a node's block in routed mode, as a prefix length. Source: the
// CCE API reference, alpha.cce/fixPoolMask.
const (
	largestBlock  = 24
	smallestBlock = 28
)

func (p *problems) clusters() {
	space := names{}
	for i := range p.world.Clusters {
		c := &p.world.Clusters[i]
		path := fmt.Sprintf("clusters[%d]", i)
		place := at(path, c.Name)
		p.claim(space, place, c.Name)
		if c.Mode != Tunnel && c.Mode != Routed {
			p.add(place, "unknown mode %q; it is tunnel or routed", c.Mode)
		}
		vpc := p.clusterVPC(path, c)
		p.clusterCIDRs(place, i, vpc)
		p.disjoint(place, "non-masquerade CIDR", c.NonMasqueradeCIDRs)
		p.blocks(path, c)
		p.pods(path, c)
	}
}

// clusterVPC returns the VPC of the cluster's nodes, which all have to be in
// one, and nil when it cannot be told.
func (p *problems) clusterVPC(path string, c *Cluster) *VPC {
	if len(c.Nodes) == 0 {
		p.add(at(path, c.Name), "there is no node")
	}
	var home *VPC
	for i, n := range c.Nodes {
		vpc, _, known := p.world.SubnetOf(n.NIC.Subnet)
		switch {
		case !known:
		case home == nil:
			home = vpc
		case vpc.Name != home.Name:
			p.add(at(fmt.Sprintf("%s.nodes[%d]", path, i), n.Name), "the node is in %s, the cluster in %s", vpc.Name, home.Name)
		}
	}
	return home
}

// clusterCIDRs checks the cluster's blocks against each other, against the VPC's
// and against other clusters'. Only routed clusters of one VPC share its route
// tables and must differ; tunnel clusters may use the same containers' block.
//
// Source: cce_bestpractice "Planning CIDR Blocks for a Cluster".
func (p *problems) clusterCIDRs(place string, index int, vpc *VPC) {
	c := &p.world.Clusters[index]
	if len(c.ContainerCIDRs) == 0 {
		p.add(place, "there is no container CIDR")
	}
	p.disjoint(place, "container CIDR", c.ContainerCIDRs)
	if !p.cidr(place, "Service CIDR", c.ServiceCIDR) {
		return
	}
	if vpc != nil {
		for _, v := range valid(vpc.CIDRs) {
			if v.Overlaps(c.ServiceCIDR) {
				p.add(place, "Service CIDR %s overlaps CIDR %s of %s", c.ServiceCIDR, v, vpc.Name)
			}
		}
	}
	for _, own := range valid(c.ContainerCIDRs) {
		if own.Overlaps(c.ServiceCIDR) {
			p.add(place, "container CIDR %s overlaps the Service CIDR %s", own, c.ServiceCIDR)
		}
		if vpc == nil {
			continue
		}
		for _, v := range valid(vpc.CIDRs) {
			if v.Overlaps(own) {
				p.add(place, "container CIDR %s overlaps CIDR %s of %s", own, v, vpc.Name)
			}
		}
		p.otherClusters(place, index, vpc, own)
	}
}

func (p *problems) otherClusters(place string, index int, vpc *VPC, own netip.Prefix) {
	for _, other := range p.world.Clusters[:index] {
		if p.world.Clusters[index].Mode != Routed || other.Mode != Routed || len(other.Nodes) == 0 {
			continue
		}
		if home, _, known := p.world.SubnetOf(other.Nodes[0].NIC.Subnet); !known || home.Name != vpc.Name {
			continue
		}
		for _, theirs := range valid(other.ContainerCIDRs) {
			if theirs.Overlaps(own) {
				p.add(place, "container CIDR %s overlaps container CIDR %s of routed cluster %s in the same VPC", own, theirs, other.Name)
			}
		}
	}
}

// blocks checks the nodes' parts of the container CIDRs. Tunnel mode hands out
// addresses in portions of 16; routed mode gives each node one block.
//
// Source: cce_10_0282 (16 addresses), cce_10_0283 (one block per node).
func (p *problems) blocks(path string, c *Cluster) {
	for i, n := range c.Nodes {
		place := at(fmt.Sprintf("%s.nodes[%d]", path, i), n.Name)
		if !p.cidr(place, "block", n.Block) {
			continue
		}
		switch bits := n.Block.Bits(); {
		case c.Mode == Routed && (bits < largestBlock || bits > smallestBlock):
			p.add(place, "block %s is not between a /%d and a /%d", n.Block, largestBlock, smallestBlock)
		case bits > smallestBlock:
			p.add(place, "block %s is not a multiple of 16 addresses", n.Block)
		}
		inside := func(cc netip.Prefix) bool { return contains(cc, n.Block) }
		if ccs := valid(c.ContainerCIDRs); len(ccs) > 0 && !slices.ContainsFunc(ccs, inside) {
			p.add(place, "block %s is outside the container CIDRs of %s (%s)", n.Block, c.Name, join(ccs))
		}
		for _, other := range c.Nodes[:i] {
			if other.Block.IsValid() && other.Block.Overlaps(n.Block) {
				p.add(place, "block %s overlaps %s of node %s", n.Block, other.Block, other.Name)
			}
		}
	}
}

func (p *problems) pods(path string, c *Cluster) {
	taken := map[netip.Addr]string{}
	for i, pod := range c.Pods {
		place := at(fmt.Sprintf("%s.pods[%d]", path, i), pod.Name)
		node := c.Node(pod.Node)
		if node == nil {
			p.add(place, "unknown node %q of cluster %s", pod.Node, c.Name)
		}
		switch {
		case pod.HostNetwork:
			if pod.Address.IsValid() {
				p.add(place, "address %s of a pod on the host network; it has its node's", pod.Address)
			}
			continue
		case !pod.Address.IsValid():
			p.add(place, "the address is missing")
			continue
		case node != nil && node.Block.IsValid():
			if why := usable(node.Block, pod.Address); why != "" {
				p.add(place, "address %s is %s the block of %s (%s)", pod.Address, why, node.Name, node.Block)
			}
		}
		if first, dup := taken[pod.Address]; dup {
			p.add(place, "address %s is taken by %s", pod.Address, first)
			continue
		}
		taken[pod.Address] = place
	}
}
