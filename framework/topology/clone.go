package topology

import "slices"

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
	w.SecurityGroups, w.NetworkACLs = slices.Clone(w.SecurityGroups), slices.Clone(w.NetworkACLs)
	for i := range w.SecurityGroups {
		w.SecurityGroups[i].Rules = slices.Clone(w.SecurityGroups[i].Rules)
	}
	for i := range w.NetworkACLs {
		w.NetworkACLs[i].Rules = slices.Clone(w.NetworkACLs[i].Rules)
	}
	w.Peerings, w.VPNs, w.Names = slices.Clone(w.Peerings), slices.Clone(w.VPNs), slices.Clone(w.Names)
	w.cloneGateways()
	w.Hosts = slices.Clone(w.Hosts)
	for i := range w.Hosts {
		w.Hosts[i].clone()
	}
	w.Clusters = slices.Clone(w.Clusters)
	for i := range w.Clusters {
		w.Clusters[i].clone()
	}
	return w
}

func (w *World) cloneGateways() {
	w.NATGateways, w.Translators, w.LoadBalancers = slices.Clone(w.NATGateways), slices.Clone(w.Translators), slices.Clone(w.LoadBalancers)
	for i := range w.NATGateways {
		w.NATGateways[i].Sources = slices.Clone(w.NATGateways[i].Sources)
	}
	for i := range w.Translators {
		w.Translators[i].NIC.clone()
	}
	for i := range w.LoadBalancers {
		b := &w.LoadBalancers[i]
		b.NIC.clone()
		b.Backends = slices.Clone(b.Backends)
	}
}

func (n *NIC) clone() { n.SecurityGroups = slices.Clone(n.SecurityGroups) }

// cloneGroups returns a deep copy of a whitelist's groups.
func cloneGroups(groups []WhitelistGroup) []WhitelistGroup {
	all := slices.Clone(groups)
	for i := range all {
		all[i].Entries = slices.Clone(all[i].Entries)
	}
	return all
}

// Clone returns a deep copy.
func (l Whitelist) Clone() Whitelist {
	l.Groups = cloneGroups(l.Groups)
	return l
}

func (h *Host) clone() {
	h.NIC.clone()
	h.Listeners, h.Routes, h.Firewall = slices.Clone(h.Listeners), slices.Clone(h.Routes), slices.Clone(h.Firewall)
	if h.Whitelist != nil {
		l := h.Whitelist.Clone()
		h.Whitelist = &l
	}
	if h.Managed != nil {
		m := *h.Managed
		h.Managed = &m
	}
	if h.Engine != nil {
		e := *h.Engine
		e.Pools, e.Networks, e.Containers = slices.Clone(e.Pools), slices.Clone(e.Networks), slices.Clone(e.Containers)
		h.Engine = &e
	}
}

func (c *Cluster) clone() {
	c.ContainerCIDRs, c.NonMasqueradeCIDRs = slices.Clone(c.ContainerCIDRs), slices.Clone(c.NonMasqueradeCIDRs)
	c.Nodes, c.Pods = slices.Clone(c.Nodes), slices.Clone(c.Pods)
	for i := range c.Nodes {
		n := &c.Nodes[i]
		n.NIC.clone()
		n.MoreBlocks, n.Listeners, n.Firewall = slices.Clone(n.MoreBlocks), slices.Clone(n.Listeners), slices.Clone(n.Firewall)
	}
	for i := range c.Pods {
		c.Pods[i].Listeners = slices.Clone(c.Pods[i].Listeners)
	}
	c.Services, c.NetworkPolicies = slices.Clone(c.Services), slices.Clone(c.NetworkPolicies)
	for i := range c.Services {
		c.Services[i].Backends = slices.Clone(c.Services[i].Backends)
	}
	for i := range c.NetworkPolicies {
		p := &c.NetworkPolicies[i]
		p.Pods, p.Egress = slices.Clone(p.Pods), slices.Clone(p.Egress)
		for j := range p.Egress {
			p.Egress[j].Except = slices.Clone(p.Egress[j].Except)
		}
	}
	if c.DNS != nil {
		d := *c.DNS
		c.DNS = &d
	}
}
