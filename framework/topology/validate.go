package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// Validate checks everything that the documentation or the form itself demands
// of a world and returns all problems at once, each a Problem, joined; nil when
// there are none. It does not ask whether flows would pass: a world in which
// nothing reaches anything is valid.
func (w World) Validate() error {
	p := &problems{world: &w}
	p.claim(names{}, "", w.Name)
	if len(w.VPCs) == 0 {
		p.add("", "there is no VPC")
	}
	p.vpcs()
	p.connections()
	p.natGateways()
	p.securityGroups()
	p.networkACLs()
	p.machines()
	p.translators()
	p.balancers()
	p.clusters()
	p.nameRecords()
	return p.join()
}

// machines checks everything that flows and verdicts can name, and the NICs
// behind it.
func (p *problems) machines() {
	space, used := names{}, names{}
	for i, h := range p.world.Hosts {
		place := at(fmt.Sprintf("hosts[%d]", i), h.Name)
		p.claim(space, place, h.Name)
		p.nic(place, h.NIC, used)
		taken := map[Listener]string{}
		p.listeners(place, h.Listeners, taken)
		p.host(place, h)
		p.managed(place, h, space, taken)
		p.engine(fmt.Sprintf("hosts[%d].engine", i), h, space, taken)
	}
	for i := range p.world.Clusters {
		p.clusterMachines(fmt.Sprintf("clusters[%d]", i), &p.world.Clusters[i], space, used)
	}
	for i, t := range p.world.Translators {
		place := at(fmt.Sprintf("translators[%d]", i), t.Name)
		p.claim(space, place, t.Name)
		p.nic(place, t.NIC, used)
	}
	for i, b := range p.world.LoadBalancers {
		place := at(fmt.Sprintf("loadBalancers[%d]", i), b.Name)
		p.claim(space, place, b.Name)
		p.nic(place, b.NIC, used)
	}
	for i, g := range p.world.NATGateways {
		place := at(fmt.Sprintf("natGateways[%d]", i), g.Name)
		p.claim(space, place, g.Name)
		p.outerAddress(place, "address", g.Address, g.Internet, used)
	}
	for i, r := range p.world.Names {
		p.claim(space, at(fmt.Sprintf("names[%d]", i), r.Name), r.Name)
	}
}

func (p *problems) clusterMachines(path string, c *Cluster, space, used names) {
	onNode := map[string]map[Listener]string{}
	for j, n := range c.Nodes {
		place := at(fmt.Sprintf("%s.nodes[%d]", path, j), n.Name)
		p.claim(space, place, n.Name)
		p.nic(place, n.NIC, used)
		onNode[n.Name] = map[Listener]string{}
		p.listeners(place, n.Listeners, onNode[n.Name])
		p.firewall(place, n.Firewall, InputChain, ForwardChain)
	}
	for j, pod := range c.Pods {
		place := at(fmt.Sprintf("%s.pods[%d]", path, j), pod.Name)
		p.claim(space, place, pod.Name)
		taken := map[Listener]string{}
		// Pods on the host network share their node's ports.
		if shared := onNode[pod.Node]; pod.HostNetwork && shared != nil {
			taken = shared
		}
		p.listeners(place, pod.Listeners, taken)
	}
	for j, s := range c.Services {
		place := at(fmt.Sprintf("%s.services[%d]", path, j), s.Name)
		p.claim(space, place, s.Name)
		// kube-proxy serves a NodePort on every node.
		for _, n := range c.Nodes {
			if s.NodePort != 0 && onNode[n.Name] != nil {
				p.listeners(place, []Listener{{Protocol: s.Protocol, Port: s.NodePort}}, onNode[n.Name])
			}
		}
	}
}

// outerAddress checks an address that a gateway uses in a network without a NIC.
func (p *problems) outerAddress(place, role string, a netip.Addr, network string, used names) {
	if !a.IsValid() {
		p.add(place, "the %s is missing", role)
		return
	}
	if !a.Is4() {
		p.add(place, "%s %s is not IPv4", role, a)
		return
	}
	if v, known := p.world.VPC(network); known {
		for _, s := range v.Subnets {
			if why := usable(s.CIDR, a); why != "" && s.CIDR.Contains(a) {
				p.add(place, "%s %s is %s subnet %s (%s)", role, a, why, s.Name, s.CIDR)
				return
			}
		}
	}
	key := network + " " + a.String()
	if first, taken := used[key]; taken {
		p.add(place, "%s %s is taken by %s", role, a, first)
		return
	}
	used[key] = place
}

// nameRecords checks that each stands for something that has an address.
func (p *problems) nameRecords() {
	for i, r := range p.world.Names {
		isEnd := func(e Endpoint) bool { return e.Name == r.Target }
		if !slices.ContainsFunc(p.world.Destinations(), isEnd) {
			p.add(at(fmt.Sprintf("names[%d]", i), r.Name), "unknown host, node, pod or other destination %q", r.Target)
		}
	}
}

func (p *problems) listeners(place string, ls []Listener, taken map[Listener]string) {
	for _, l := range ls {
		if l.Protocol != TCP && l.Protocol != UDP {
			p.add(place, "unknown protocol %q of a listener; it is tcp or udp", l.Protocol)
			continue
		}
		if l.Port == 0 {
			p.add(place, "a %s listener needs a port", l.Protocol)
			continue
		}
		if first, dup := taken[l]; dup {
			p.add(place, "%s/%d is listened on already, by %s", l.Protocol, l.Port, first)
			continue
		}
		taken[l] = place
	}
}

func join(ps []netip.Prefix) string {
	texts := make([]string, len(ps))
	for i, p := range ps {
		texts[i] = p.String()
	}
	return strings.Join(texts, ", ")
}
