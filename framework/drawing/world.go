package drawing

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// hop is a box that a way may come by, under the name that its stations have.
func (p *painter) hop(class, name, head string) *box {
	b := p.marked(class, hopKey(name))
	b.number = p.way.number(name)
	b.head(head)
	return b
}

// marked is a box that a way may stop at.
func (p *painter) marked(class, key string) *box {
	return &box{class: p.way.class(class, key), key: key}
}

// networksInto adds the networks in the order of the world, each with the
// connections to those before it above.
func (p *painter) networksInto(s *scene) {
	links := p.links()
	for _, l := range links {
		if l.far() {
			s.lanes++
		}
	}
	tops := make([]*box, len(p.world.VPCs))
	taken := 0
	for i := range p.world.VPCs {
		var near []*box
		for _, l := range links {
			if l.to == i && !l.far() && l.known() {
				near = append(near, l.box)
			}
		}
		if len(near) > 0 {
			s.addRow(2, near)
		}
		for _, l := range links {
			if l.to == i && l.far() {
				s.add(l.box)
				taken++
				s.beside(taken, l, tops[l.from])
			}
		}
		tops[i] = p.network(&p.world.VPCs[i])
		s.add(tops[i])
		for _, l := range links {
			if l.to == i && l.known() {
				s.between(l, tops[l.from], tops[i])
			}
		}
	}
	p.looseInto(s, links)
}

// looseInto adds what belongs to no network of the world.
func (p *painter) looseInto(s *scene, links []link) {
	var loose []*box
	for _, l := range links {
		if !l.known() {
			loose = append(loose, l.box)
		}
	}
	loose = append(loose, p.machines(func(n topology.NIC) bool {
		_, _, known := p.world.SubnetOf(n.Subnet)
		return !known
	})...)
	if len(loose) == 0 {
		return
	}
	b := &box{class: "network"}
	b.head("in no network of this world")
	b.grid(2, loose)
	s.add(b)
}

func (p *painter) network(v *topology.VPC) *box {
	b := &box{class: "network"}
	kind := v.Kind
	if kind == "" {
		kind = topology.Cloud
	}
	b.head(v.Name)
	b.text("detail", fmt.Sprintf("%s %s", kind, prefixes(v.CIDRs)))
	rest := []*box{p.router(v)}
	for _, s := range v.Subnets {
		rest = append(rest, p.subnet(v, s))
	}
	b.grid(1, rest)
	return b
}

// mostRows is how many routes of a table, and pods of a node, are drawn.
const mostRows = 12

func (p *painter) router(v *topology.VPC) *box {
	b := p.hop("router", v.Name, "router of "+v.Name)
	for _, t := range v.RouteTables {
		b.chipRow([]*chip{p.chip("table", tableKey(t.Name), t.Name)})
		states := p.world.EffectiveRoutes(v, t)
		for i, r := range t.Routes {
			if i == mostRows && len(t.Routes) > mostRows+1 {
				b.text("detail", fmt.Sprintf("and %d more routes", len(t.Routes)-mostRows))
				break
			}
			b.text("detail", r.String()+stateOf(r, states))
		}
		if len(t.Routes) == 0 {
			b.text("detail", "local routes only")
		}
	}
	return b
}

// stateOf says why a route is not in effect, if it is not.
func stateOf(r topology.Route, states []topology.EffectiveRoute) string {
	i := slices.IndexFunc(states, func(e topology.EffectiveRoute) bool { return e.Route == r })
	switch {
	case i < 0:
		return " (over the quota)"
	case states[i].State != topology.InEffect:
		return fmt.Sprintf(" (%s)", states[i].State)
	default:
		return ""
	}
}

func (p *painter) subnet(v *topology.VPC, s topology.Subnet) *box {
	b := &box{class: "subnet"}
	b.head(s.Name + " " + s.CIDR.String())
	var chips []*chip
	if t, known := v.Table(s); known && s.RouteTable != "" {
		chips = append(chips, p.chip("table", tableKey(t.Name), t.Name))
	}
	if s.ACL != "" {
		chips = append(chips, p.chip("group", aclKey(s.ACL, s.Name), "ACL "+s.ACL))
	}
	b.chipRow(chips)
	b.grid(2, p.machines(func(n topology.NIC) bool { return n.Subnet == s.Name }))
	return b
}

func (p *painter) chip(class, key, says string) *chip {
	return &chip{class: p.way.class(class, key), key: key, says: says}
}

func prefixes(ps []netip.Prefix) string {
	texts := make([]string, len(ps))
	for i, x := range ps {
		texts[i] = x.String()
	}
	return strings.Join(texts, ", ")
}
