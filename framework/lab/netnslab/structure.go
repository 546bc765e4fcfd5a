package netnslab

import (
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// structure is the part of a world that namespaces and their wiring are made
// from; what it leaves out can change in place. A connection that stands has to
// outlive every change of rules and routes.
func structure(w topology.World) topology.World {
	w = w.Clone()
	w.Name, w.SecurityGroups, w.NetworkACLs, w.Peerings, w.Names = "", nil, nil, nil, nil
	w.VPNs, w.NATGateways = nil, nil
	used := map[string]bool{}
	for _, n := range w.NICs() {
		used[n.Subnet] = true
	}
	for i := range w.VPCs {
		v := &w.VPCs[i]
		v.CIDRs, v.RouteTables = nil, nil
		v.Subnets = slices.DeleteFunc(v.Subnets, func(s topology.Subnet) bool { return !used[s.Name] })
		for j := range v.Subnets {
			s := &v.Subnets[j]
			s.RouteTable, s.ACL = "", ""
		}
	}
	for i, t := range w.Translators {
		w.Translators[i] = topology.Translator{Name: t.Name, NIC: bare(t.NIC)}
	}
	for i, b := range w.LoadBalancers {
		w.LoadBalancers[i] = topology.LoadBalancer{Name: b.Name, NIC: bare(b.NIC)}
	}
	for i := range w.Hosts {
		w.Hosts[i] = structureOfHost(w.Hosts[i])
	}
	for i := range w.Clusters {
		structureOfCluster(&w.Clusters[i])
	}
	return w
}

// structureOfHost keeps a host's address and its engine's containers.
func structureOfHost(h topology.Host) topology.Host {
	kept := topology.Host{Name: h.Name, NIC: bare(h.NIC)}
	if h.Engine != nil && len(h.Engine.Containers) > 0 {
		kept.Engine = h.Engine
	}
	return kept
}

func structureOfCluster(c *topology.Cluster) {
	*c = topology.Cluster{Name: c.Name, Mode: c.Mode, Nodes: c.Nodes, Pods: c.Pods}
	for i, n := range c.Nodes {
		c.Nodes[i] = topology.Node{Name: n.Name, NIC: bare(n.NIC), Block: n.Block}
	}
	for i, p := range c.Pods {
		c.Pods[i] = topology.Pod{Name: p.Name, HostNetwork: p.HostNetwork}
		if p.HostNetwork {
			c.Pods[i].Node = p.Node // whose namespace it is in
		}
	}
}

func bare(n topology.NIC) topology.NIC { return topology.NIC{Subnet: n.Subnet, Address: n.Address} }
