package topology

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

func tableMarks(index int, t RouteTable) string {
	var marks string
	if index == 0 {
		marks = " (default table)"
	}
	if t.Quota > 0 {
		marks += fmt.Sprintf(", takes %d routes", t.Quota)
	}
	return marks
}

func (d *drawing) routeRows(v *VPC, t RouteTable) []row {
	var rows []row
	for i, r := range t.Routes {
		hops := slices.DeleteFunc([]string{r.Instance, r.Peering, r.VPN, r.NAT}, func(s string) bool { return s == "" })
		hop := strings.Join(hops, " ══ ")
		if r.Managed {
			hop += " (managed)"
		}
		state := d.world.routeState(v, r)
		if t.Quota > 0 && i >= t.Quota {
			state = OverQuota
		}
		if state != InEffect {
			hop += fmt.Sprintf(" (%s)", state)
		}
		rows = append(rows, row{indent: "  ", cells: []string{r.Destination.String(), "→ " + hop}})
	}
	return append(rows, row{indent: "  ", cells: []string{"else", "→ nowhere"}})
}

// machines lists everything whose NIC is picked: hosts and nodes with what is in
// them below, then translators and load balancers.
func (d *drawing) machines(picked func(NIC) bool) []row {
	var rows []row
	for _, h := range d.world.Hosts {
		if picked(h.NIC) {
			rows = append(rows, row{indent: "  ", cells: machineCells(h.Name, h.NIC, d.hostNote(h))})
			rows = append(rows, under(d.hostParts(h))...)
		}
	}
	for _, c := range d.world.Clusters {
		for _, n := range c.Nodes {
			if !picked(n.NIC) {
				continue
			}
			rows = append(rows, row{indent: "  ", cells: machineCells(n.Name, n.NIC, nodeNote(c, n))})
			rows = append(rows, under(append(firewallParts(n.Firewall), podParts(c, n.Name)...))...)
		}
	}
	for _, t := range d.world.Translators {
		if picked(t.NIC) {
			note := fmt.Sprintf("%s → %s as %s", t.Kind, t.Target, addressText(t.Source))
			rows = append(rows, row{indent: "  ", cells: machineCells(t.Name, t.NIC, note)})
		}
	}
	for _, b := range d.world.LoadBalancers {
		if picked(b.NIC) {
			rows = append(rows, row{indent: "  ", cells: machineCells(b.Name, b.NIC, balancerNote(b))})
		}
	}
	return rows
}

func machineCells(name string, n NIC, note string) []string {
	if n.SourceCheckOff {
		note = strings.TrimPrefix(note+", source check off", ", ")
	}
	return []string{name, addressText(n.Address), strings.Join(n.SecurityGroups, " "), note}
}

func addressText(a netip.Addr) string {
	if !a.IsValid() {
		return "no address"
	}
	return a.String()
}

func nodeNote(c Cluster, n Node) string {
	blocks := make([]string, 0, 1+len(n.MoreBlocks))
	for _, b := range n.Blocks() {
		blocks = append(blocks, b.String())
	}
	note := strings.TrimSpace(fmt.Sprintf("%s (%s) %s %s", c.Name, c.Mode, strings.Join(blocks, " "), ports(n.Listeners)))
	return marked(note,
		mark{n.Cordoned, "cordoned"},
		mark{n.ForwardingOff, "forwards nothing"},
		mark{n.ConntrackFull, "conntrack full"},
		mark{n.DropsFragNeeded, "loses frag-needed"})
}

func balancerNote(b LoadBalancer) string {
	texts := make([]string, len(b.Backends))
	for i, e := range b.Backends {
		texts[i] = fmt.Sprintf("%s:%d", e.Machine, e.Port)
	}
	return fmt.Sprintf("%s → %s, checked by %s", ports([]Listener{b.Listener}), strings.Join(texts, " "), b.HealthCheck)
}

// mark is a remark that is made when it is so.
type mark struct {
	so   bool
	text string
}

func marked(note string, marks ...mark) string {
	parts := []string{note}
	for _, m := range marks {
		if m.so {
			parts = append(parts, m.text)
		}
	}
	return strings.TrimPrefix(strings.Join(parts, ", "), ", ")
}

// part is something in a machine: its name, its address, and a note.
type part [3]string

// under draws a machine's parts below it.
func under(parts []part) []row {
	rows := make([]row, len(parts))
	for i, p := range parts {
		branch := "├ "
		if i == len(parts)-1 {
			branch = "└ "
		}
		rows[i] = row{indent: "  ", cells: []string{branch + p[0], p[1], "", p[2]}}
	}
	return rows
}

func (d *drawing) hostParts(h Host) []part {
	var parts []part
	if h.Whitelist != nil {
		parts = append(parts, part{"whitelist", "", whitelistNote(*h.Whitelist)})
	}
	parts = append(parts, firewallParts(h.Firewall)...)
	for _, r := range h.Routes {
		parts = append(parts, part{"route", r.String(), "to the gateway"})
	}
	for _, n := range d.world.EngineNetworks(h) {
		note := "engine network"
		switch n.Name {
		case DefaultBridge:
			note = strings.TrimSpace(note + " " + containers(*h.Engine))
		case ModelArtsContainerNetwork, ModelArtsServiceNetwork:
			note = "network of the pool"
		}
		parts = append(parts, part{n.Name, n.CIDR.String(), note})
	}
	return parts
}

func containers(e Engine) string {
	texts := make([]string, len(e.Containers))
	for i, c := range e.Containers {
		texts[i] = fmt.Sprintf("with %s %s:%d as %s", c.Name, addressText(c.Address), c.Port, ports([]Listener{c.Published}))
	}
	return strings.Join(texts, ", ")
}

func firewallParts(rules []FirewallRule) []part {
	parts := make([]part, len(rules))
	for i, r := range rules {
		parts[i] = part{"firewall", "", "drops " + r.String()}
	}
	return parts
}

func podParts(c Cluster, node string) []part {
	var parts []part
	for _, p := range c.Pods {
		if p.Node != node {
			continue
		}
		address := addressText(p.Address)
		switch {
		case p.HostNetwork:
			address = "host network"
		case p.Pending:
			address = "pending"
		}
		parts = append(parts, part{p.Name, address, ports(p.Listeners)})
	}
	return parts
}

func ports(ls []Listener) string {
	texts := make([]string, len(ls))
	for i, l := range ls {
		texts[i] = fmt.Sprintf("%s/%d", l.Protocol, l.Port)
	}
	return strings.Join(texts, " ")
}
