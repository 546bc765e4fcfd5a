package fuzz

import (
	"fmt"
	"net/netip"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// listeners draws who answers on what; now and then somebody does not.
func (d *draft) listeners() {
	usual := func() []topology.Listener {
		all := []topology.Listener{{Protocol: topology.TCP, Port: webPort}, {Protocol: topology.UDP, Port: namePort}}
		if d.rarely(3) {
			return all[:1]
		}
		return all
	}
	for i := range d.world.Hosts {
		d.world.Hosts[i].Listeners = usual()
	}
	for i := range d.world.Clusters {
		c := &d.world.Clusters[i]
		for j := range c.Nodes {
			c.Nodes[j].Listeners = usual()
		}
		onNode := map[string]bool{}
		for j := range c.Pods {
			p := &c.Pods[j]
			switch {
			case !p.HostNetwork:
				p.Listeners = usual()
			case onNode[p.Node]:
				p.Listeners = nil
			default:
				p.Listeners = []topology.Listener{{Protocol: topology.TCP, Port: podPort}}
				onNode[p.Node] = true
			}
		}
	}
}

// hosts draws what hosts have of their own.
func (d *draft) hosts() {
	for i := range d.world.Hosts {
		h := &d.world.Hosts[i]
		h.Firewall, h.Whitelist, h.Routes, h.StrictReversePath, h.IgnoreLinkDown = nil, nil, nil, false, false
		if h.Engine != nil && len(h.Engine.Containers) == 0 {
			h.Engine = nil
		}
	}
	for i := range d.world.Hosts {
		if d.rarely(2) {
			rules := d.firewall(topology.InputChain)
			d.add(func(w *topology.World) { w.Hosts[i].Firewall = rules })
		}
		if d.rarely(2) {
			d.whitelist(i)
		}
		if d.rarely(1) {
			d.engine(i)
		}
		if d.rarely(2) {
			d.many(2, func() {
				r := d.narrowly()
				d.add(func(w *topology.World) { w.Hosts[i].Routes = append(w.Hosts[i].Routes, r) })
			})
		}
		d.world.Hosts[i].StrictReversePath = d.rarely(3)
		d.world.Hosts[i].IgnoreLinkDown = d.rarely(3)
	}
}

func (d *draft) firewall(chains ...topology.FirewallChain) []topology.FirewallRule {
	var all []topology.FirewallRule
	d.many(2, func() {
		r := topology.FirewallRule{Name: fmt.Sprintf("fw-%d", len(all)+1), Chain: pick(d, chains), CIDR: d.around()}
		r.Protocol, r.Ports = d.matches()
		all = append(all, r)
	})
	return all
}

func (d *draft) whitelist(host int) {
	list := topology.Whitelist{Enabled: d.upTo(3) > 0, Groups: []topology.WhitelistGroup{{Name: "group-1"}}}
	if d.rarely(2) {
		list.Block = true
	}
	list.Refusal = pick(d, []topology.RefusalStyle{topology.SilentRefusal, topology.SilentRefusal, topology.ResetRefusal})
	d.many(3, func() { list.Groups[0].Entries = append(list.Groups[0].Entries, d.narrowly()) })
	d.add(func(w *topology.World) { w.Hosts[host].Whitelist = &list })
}

// engine draws a container engine, or further networks of one that has containers.
func (d *draft) engine(host int) {
	block := pick(d, containerBlocks())
	e := topology.Engine{BridgeIP: netip.PrefixFrom(block.Addr().Next(), block.Bits())}
	if d.rarely(2) {
		e.BridgeIP = netip.PrefixFrom(e.BridgeIP.Addr(), pick(d, []int{24, 20, 28}))
	}
	if d.rarely(3) {
		e.BridgeIP = netip.Prefix{}
		e.Pools = pick(d, [][]netip.Prefix{nil, blocks("10.0.0.0/16", "10.1.0.0/16"), blocks("192.168.0.0/20", "172.16.0.0/16")})
	}
	d.add(func(w *topology.World) {
		if w.Hosts[host].Engine == nil {
			w.Hosts[host].Engine = &e
		}
	})
	d.many(2, func() {
		if d.world.Hosts[host].Engine == nil {
			return
		}
		n := topology.EngineNetwork{Name: fmt.Sprintf("net-%d", len(d.world.Hosts[host].Engine.Networks)+1)}
		if d.coin() {
			n.CIDR = d.narrowly()
		}
		if len(d.world.Hosts[host].Engine.Containers) > 0 {
			return // such an engine is built with the world
		}
		d.add(func(w *topology.World) { w.Hosts[host].Engine.Networks = append(w.Hosts[host].Engine.Networks, n) })
	})
}

// nodes draws the faults of nodes and the policies of their pods.
func (d *draft) nodes() {
	for i := range d.world.Clusters {
		c := &d.world.Clusters[i]
		c.NetworkPolicies, c.PodMTU = nil, 0
		for j := range c.Nodes {
			n := &c.Nodes[j]
			n.Firewall, n.ForwardingOff, n.ConntrackFull, n.DropsFragNeeded = nil, d.rarely(4), d.rarely(4), d.rarely(3)
			if d.rarely(2) {
				rules := d.firewall(topology.InputChain, topology.ForwardChain)
				d.add(func(w *topology.World) { w.Clusters[i].Nodes[j].Firewall = rules })
				c = &d.world.Clusters[i]
			}
		}
		if d.rarely(1) {
			mtu := pick(d, []int{1500, 1400, 1450})
			d.add(func(w *topology.World) { w.Clusters[i].PodMTU = mtu })
		}
		if d.rarely(2) {
			d.policy(i)
			d.policy(i)
		}
	}
}

func (d *draft) policy(cluster int) {
	c := &d.world.Clusters[cluster]
	p := topology.NetworkPolicy{Name: fmt.Sprintf("policy-%d", len(c.NetworkPolicies)+1)}
	for _, pod := range c.Pods {
		if d.coin() {
			p.Pods = append(p.Pods, pod.Name)
		}
	}
	d.many(2, func() {
		b := topology.IPBlock{CIDR: d.around()}
		if d.coin() {
			b.Except = []netip.Prefix{d.narrowly()}
		}
		p.Egress = append(p.Egress, b)
	})
	d.add(func(w *topology.World) {
		w.Clusters[cluster].NetworkPolicies = append(w.Clusters[cluster].NetworkPolicies, p)
	})
}
