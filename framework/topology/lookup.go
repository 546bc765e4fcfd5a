package topology

import (
	"net/netip"
	"slices"
)

// EndpointKind says what a name in a world stands for.
type EndpointKind string

const (
	// KindHost is a host outside every cluster.
	KindHost EndpointKind = "host"
	// KindNode is a cluster node.
	KindNode EndpointKind = "node"
	// KindPod is a pod with an address of its own.
	KindPod EndpointKind = "pod"
	// KindHostPod is a pod on its node's network.
	KindHostPod EndpointKind = "host-network pod"
)

// Endpoint is a resolved end of a flow. Attached is the NIC through which it
// meets the VPC (for a pod: its node's) and Machine the name of that NIC's host
// or node. Cluster and Node are nil for hosts.
type Endpoint struct {
	Name      string
	Kind      EndpointKind
	Address   netip.Addr
	Machine   string
	Attached  NIC
	Listeners []Listener
	Cluster   *Cluster
	Node      *Node
}

// Listens reports whether the endpoint answers on the port. Everything alive
// answers ICMP.
func (e Endpoint) Listens(p Protocol, port uint16) bool {
	return p == ICMP || slices.Contains(e.Listeners, Listener{Protocol: p, Port: port})
}

// Endpoints lists every host, node and pod in the order of the world.
func (w *World) Endpoints() []Endpoint {
	var all []Endpoint
	for i := range w.Hosts {
		h := &w.Hosts[i]
		all = append(all, Endpoint{Name: h.Name, Kind: KindHost, Address: h.NIC.Address, Machine: h.Name, Attached: h.NIC, Listeners: h.Listeners})
	}
	for i := range w.Clusters {
		c := &w.Clusters[i]
		for j := range c.Nodes {
			n := &c.Nodes[j]
			all = append(all, Endpoint{Name: n.Name, Kind: KindNode, Address: n.NIC.Address, Machine: n.Name, Attached: n.NIC, Listeners: n.Listeners, Cluster: c, Node: n})
		}
		for _, p := range c.Pods {
			n := c.Node(p.Node)
			if n == nil {
				continue
			}
			e := Endpoint{Name: p.Name, Kind: KindPod, Address: p.Address, Machine: n.Name, Attached: n.NIC, Listeners: p.Listeners, Cluster: c, Node: n}
			if p.HostNetwork {
				e.Kind, e.Address = KindHostPod, n.NIC.Address
			}
			all = append(all, e)
		}
	}
	return all
}

// Endpoint resolves the name of a host, node or pod, or a NameRecord that
// points to one.
func (w *World) Endpoint(name string) (Endpoint, bool) {
	for _, r := range w.Names {
		if r.Name == name {
			name = r.Target
			break
		}
	}
	for _, e := range w.Endpoints() {
		if e.Name == name {
			return e, true
		}
	}
	return Endpoint{}, false
}

// NICs lists the NIC of every host and node with its owner's name, in the order
// of the world.
func (w *World) NICs() []OwnedNIC {
	var all []OwnedNIC
	for _, h := range w.Hosts {
		all = append(all, OwnedNIC{Owner: h.Name, NIC: h.NIC})
	}
	for _, c := range w.Clusters {
		for _, n := range c.Nodes {
			all = append(all, OwnedNIC{Owner: n.Name, NIC: n.NIC})
		}
	}
	return all
}

// OwnedNIC is a NIC and the name of its host or node.
type OwnedNIC struct {
	Owner string
	NIC
}

// NIC finds the NIC of a host or node.
func (w *World) NIC(owner string) (NIC, bool) {
	for _, n := range w.NICs() {
		if n.Owner == owner {
			return n.NIC, true
		}
	}
	return NIC{}, false
}

// Group finds a security group.
func (w *World) Group(name string) (SecurityGroup, bool) {
	for _, g := range w.SecurityGroups {
		if g.Name == name {
			return g, true
		}
	}
	return SecurityGroup{}, false
}

// Members lists the addresses of the NICs in a security group, in the order of
// the world.
func (w *World) Members(group string) []netip.Addr {
	var all []netip.Addr
	for _, n := range w.NICs() {
		if slices.Contains(n.SecurityGroups, group) {
			all = append(all, n.Address)
		}
	}
	return all
}

// VPC finds a VPC.
func (w *World) VPC(name string) (*VPC, bool) {
	for i := range w.VPCs {
		if w.VPCs[i].Name == name {
			return &w.VPCs[i], true
		}
	}
	return nil, false
}

// SubnetOf finds a subnet and its VPC. Subnet names are unique in a world.
func (w *World) SubnetOf(subnet string) (*VPC, Subnet, bool) {
	for i := range w.VPCs {
		for _, s := range w.VPCs[i].Subnets {
			if s.Name == subnet {
				return &w.VPCs[i], s, true
			}
		}
	}
	return nil, Subnet{}, false
}

