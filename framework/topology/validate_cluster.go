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
		p.disjoint(EntriesOverlap, place, "non-masquerade CIDR", c.NonMasqueradeCIDRs)
		if c.PodMTU != 0 && (c.PodMTU < smallestMTU || c.PodMTU > largestMTU) {
			p.add(place, "pod MTU %d is not between %d and %d", c.PodMTU, smallestMTU, largestMTU)
		}
		p.blocks(path, c)
		p.pods(path, c)
		p.services(path, c)
		p.policies(path, c)
		if c.DNS != nil && c.Node(c.DNS.Node) == nil {
			p.add(place, "unknown node %q of the DNS", c.DNS.Node)
		}
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
	if home != nil && home.kind() != Cloud {
		p.add(at(path, c.Name), "the nodes are in %s, which is no VPC", home.Name)
	}
	return home
}

// clusterCIDRs checks the cluster's blocks against each other, against the VPC's
// and against other clusters', and names every pair that conflicts. Only routed
// clusters of one VPC share its route tables and must differ; tunnel clusters may
// use the same containers' block.
//
// Source: cce_bestpractice "Planning CIDR Blocks for a Cluster".
func (p *problems) clusterCIDRs(place string, index int, vpc *VPC) {
	c := &p.world.Clusters[index]
	if len(c.ContainerCIDRs) == 0 {
		p.add(place, "there is no container CIDR")
	}
	p.disjoint("", place, "container CIDR", c.ContainerCIDRs)
	p.cidr(place, "Service CIDR", c.ServiceCIDR)
	services := valid([]netip.Prefix{c.ServiceCIDR})
	for _, s := range services {
		p.inVPC(ServicesInVPC, place, "Service CIDR", s, vpc)
	}
	for _, own := range valid(c.ContainerCIDRs) {
		for _, s := range services {
			if own.Overlaps(s) {
				p.violates(ServicesInContainers, [2]netip.Prefix{s, own}, place, "container CIDR %s overlaps the Service CIDR %s", own, s)
			}
		}
		p.inVPC(ContainersInVPC, place, "container CIDR", own, vpc)
		if vpc != nil {
			p.otherClusters(place, index, vpc, own)
		}
	}
}

// inVPC reports every CIDR of the VPC that a block overlaps.
func (p *problems) inVPC(rule RuleID, place, role string, block netip.Prefix, vpc *VPC) {
	if vpc == nil {
		return
	}
	for _, v := range valid(vpc.CIDRs) {
		if v.Overlaps(block) {
			p.violates(rule, [2]netip.Prefix{block, v}, place, "%s %s overlaps CIDR %s of %s", role, block, v, vpc.Name)
		}
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
				p.violates(ContainersOfTwoClusters, [2]netip.Prefix{own, theirs}, place, "container CIDR %s overlaps container CIDR %s of routed cluster %s in the same VPC", own, theirs, other.Name)
			}
		}
	}
}

// blocks checks the nodes' parts of the container CIDRs. Tunnel mode hands out
// addresses in portions of 16; routed mode gives each node one block of each
// container CIDR.
//
// Source: cce_10_0282 (16 addresses), cce_10_0283 (one block per node).
func (p *problems) blocks(path string, c *Cluster) {
	var earlier []nodeBlock
	for i, n := range c.Nodes {
		place := at(fmt.Sprintf("%s.nodes[%d]", path, i), n.Name)
		for _, b := range n.Blocks() {
			if !p.cidr(place, "block", b) {
				continue
			}
			p.block(place, c, b)
			for _, e := range earlier {
				if e.block.Overlaps(b) {
					p.add(place, "block %s overlaps %s of node %s", b, e.block, e.node)
				}
			}
			earlier = append(earlier, nodeBlock{node: n.Name, block: b})
		}
	}
}

// nodeBlock is one block of container addresses and the node that has it.
type nodeBlock struct {
	node  string
	block netip.Prefix
}

func (p *problems) block(place string, c *Cluster, b netip.Prefix) {
	switch bits := b.Bits(); {
	case c.Mode == Routed && (bits < largestBlock || bits > smallestBlock):
		p.add(place, "block %s is not between a /%d and a /%d", b, largestBlock, smallestBlock)
	case bits > smallestBlock:
		p.add(place, "block %s is not a multiple of 16 addresses", b)
	}
	inside := func(cc netip.Prefix) bool { return contains(cc, b) }
	if ccs := valid(c.ContainerCIDRs); len(ccs) > 0 && !slices.ContainsFunc(ccs, inside) {
		p.add(place, "block %s is outside the container CIDRs of %s (%s)", b, c.Name, join(ccs))
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
		if pod.Pending && pod.HostNetwork {
			p.add(place, "a pod on the host network waits for no address")
		}
		switch {
		case pod.HostNetwork:
			if pod.Address.IsValid() {
				p.add(place, "address %s of a pod on the host network; it has its node's", pod.Address)
			}
			continue
		case pod.Pending:
			if pod.Address.IsValid() {
				p.add(place, "address %s of a pod that is pending; it has none", pod.Address)
			}
			continue
		case !pod.Address.IsValid():
			p.add(place, "the address is missing")
			continue
		case node != nil:
			p.podAddress(place, node, pod.Address)
		}
		if first, dup := taken[pod.Address]; dup {
			p.add(place, "address %s is taken by %s", pod.Address, first)
			continue
		}
		taken[pod.Address] = place
	}
}

// podAddress checks that one of the node's blocks has the address to give.
func (p *problems) podAddress(place string, node *Node, a netip.Addr) {
	blocks := valid(node.Blocks())
	for _, b := range blocks {
		if b.Contains(a) {
			if why := usable(b, a); why != "" {
				p.add(place, "address %s is %s the block of %s (%s)", a, why, node.Name, b)
			}
			return
		}
	}
	switch len(blocks) {
	case 0:
	case 1:
		p.add(place, "address %s is outside the block of %s (%s)", a, node.Name, blocks[0])
	default:
		p.add(place, "address %s is outside the blocks of %s (%s)", a, node.Name, join(blocks))
	}
}
