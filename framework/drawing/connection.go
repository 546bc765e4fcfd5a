package drawing

import (
	"fmt"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// link is a connection between two networks by their places in the world, the later
// one last; -1 is none of the world's.
type link struct {
	from, to int
	active   bool
	box      *box
}

func (l link) known() bool { return l.from >= 0 && l.from != l.to }

// far reports whether there is another network between the two.
func (l link) far() bool { return l.known() && l.to-l.from > 1 }

func (p *painter) links() []link {
	place := func(name string) int {
		return slices.IndexFunc(p.world.VPCs, func(v topology.VPC) bool { return v.Name == name })
	}
	var all []link
	for _, c := range p.world.Connections() {
		b := p.connection(c)
		all = append(all, link{from: min(place(c.Local), place(c.Peer)), to: max(place(c.Local), place(c.Peer)), active: c.State == topology.Active, box: b})
	}
	for _, g := range p.world.NATGateways {
		b := p.hop("connection", g.Name, g.Name)
		b.text("detail", "NAT gateway "+g.Address.String())
		b.text("detail", "SNAT of "+prefixes(g.Sources))
		all = append(all, link{from: min(place(g.VPC), place(g.Internet)), to: max(place(g.VPC), place(g.Internet)), active: true, box: b})
	}
	return all
}

func (p *painter) connection(c topology.Connection) *box {
	b := p.hop("connection", c.Name, c.Name)
	kind := "peering"
	if c.VPN {
		kind = "VPN"
	}
	b.text("detail", fmt.Sprintf("%s %s", kind, c.State))
	b.text("detail", fmt.Sprintf("%s ↔ %s", c.Local, c.Peer))
	if c.MTU > 0 {
		b.text("detail", fmt.Sprintf("MTU %d", c.MTU))
	}
	if c.MSS > 0 {
		b.text("detail", fmt.Sprintf("MSS %d", c.MSS))
	}
	return b
}

// between draws a connection from its box down to the network below it, and from
// the network above if that is next to it.
func (s *scene) between(l link, from, to *box) {
	x := l.box.x + l.box.w/2
	s.stroke(l, point{x, l.box.y + l.box.h}, point{x, to.y})
	if !l.far() {
		s.stroke(l, point{x, from.y + from.h}, point{x, l.box.y})
	}
}

// beside draws a connection from its box to a network further up, in a lane of its
// own.
func (s *scene) beside(nth int, l link, from *box) {
	x := margin + (nth-1)*lane + lane/2
	y := from.y + from.h - pad - 4*nth
	middle := l.box.y + l.box.h/2
	s.stroke(l, point{l.box.x, middle}, point{x, middle}, point{x, y}, point{from.x, y})
}

func (s *scene) stroke(l link, points ...point) {
	class := "link"
	if !l.active {
		class += " inactive"
	}
	s.strokes = append(s.strokes, stroke{class: class, points: points})
}
