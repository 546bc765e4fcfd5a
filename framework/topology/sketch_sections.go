package topology

import (
	"fmt"
	"slices"
	"strings"
)

// link is what a sketch draws between two networks.
type link struct {
	ends [2]string
	text string
	up   bool
}

// links lists peerings, VPNs and NAT gateways, in this order.
func (d *drawing) links() []link {
	var all []link
	for _, p := range d.world.Peerings {
		all = append(all, link{[2]string{p.Local, p.Peer}, fmt.Sprintf("%s, %s", p.Name, p.State), p.State == Active})
	}
	for _, v := range d.world.VPNs {
		text := v.Name + ", VPN"
		if v.MTU > 0 {
			text += fmt.Sprintf(", MTU %d", v.MTU)
		}
		if v.MSS > 0 {
			text += fmt.Sprintf(", MSS %d", v.MSS)
		}
		all = append(all, link{[2]string{v.VPC, v.OnPremises}, text, true})
	}
	for _, g := range d.world.NATGateways {
		text := fmt.Sprintf("%s, NAT gateway, makes %s of %s", g.Name, addressText(g.Address), orNothing(join(g.Sources)))
		all = append(all, link{[2]string{g.VPC, g.Internet}, text, true})
	}
	return all
}

func orNothing(text string) string {
	if text == "" {
		return "nothing"
	}
	return text
}

// connectionsInto draws what connects the network to one drawn before it.
func (d *drawing) connectionsInto(index int) {
	earlier := d.world.VPCs[:index]
	here := d.world.VPCs[index].Name
	for _, l := range d.links() {
		i := slices.Index(l.ends[:], here)
		if i < 0 {
			continue
		}
		other := l.ends[1-i]
		at := slices.IndexFunc(earlier, func(v VPC) bool { return v.Name == other })
		if at < 0 {
			continue
		}
		bar := "║"
		if !l.up {
			bar = "╎"
		}
		text := l.text
		if at < index-1 {
			text += ", with " + other + " above"
		}
		d.line("        " + bar + " " + text)
	}
	if index > 0 {
		d.line("")
	}
}

func (d *drawing) looseConnections() []row {
	var rows []row
	for _, l := range d.links() {
		_, local := d.world.VPC(l.ends[0])
		_, peer := d.world.VPC(l.ends[1])
		if !local || !peer || l.ends[0] == l.ends[1] {
			rows = append(rows, row{cells: []string{l.ends[0] + " ══ " + l.ends[1], l.text}})
		}
	}
	return rows
}

func (d *drawing) clusterRows() []row {
	var rows []row
	for _, c := range d.world.Clusters {
		cells := []string{c.Name, string(c.Mode), "containers " + join(c.ContainerCIDRs), "Services " + c.ServiceCIDR.String()}
		rows = append(rows, row{cells: cells})
		note := func(format string, args ...any) {
			rows = append(rows, row{indent: "  ", cells: []string{fmt.Sprintf(format, args...)}})
		}
		if len(c.NonMasqueradeCIDRs) > 0 {
			note("no masquerading towards %s", join(c.NonMasqueradeCIDRs))
		}
		if c.PodMTU > 0 {
			note("pod MTU %d", c.PodMTU)
		}
		if c.DNS != nil {
			note("%s", marked("DNS on "+c.DNS.Node, mark{c.DNS.PrivateNames, "knows the private names"}))
		}
		for _, s := range c.Services {
			rows = append(rows, row{indent: "  ", cells: serviceCells(s)})
		}
		for _, p := range c.NetworkPolicies {
			note("policy %s: %s may send to %s", p.Name, strings.Join(p.Pods, " "), orNothing(ipBlocks(p.Egress)))
		}
	}
	return rows
}

func serviceCells(s Service) []string {
	port := ports([]Listener{{Protocol: s.Protocol, Port: s.Port}})
	if s.NodePort != 0 {
		port += fmt.Sprintf(" NodePort %d", s.NodePort)
	}
	if s.Policy != "" {
		port += fmt.Sprintf(" (%s)", s.Policy)
	}
	to := fmt.Sprintf("→ %s on %d", orNothing(strings.Join(s.Backends, " ")), s.TargetPort)
	return []string{s.Name, addressText(s.Address), port, to}
}

func ipBlocks(bs []IPBlock) string {
	texts := make([]string, len(bs))
	for i, b := range bs {
		texts[i] = b.CIDR.String()
		if len(b.Except) > 0 {
			texts[i] += " less " + join(b.Except)
		}
	}
	return strings.Join(texts, ", ")
}

func (d *drawing) groupRows() []row {
	var rows []row
	for _, g := range d.world.SecurityGroups {
		rows = append(rows, row{cells: []string{g.Name}})
		rows = append(rows, ruleRows(g.Rules)...)
	}
	return rows
}

func (d *drawing) aclRows() []row {
	var rows []row
	for _, a := range d.world.NetworkACLs {
		rows = append(rows, row{cells: []string{a.Name}})
		rows = append(rows, ruleRows(a.Rules)...)
	}
	return rows
}

func ruleRows(rules []SecurityGroupRule) []row {
	var rows []row
	for _, r := range rules {
		e := r.Effective()
		way, far, order := "in from", e.Group, ""
		if e.Direction == Egress {
			way = "out to"
		}
		if far == "" {
			far = e.CIDR.String()
		}
		if e.Priority != 1 {
			order = fmt.Sprintf("priority %d", e.Priority)
		}
		rows = append(rows, row{indent: "  ", cells: []string{e.Name, string(e.Action), way, far, e.matches(), order}})
	}
	return rows
}

func (d *drawing) nameRows() []row {
	var rows []row
	for _, r := range d.world.Names {
		to := "→ " + r.Target
		if r.Port != 0 {
			to += fmt.Sprintf(":%d", r.Port)
		}
		rows = append(rows, row{cells: []string{r.Name, to}})
	}
	return rows
}
