package topology

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sketchWidth is the most columns that a line of a sketch takes.
const sketchWidth = 100

// Sketch draws a world with box-drawing characters, in lines of at most 100
// columns: one box per VPC with its subnets, what is in them and its route
// tables, peerings between the boxes, then clusters, security groups and names.
// It draws invalid worlds too, and equal worlds alike.
func Sketch(w World) string {
	d := &drawing{world: &w}
	d.line("world " + w.Name)
	for i := range w.VPCs {
		d.line("")
		d.peeringsInto(i)
		d.box(&w.VPCs[i])
	}
	d.section("peerings that lead nowhere", d.loosePeerings())
	d.section("in no subnet of a VPC", d.machines(func(n NIC) bool {
		_, _, known := w.SubnetOf(n.Subnet)
		return !known
	}))
	d.section("clusters", d.clusterRows())
	d.section("security groups", d.groupRows())
	d.section("names", d.nameRows())
	return d.out.String()
}

// drawing is a sketch under way.
type drawing struct {
	world *World
	out   strings.Builder
}

// row is one line of a table: cells, padded to the table's columns, after an
// indent. A row with one cell is a line of its own, and aligns nothing.
type row struct {
	indent string
	cells  []string
}

func (d *drawing) line(text string) {
	for _, part := range fold(text, sketchWidth) {
		d.out.WriteString(strings.TrimRight(part, " ") + "\n")
	}
}

func (d *drawing) section(title string, rows []row) {
	if len(rows) == 0 {
		return
	}
	d.line("")
	d.line(title)
	for _, l := range align(rows) {
		d.line("  " + l)
	}
}

// box draws a VPC.
func (d *drawing) box(v *VPC) {
	var lines []string
	for _, l := range align(d.contents(v)) {
		lines = append(lines, fold(l, sketchWidth-4)...)
	}
	title := fold(fmt.Sprintf("%s %s", v.Name, join(v.CIDRs)), sketchWidth-6)[0]
	inner := utf8.RuneCountInString(title) + 2
	for _, l := range lines {
		inner = max(inner, utf8.RuneCountInString(l))
	}
	d.line("┌─ " + title + " " + strings.Repeat("─", inner-utf8.RuneCountInString(title)-1) + "┐")
	for _, l := range lines {
		d.line("│ " + pad(l, inner) + " │")
	}
	d.line("└" + strings.Repeat("─", inner+2) + "┘")
}

func (d *drawing) contents(v *VPC) []row {
	var rows []row
	for _, s := range v.Subnets {
		table, known := v.Table(s)
		name := table.Name
		if !known {
			name = s.RouteTable + " (unknown)"
		}
		rows = append(rows, row{cells: []string{fmt.Sprintf("%s %s ── %s", s.Name, s.CIDR, name)}})
		rows = append(rows, d.machines(func(n NIC) bool { return n.Subnet == s.Name })...)
		rows = append(rows, row{cells: []string{""}})
	}
	for i, t := range v.RouteTables {
		rows = append(rows, row{cells: []string{t.Name + defaultMark(i)}})
		rows = append(rows, routeRows(t)...)
	}
	return rows
}

func defaultMark(table int) string {
	if table == 0 {
		return " (default table)"
	}
	return ""
}

func routeRows(t RouteTable) []row {
	var rows []row
	for _, r := range t.Routes {
		hop := r.Instance
		if r.Peering != "" {
			hop = strings.TrimPrefix(hop+" ══ "+r.Peering, " ══ ")
		}
		if r.Managed {
			hop += " (managed)"
		}
		rows = append(rows, row{indent: "  ", cells: []string{r.Destination.String(), "→ " + hop}})
	}
	return append(rows, row{indent: "  ", cells: []string{"else", "→ nowhere"}})
}

// machines lists the hosts and nodes whose NIC is picked, each node with its
// pods under it.
func (d *drawing) machines(picked func(NIC) bool) []row {
	var rows []row
	for _, h := range d.world.Hosts {
		if picked(h.NIC) {
			rows = append(rows, row{indent: "  ", cells: machineCells(h.Name, h.NIC, ports(h.Listeners))})
		}
	}
	for _, c := range d.world.Clusters {
		for _, n := range c.Nodes {
			if !picked(n.NIC) {
				continue
			}
			note := strings.TrimSpace(fmt.Sprintf("%s (%s) %s %s", c.Name, c.Mode, n.Block, ports(n.Listeners)))
			rows = append(rows, row{indent: "  ", cells: machineCells(n.Name, n.NIC, note)})
			rows = append(rows, podRows(c, n.Name)...)
		}
	}
	return rows
}

func machineCells(name string, n NIC, note string) []string {
	if n.SourceCheckOff {
		note = strings.TrimPrefix(note+", source check off", ", ")
	}
	return []string{name, n.Address.String(), strings.Join(n.SecurityGroups, " "), note}
}

