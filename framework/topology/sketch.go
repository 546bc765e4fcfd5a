package topology

import (
	"fmt"
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
		d.connectionsInto(i)
		d.box(&w.VPCs[i])
	}
	d.section("connections that lead nowhere", d.looseConnections())
	d.section("in no subnet of a VPC", d.machines(func(n NIC) bool {
		_, _, known := w.SubnetOf(n.Subnet)
		return !known
	}))
	d.section("clusters", d.clusterRows())
	d.section("security groups", d.groupRows())
	d.section("network ACLs", d.aclRows())
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
	title := fmt.Sprintf("%s %s", v.Name, join(v.CIDRs))
	if v.kind() != Cloud {
		title += fmt.Sprintf(" (%s)", v.Kind)
	}
	title = fold(title, sketchWidth-6)[0]
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
		if s.ACL != "" {
			name += ", ACL " + s.ACL
		}
		rows = append(rows, row{cells: []string{fmt.Sprintf("%s %s ── %s", s.Name, s.CIDR, name)}})
		rows = append(rows, d.machines(func(n NIC) bool { return n.Subnet == s.Name })...)
		rows = append(rows, row{cells: []string{""}})
	}
	for i, t := range v.RouteTables {
		rows = append(rows, row{cells: []string{t.Name + tableMarks(i, t)}})
		rows = append(rows, d.routeRows(v, t)...)
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
