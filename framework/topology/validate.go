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
	p.peerings()
	p.securityGroups()
	p.machines()
	p.clusters()
	p.nameRecords()
	return p.join()
}

// ValidateFlow checks that a flow can be asked in a world, and returns all
// problems at once.
func (w World) ValidateFlow(f Flow) error {
	p := &problems{world: &w}
	place := at("flow", f.String())
	from, known := w.Endpoint(f.From)
	if !known || from.Name != f.From {
		p.add(place, "unknown host, node or pod %q to ask from", f.From)
	}
	to, found := w.Endpoint(f.To)
	if !found {
		p.add(place, "unknown host, node, pod or name %q to ask for", f.To)
	}
	if known && found && from.Name == to.Name {
		p.add(place, "both ends are %s", from.Name)
	}
	switch f.Protocol {
	case ICMP:
		if f.Port != 0 {
			p.add(place, "icmp has no port %d", f.Port)
		}
	case TCP, UDP:
		if f.Port == 0 {
			p.add(place, "%s needs a port", f.Protocol)
		}
	default:
		p.add(place, "unknown protocol %q; a flow speaks tcp, udp or icmp", f.Protocol)
	}
	return p.join()
}

// peerings checks them against the VPC user guide, "VPC Peering Connection
// Overview": two different VPCs, one peering per pair. Overlapping blocks are
// allowed, as in the cloud, where such a peering can be made and does not work.
func (p *problems) peerings() {
	space := names{}
	pairs := map[[2]string]string{}
	for i, peering := range p.world.Peerings {
		place := at(fmt.Sprintf("peerings[%d]", i), peering.Name)
		p.claim(space, place, peering.Name)
		for _, end := range []string{peering.Local, peering.Peer} {
			if _, known := p.world.VPC(end); !known {
				p.add(place, "unknown VPC %q", end)
			}
		}
		if peering.State != Active && peering.State != Pending {
			p.add(place, "unknown state %q; it is active or pending", peering.State)
		}
		if peering.Local == peering.Peer {
			p.add(place, "both ends are %s", peering.Local)
			continue
		}
		pair := [2]string{min(peering.Local, peering.Peer), max(peering.Local, peering.Peer)}
		if first, taken := pairs[pair]; taken {
			p.add(place, "%s and %s are peered already, by %s", peering.Local, peering.Peer, first)
			continue
		}
		pairs[pair] = place
	}
}

// machines checks everything that flows can name, and the NICs behind it.
func (p *problems) machines() {
	space, used := names{}, names{}
	for i, h := range p.world.Hosts {
		place := at(fmt.Sprintf("hosts[%d]", i), h.Name)
		p.claim(space, place, h.Name)
		p.nic(place, h.NIC, used)
		p.listeners(place, h.Listeners, map[Listener]string{})
	}
	for i, c := range p.world.Clusters {
		onNode := map[string]map[Listener]string{}
		for j, n := range c.Nodes {
			place := at(fmt.Sprintf("clusters[%d].nodes[%d]", i, j), n.Name)
			p.claim(space, place, n.Name)
			p.nic(place, n.NIC, used)
			onNode[n.Name] = map[Listener]string{}
			p.listeners(place, n.Listeners, onNode[n.Name])
		}
		for j, pod := range c.Pods {
			place := at(fmt.Sprintf("clusters[%d].pods[%d]", i, j), pod.Name)
			p.claim(space, place, pod.Name)
			taken := map[Listener]string{}
			// Pods on the host network share their node's ports.
			if shared := onNode[pod.Node]; pod.HostNetwork && shared != nil {
				taken = shared
			}
			p.listeners(place, pod.Listeners, taken)
		}
	}
	for i, r := range p.world.Names {
		p.claim(space, at(fmt.Sprintf("names[%d]", i), r.Name), r.Name)
	}
}

// nameRecords checks that each stands for something that has an address.
func (p *problems) nameRecords() {
	for i, r := range p.world.Names {
		isEnd := func(e Endpoint) bool { return e.Name == r.Target }
		if !slices.ContainsFunc(p.world.Endpoints(), isEnd) {
			p.add(at(fmt.Sprintf("names[%d]", i), r.Name), "unknown host, node or pod %q", r.Target)
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