func podRows(c Cluster, node string) []row {
	var rows []row
	for _, p := range c.Pods {
		if p.Node != node {
			continue
		}
		address := p.Address.String()
		if p.HostNetwork {
			address = "host network"
		}
		rows = append(rows, row{indent: "  ", cells: []string{"├ " + p.Name, address, "", ports(p.Listeners)}})
	}
	if last := len(rows) - 1; last >= 0 {
		rows[last].cells[0] = strings.Replace(rows[last].cells[0], "├", "└", 1)
	}
	return rows
}

func ports(ls []Listener) string {
	texts := make([]string, len(ls))
	for i, l := range ls {
		texts[i] = fmt.Sprintf("%s/%d", l.Protocol, l.Port)
	}
	return strings.Join(texts, " ")
}

// peeringsInto draws the peerings that connect the VPC to one drawn before it.
func (d *drawing) peeringsInto(index int) {
	earlier := d.world.VPCs[:index]
	for _, p := range d.world.Peerings {
		here := d.world.VPCs[index].Name
		other := p.Other(here)
		at := slices.IndexFunc(earlier, func(v VPC) bool { return v.Name == other })
		if at < 0 || (p.Local != here && p.Peer != here) {
			continue
		}
		bar := "║"
		if p.State != Active {
			bar = "╎"
		}
		text := fmt.Sprintf("%s, %s", p.Name, p.State)
		if at < index-1 {
			text += ", with " + other + " above"
		}
		d.line("        " + bar + " " + text)
	}
	if index > 0 {
		d.line("")
	}
}

func (d *drawing) loosePeerings() []row {
	var rows []row
	for _, p := range d.world.Peerings {
		_, local := d.world.VPC(p.Local)
		_, peer := d.world.VPC(p.Peer)
		if !local || !peer || p.Local == p.Peer {
			rows = append(rows, row{cells: []string{p.Name, p.Local + " ══ " + p.Peer, string(p.State)}})
		}
	}
	return rows
}

func (d *drawing) clusterRows() []row {
	var rows []row
	for _, c := range d.world.Clusters {
		cells := []string{c.Name, string(c.Mode), "containers " + join(c.ContainerCIDRs), "Services " + c.ServiceCIDR.String()}
		rows = append(rows, row{cells: cells})
		if len(c.NonMasqueradeCIDRs) > 0 {
			rows = append(rows, row{indent: "  ", cells: []string{"no masquerading towards " + join(c.NonMasqueradeCIDRs)}})
		}
	}
	return rows
}

func (d *drawing) groupRows() []row {
	var rows []row
	for _, g := range d.world.SecurityGroups {
		rows = append(rows, row{cells: []string{g.Name}})
		for _, r := range g.Rules {
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
	}
	return rows
}

func (d *drawing) nameRows() []row {
	var rows []row
	for _, r := range d.world.Names {
		rows = append(rows, row{cells: []string{r.Name, "→ " + r.Target}})
	}
	return rows
}

// align renders rows as lines, with the columns of neighbouring rows of the same
// number of cells under one another. A cell longer than any name pushes
// the rest of its own row only.
func align(rows []row) []string {
	lines := make([]string, 0, len(rows))
	for start := 0; start < len(rows); {
		end := start + 1
		for end < len(rows) && len(rows[end].cells) == len(rows[start].cells) {
			end++
		}
		lines = append(lines, alignBlock(rows[start:end])...)
		start = end
	}
	return lines
}

func alignBlock(rows []row) []string {
	widths := make([]int, len(rows[0].cells))
	for _, r := range rows {
		for i, c := range r.cells {
			if n := utf8.RuneCountInString(c); n <= maxName {
				widths[i] = max(widths[i], n)
			}
		}
	}
	lines := make([]string, len(rows))
	for i, r := range rows {
		var b strings.Builder
		b.WriteString(r.indent)
		for j, c := range r.cells {
			b.WriteString(pad(c, widths[j]) + "  ")
		}
		lines[i] = strings.TrimRight(b.String(), " ")
	}
	return lines
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

// fold breaks a line at spaces into lines of at most width columns, the further
// ones indented deeper than the first. What has no space is cut.
func fold(line string, width int) []string {
	rest := []rune(strings.Map(printable, line))
	own := 0
	for own < len(rest) && rest[own] == ' ' {
		own++
	}
	deeper := strings.Repeat(" ", min(own+4, width/2))
	var parts []string
	indent := ""
	for len(rest) > width-len(indent) {
		cut := width - len(indent)
		for i := cut; i > own; i-- {
			if rest[i] == ' ' {
				cut = i
				break
			}
		}
		parts = append(parts, indent+strings.TrimRight(string(rest[:cut]), " "))
		for rest = rest[cut:]; len(rest) > 0 && rest[0] == ' '; {
			rest = rest[1:]
		}
		indent, own = deeper, 0
	}
	return append(parts, indent+string(rest))
}

// printable keeps a name from an unvalidated world from breaking the drawing.
func printable(r rune) rune {
	if unicode.IsPrint(r) {
		return r
	}
	return '?'
}
