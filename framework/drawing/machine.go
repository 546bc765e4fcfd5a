package drawing

import (
	"fmt"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// machines are the boxes of the hosts, nodes, translators and load balancers whose
// NIC is meant, in the order of the world.
func (p *painter) machines(meant func(topology.NIC) bool) []*box {
	var all []*box
	w := p.world
	for i := range w.Clusters {
		c := &w.Clusters[i]
		for j := range c.Nodes {
			if meant(c.Nodes[j].NIC) {
				all = append(all, p.node(c, &c.Nodes[j]))
			}
		}
	}
	for _, h := range w.Hosts {
		if meant(h.NIC) {
			all = append(all, p.host(h))
		}
	}
	for _, t := range w.Translators {
		if meant(t.NIC) {
			b := p.machine(t.Name, string(t.Kind), t.NIC)
			b.text("detail", fmt.Sprintf("→ %s, as %s", t.Target, t.Source))
			all = append(all, b)
		}
	}
	for _, l := range w.LoadBalancers {
		if meant(l.NIC) {
			all = append(all, p.balancer(l))
		}
	}
	return all
}

// machine is the box of whoever has a NIC.
func (p *painter) machine(name, kind string, n topology.NIC) *box {
	b := p.hop("machine", name, name)
	b.text("detail", kind)
	b.text("", n.Address.String())
	if n.SourceCheckOff {
		b.text("detail", "source check off")
	}
	chips := make([]*chip, 0, len(n.SecurityGroups))
	for _, g := range n.SecurityGroups {
		chips = append(chips, p.chip("group", groupKey(name, g), g))
	}
	b.chipRow(chips)
	return b
}

func (p *painter) host(h topology.Host) *box {
	kind := "host"
	if h.Managed != nil {
		kind = strings.TrimSpace(string(h.Managed.Kind) + " " + h.Managed.Version)
	}
	b := p.machine(h.Name, kind, h.NIC)
	if !h.Guarded() {
		b.text("detail", "no group applies")
	}
	b.text("detail", listeners(h.Listeners))
	if h.Whitelist != nil {
		b.chipRow([]*chip{p.chip("group", whitelistKey(h.Name), whitelist(h.Whitelist))})
		b.text("detail", prefixes(h.Whitelist.Entries()))
	}
	p.firewall(b, h.Name, h.Firewall)
	if h.StrictReversePath {
		b.text("detail", "strict reverse path")
	}
	for _, r := range h.Routes {
		b.text("detail", "own route "+r.String())
	}
	b.grid(1, p.bridges(h))
	return b
}

func whitelist(l *topology.Whitelist) string {
	kind := "whitelist"
	if l.Block {
		kind = "blocklist"
	}
	if !l.InForce() {
		return kind + " off"
	}
	return kind
}

// bridges are the networks of a host's container engine, the first with the
// containers on it.
func (p *painter) bridges(h topology.Host) []*box {
	var all []*box
	for _, n := range p.world.EngineNetworks(h) {
		b := p.marked("bridge", engineKey(h.Name, n.Name))
		b.head(n.Name)
		b.text("detail", n.CIDR.String())
		if n.Name == topology.DefaultBridge && h.Engine != nil {
			var inner []*box
			for _, c := range h.Engine.Containers {
				x := p.hop("pod", c.Name, c.Name)
				x.text("detail", fmt.Sprintf("%s:%d ← %s/%d", c.Address, c.Port, c.Published.Protocol, c.Published.Port))
				inner = append(inner, x)
			}
			b.grid(1, inner)
		}
		all = append(all, b)
	}
	return all
}

func (p *painter) firewall(b *box, machine string, rules []topology.FirewallRule) {
	chips := make([]*chip, 0, len(rules))
	for _, r := range rules {
		chips = append(chips, p.chip("group", firewallKey(machine, r.Name), "drops "+r.Name))
	}
	b.chipRow(chips)
}

func (p *painter) balancer(l topology.LoadBalancer) *box {
	b := p.machine(l.Name, "load balancer", l.NIC)
	b.text("detail", fmt.Sprintf("%s/%d", l.Listener.Protocol, l.Listener.Port))
	for _, x := range l.Backends {
		b.text("detail", fmt.Sprintf("→ %s:%d", x.Machine, x.Port))
	}
	return b
}

func (p *painter) node(c *topology.Cluster, n *topology.Node) *box {
	b := p.machine(n.Name, "node of "+c.Name, n.NIC)
	b.text("detail", "block "+prefixes(n.Blocks()))
	b.text("detail", listeners(n.Listeners))
	for _, trait := range []struct {
		has  bool
		says string
	}{
		{n.Cordoned, "cordoned"},
		{n.ForwardingOff, "forwarding off"},
		{n.ConntrackFull, "conntrack full"},
		{n.DropsFragNeeded, "loses frag-needed"},
	} {
		if trait.has {
			b.text("stop", trait.says)
		}
	}
	p.firewall(b, n.Name, n.Firewall)
	b.grid(1, p.pods(c, n))
	return b
}

// pods are those of a node; where there are many, the first ones and those that the
// way comes by.
func (p *painter) pods(c *topology.Cluster, n *topology.Node) []*box {
	var all []*box
	left := 0
	for _, pod := range c.Pods {
		if pod.Node != n.Name {
			continue
		}
		if len(all) >= mostRows && !p.way.comesBy(pod.Name) {
			left++
			continue
		}
		b := p.hop("pod", pod.Name, pod.Name)
		switch {
		case pod.Pending:
			b.text("stop", "pending")
		case pod.HostNetwork:
			b.text("detail", "host network")
		default:
			b.text("", pod.Address.String())
		}
		b.text("detail", listeners(pod.Listeners))
		all = append(all, b)
	}
	if left > 0 {
		b := &box{class: "pod"}
		b.text("detail", fmt.Sprintf("and %d more pods", left))
		all = append(all, b)
	}
	return all
}

func listeners(ls []topology.Listener) string {
	texts := make([]string, len(ls))
	for i, l := range ls {
		texts[i] = fmt.Sprintf("%s/%d", l.Protocol, l.Port)
	}
	return strings.Join(texts, " ")
}
