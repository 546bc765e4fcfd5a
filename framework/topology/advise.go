package topology

import (
	"fmt"
	"net/netip"
	"slices"
)

// Advice is something that the platform accepts and the documentation warns of.
type Advice struct {
	// Place is the path of what is unwise, as in a Problem.
	Place string
	// What says what is unwise, in one clause.
	What string
	// Source is the documentation that says so.
	Source string
}

// String prints the advice as a report shows it.
func (a Advice) String() string { return fmt.Sprintf("%s: %s (%s)", a.Place, a.What, a.Source) }

// The documentation that advice comes from.
const (
	planningSource = "CCE best practice, Planning CIDR Blocks for a Cluster"
	peeringSource  = "VPC user guide, VPC Peering Connection Overview"
)

// Advise lists what is legal in a world and unwise, in the order of the world.
// It speaks of valid worlds; what Validate refuses, it does not repeat.
func Advise(w World) []Advice {
	a := &adviser{world: &w}
	a.tables()
	a.peerings()
	a.groups()
	a.engines()
	a.instances()
	a.clusters()
	return a.found
}

// adviser collects advice.
type adviser struct {
	world *World
	found []Advice
}

func (a *adviser) add(place, source, format string, args ...any) {
	a.found = append(a.found, Advice{Place: place, What: fmt.Sprintf(format, args...), Source: source})
}

// tables warns of routes that were asked for and do not exist.
func (a *adviser) tables() {
	for i, v := range a.world.VPCs {
		for j, t := range v.RouteTables {
			if over := len(t.Routes) - t.Quota; t.Quota > 0 && over > 0 {
				a.add(at(fmt.Sprintf("vpcs[%d].routeTables[%d]", i, j), t.Name), "CCE notes and constraints; VPC user guide, Adding a Custom Route",
					"%d of %d routes are over the quota of %d and do not exist", over, len(t.Routes), t.Quota)
			}
		}
	}
}

// peerings warns of VPCs that overlap, between which most routes do not work.
func (a *adviser) peerings() {
	for i, p := range a.world.Peerings {
		local, known := a.world.VPC(p.Local)
		peer, found := a.world.VPC(p.Peer)
		if !known || !found || local == peer {
			continue
		}
		for _, pair := range overlaps(local.CIDRs, peer.CIDRs) {
			a.add(at(fmt.Sprintf("peerings[%d]", i), p.Name), peeringSource,
				"CIDR %s of %s overlaps CIDR %s of %s", pair[0], p.Local, pair[1], p.Peer)
		}
	}
}

// groups warns of rules that admit everybody.
func (a *adviser) groups() {
	for i, g := range a.world.SecurityGroups {
		for j, r := range g.Rules {
			e := r.Effective()
			if e.Direction == Ingress && e.Action == Allow && e.CIDR.IsValid() && e.CIDR.Bits() == 0 {
				a.add(at(fmt.Sprintf("securityGroups[%d].rules[%d]", i, j), r.Name), "VPC user guide, Adding a Security Group Rule",
					"group %s admits %s from every address", g.Name, e.matches())
			}
		}
	}
}

// engines warns of bridges over the addresses of nodes and containers: replies
// of the host to them go into the bridge.
func (a *adviser) engines() {
	const source = "CCE user guide, Configuring Intra-VPC Access"
	for i, h := range a.world.Hosts {
		place := at(fmt.Sprintf("hosts[%d]", i), h.Name)
		for _, n := range a.world.EngineNetworks(h) {
			bridge := valid([]netip.Prefix{n.CIDR})
			for _, c := range a.world.Clusters {
				for _, pair := range overlaps(bridge, c.ContainerCIDRs) {
					a.add(place, source, "engine network %s %s overlaps container CIDR %s of cluster %s", n.Name, pair[0], pair[1], c.Name)
				}
				for _, s := range a.subnets(c) {
					// The host's own subnet is at least as specific as the bridge.
					if s.Name != h.NIC.Subnet && len(overlaps(bridge, []netip.Prefix{s.CIDR})) > 0 {
						a.add(place, source, "engine network %s %s overlaps subnet %s %s of cluster %s's nodes", n.Name, n.CIDR, s.Name, s.CIDR, c.Name)
					}
				}
			}
		}
	}
}

// subnets lists the subnets of the cluster's nodes, each once.
func (a *adviser) subnets(c Cluster) []Subnet {
	var all []Subnet
	for _, n := range c.Nodes {
		_, s, known := a.world.SubnetOf(n.NIC.Subnet)
		if known && !slices.ContainsFunc(all, func(o Subnet) bool { return o.Name == s.Name }) {
			all = append(all, s)
		}
	}
	return all
}