// Peering finds a peering.
func (w *World) Peering(name string) (Peering, bool) {
	for _, p := range w.Peerings {
		if p.Name == name {
			return p, true
		}
	}
	return Peering{}, false
}

// Other returns the VPC at the other end of the peering.
func (p Peering) Other(vpc string) string {
	if p.Local == vpc {
		return p.Peer
	}
	return p.Local
}

// Table returns the route table that decides for traffic leaving the subnet.
func (v *VPC) Table(s Subnet) (RouteTable, bool) {
	if s.RouteTable == "" {
		return v.DefaultTable()
	}
	for _, t := range v.RouteTables {
		if t.Name == s.RouteTable {
			return t, true
		}
	}
	return RouteTable{}, false
}

// DefaultTable returns the VPC's first route table; it decides for traffic that
// arrives over a peering, and for subnets that name no table.
func (v *VPC) DefaultTable() (RouteTable, bool) {
	if len(v.RouteTables) == 0 {
		return RouteTable{}, false
	}
	return v.RouteTables[0], true
}

// Node finds a node of the cluster.
func (c *Cluster) Node(name string) *Node {
	for i := range c.Nodes {
		if c.Nodes[i].Name == name {
			return &c.Nodes[i]
		}
	}
	return nil
}

// Holds reports whether the address lies in one of the cluster's container CIDRs.
func (c *Cluster) Holds(a netip.Addr) bool { return anyContains(c.ContainerCIDRs, a) }

// Masquerades reports whether a pod of the cluster reaches the destination with
// its node's address instead of its own.
//
// Source: cce_10_0399 (tunnel), cce_bestpractice "nonMasqueradeCIDRs" (routed).
func (c *Cluster) Masquerades(dst netip.Addr) bool {
	if c.Holds(dst) {
		return false
	}
	return c.Mode == Tunnel || !anyContains(c.NonMasqueradeCIDRs, dst)
}

func anyContains(ps []netip.Prefix, a netip.Addr) bool {
	return slices.ContainsFunc(ps, func(p netip.Prefix) bool { return p.Contains(a) })
}

// Clone returns a deep copy, so that a change never touches the world it was
// given.
func (w World) Clone() World {
	w.VPCs = slices.Clone(w.VPCs)
	for i := range w.VPCs {
		v := &w.VPCs[i]
		v.CIDRs, v.Subnets, v.RouteTables = slices.Clone(v.CIDRs), slices.Clone(v.Subnets), slices.Clone(v.RouteTables)
		for j := range v.RouteTables {
			v.RouteTables[j].Routes = slices.Clone(v.RouteTables[j].Routes)
		}
	}
	w.Peerings, w.Names = slices.Clone(w.Peerings), slices.Clone(w.Names)
	w.SecurityGroups = slices.Clone(w.SecurityGroups)
	for i := range w.SecurityGroups {
		w.SecurityGroups[i].Rules = slices.Clone(w.SecurityGroups[i].Rules)
	}
	w.Hosts = slices.Clone(w.Hosts)
	for i := range w.Hosts {
		h := &w.Hosts[i]
		h.Listeners, h.NIC.SecurityGroups = slices.Clone(h.Listeners), slices.Clone(h.NIC.SecurityGroups)
	}
	w.Clusters = slices.Clone(w.Clusters)
	for i := range w.Clusters {
		w.Clusters[i].clone()
	}
	return w
}

func (c *Cluster) clone() {
	c.ContainerCIDRs, c.NonMasqueradeCIDRs = slices.Clone(c.ContainerCIDRs), slices.Clone(c.NonMasqueradeCIDRs)
	c.Nodes, c.Pods = slices.Clone(c.Nodes), slices.Clone(c.Pods)
	for i := range c.Nodes {
		n := &c.Nodes[i]
		n.Listeners, n.NIC.SecurityGroups = slices.Clone(n.Listeners), slices.Clone(n.NIC.SecurityGroups)
	}
	for i := range c.Pods {
		c.Pods[i].Listeners = slices.Clone(c.Pods[i].Listeners)
	}
}

// SeenAs names whom a server sees when a flow of this endpoint arrives with the
// given source address: the endpoint itself, or the node that masqueraded it. A
// node's own packets into the container network carry the first address of its
// block. It reports false for an address that is neither's.
func (e Endpoint) SeenAs(source netip.Addr) (string, bool) {
	switch {
	case source == e.Attached.Address, e.Node != nil && source == e.Node.Gateway():
		return e.Machine, true
	case source == e.Address:
		return e.Name, true
	default:
		return "", false
	}
}

// Gateway is the address that the node has in its own block, its pods' gateway.
func (n Node) Gateway() netip.Addr { return n.Block.Masked().Addr().Next() }