func (a *adviser) clusters() {
	for i := range a.world.Clusters {
		c := &a.world.Clusters[i]
		place := at(fmt.Sprintf("clusters[%d]", i), c.Name)
		a.pools(place, c)
		a.size(place, c)
		if home := a.home(c); home != nil {
			a.neighbours(place, c, home)
			a.otherClusters(place, i, home)
		}
		a.masquerade(place, c)
	}
}

// home is the VPC of the cluster's first node.
func (a *adviser) home(c *Cluster) *VPC {
	if len(c.Nodes) == 0 {
		return nil
	}
	v, _, _ := a.world.SubnetOf(c.Nodes[0].NIC.Subnet)
	return v
}

// pools warns of container CIDRs that engines on other hosts take by themselves.
func (a *adviser) pools(place string, c *Cluster) {
	for _, own := range valid(c.ContainerCIDRs) {
		i := slices.IndexFunc(DefaultPools(), own.Overlaps)
		if i >= 0 {
			a.add(place, "CCE API reference, Creating a Cluster; Docker, default address pools",
				"container CIDR %s overlaps %s, which container engines take by default", own, DefaultPools()[i])
		}
	}
}

// leastTunnelBits is the longest prefix that is advised for a tunnel cluster,
// whose container CIDR cannot be expanded. Source: cce_10_0281.
const leastTunnelBits = 19

func (a *adviser) size(place string, c *Cluster) {
	if c.Mode != Tunnel {
		return
	}
	for _, own := range valid(c.ContainerCIDRs) {
		if own.Bits() > leastTunnelBits {
			a.add(place, "CCE user guide, Overview of container network models",
				"container CIDR %s is smaller than a /%d and cannot be expanded in tunnel mode", own, leastTunnelBits)
		}
	}
}

// neighbours warns of blocks that the networks behind peerings and VPNs have as
// well: what pods send there stays in the cluster.
func (a *adviser) neighbours(place string, c *Cluster, home *VPC) {
	for _, l := range a.world.Connections() {
		if l.Local != home.Name && l.Peer != home.Name {
			continue
		}
		far, known := a.world.VPC(l.Other(home.Name))
		if !known {
			continue
		}
		for _, pair := range overlaps(c.ContainerCIDRs, far.CIDRs) {
			a.add(place, planningSource, "container CIDR %s overlaps CIDR %s of %s, behind %s", pair[0], pair[1], far.Name, l.Name)
		}
		for _, pair := range overlaps([]netip.Prefix{c.ServiceCIDR}, far.CIDRs) {
			a.add(place, planningSource, "Service CIDR %s overlaps CIDR %s of %s, behind %s", pair[0], pair[1], far.Name, l.Name)
		}
	}
}

// otherClusters warns of containers that two clusters give the same addresses,
// where Validate does not refuse it: in one VPC, or on both sides of a peering.
func (a *adviser) otherClusters(place string, index int, home *VPC) {
	c := &a.world.Clusters[index]
	for j := range a.world.Clusters[:index] {
		other := &a.world.Clusters[j]
		there := a.home(other)
		if there == nil || (there != home && !a.connected(home.Name, there.Name)) {
			continue
		}
		if there == home && c.Mode == Routed && other.Mode == Routed {
			continue
		}
		for _, pair := range overlaps(c.ContainerCIDRs, other.ContainerCIDRs) {
			a.add(place, planningSource, "container CIDR %s overlaps container CIDR %s of cluster %s: their pods cannot reach each other", pair[0], pair[1], other.Name)
		}
	}
}

func (a *adviser) connected(one, other string) bool {
	return slices.ContainsFunc(a.world.Connections(), func(l Connection) bool {
		return l.Local == one && l.Peer == other || l.Local == other && l.Peer == one
	})
}

// masquerade warns of node subnets towards which a routed cluster masquerades:
// its pods cannot answer the nodes then.
func (a *adviser) masquerade(place string, c *Cluster) {
	if c.Mode != Routed {
		return
	}
	for _, s := range a.subnets(*c) {
		if !slices.ContainsFunc(c.NonMasqueradeCIDRs, func(n netip.Prefix) bool { return s.CIDR.IsValid() && contains(n, s.CIDR) }) {
			a.add(place, "CCE best practice, source pod IP", "nonMasqueradeCIDRs leave out subnet %s %s of the nodes", s.Name, s.CIDR)
		}
	}
}

// overlaps lists the pairs of blocks, one of each list, that overlap.
func overlaps(as, bs []netip.Prefix) [][2]netip.Prefix {
	var all [][2]netip.Prefix
	for _, x := range valid(as) {
		for _, y := range valid(bs) {
			if x.Overlaps(y) {
				all = append(all, [2]netip.Prefix{x, y})
			}
		}
	}
	return all
}
