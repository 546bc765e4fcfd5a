package explain

import (
	"fmt"
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// route leads a packet on where no route of a table does.
func (b *bench) route() {
	table, far := b.at(1), b.packet.Destination
	b.add(func(w *topology.World) bool {
		t := tableOf(w, table)
		beyond := t != nil && t.Quota > 0 && len(t.Routes) > t.Quota &&
			slices.ContainsFunc(t.Routes[t.Quota:], func(r topology.Route) bool { return r.Destination.Contains(far) })
		if beyond {
			t.Quota = 0
		}
		return beyond
	}, "the quota of table %s has room for all of its routes", table)
	b.lead(b.hop, far, func(t topology.RouteTable) bool { return t.Name == table })
}

// peering repairs a connection that a route leads over.
func (b *bench) peering() {
	name, far := b.at(1), b.packet.Destination
	switch b.last() {
	case "pending":
		b.add(func(w *topology.World) bool {
			p := peeringOf(w, name)
			if p != nil {
				p.State = topology.Active
			}
			return p != nil
		}, "the peering %s is accepted", name)
	case "not-transitive":
		b.misled()
	case "overlap", "shadowed":
		b.singleRoute(name, far)
		b.unshadow(far)
		b.disjoin(name)
	}
}

func peeringOf(w *topology.World, name string) *topology.Peering {
	for i := range w.Peerings {
		if w.Peerings[i].Name == name {
			return &w.Peerings[i]
		}
	}
	return nil
}

// singleRoute leads to one address alone over a peering, which overlaps nothing.
func (b *bench) singleRoute(peering string, far netip.Addr) {
	b.add(func(w *topology.World) bool {
		v, known := w.VPC(b.hop)
		if !known || !far.IsValid() {
			return false
		}
		leadOver(v, topology.Route{Destination: only(far), Peering: peering}, everyTable)
		return true
	}, "the tables of %s have a route to %s alone over %s", b.hop, far, peering)
}

// unshadow takes the routes over VPNs away that stand in the way of a peering's.
func (b *bench) unshadow(far netip.Addr) {
	b.add(func(w *topology.World) bool {
		v, known := w.VPC(b.hop)
		if !known {
			return false
		}
		before := countRoutes(v)
		for i := range v.RouteTables {
			t := &v.RouteTables[i]
			var over []netip.Prefix
			for _, r := range t.Routes {
				if r.Peering == b.at(1) && r.Destination.Contains(far) {
					over = append(over, r.Destination)
				}
			}
			withoutVPN(v, over)
		}
		return countRoutes(v) < before
	}, "no route of %s over a VPN overlaps the one over %s", b.hop, b.at(1))
}

func withoutVPN(v *topology.VPC, over []netip.Prefix) {
	for i := range v.RouteTables {
		t := &v.RouteTables[i]
		t.Routes = slices.DeleteFunc(t.Routes, func(r topology.Route) bool {
			return r.VPN != "" && slices.ContainsFunc(over, r.Destination.Overlaps)
		})
	}
}

func countRoutes(v *topology.VPC) int {
	n := 0
	for _, t := range v.RouteTables {
		n += len(t.Routes)
	}
	return n
}

// disjoin takes the blocks away by which two peered VPCs overlap, where nobody of
// theirs is in them.
func (b *bench) disjoin(peering string) {
	b.add(func(w *topology.World) bool {
		p, known := w.Peering(peering)
		here, found := w.VPC(p.Local)
		there, both := w.VPC(p.Peer)
		if !known || !found || !both {
			return false
		}
		mine := shed(here, there.CIDRs)
		theirs := shed(there, here.CIDRs)
		return mine || theirs
	}, "the VPCs of %s do not overlap", peering)
}

// shed removes those CIDRs of a VPC that overlap others and that no subnet is in.
func shed(v *topology.VPC, others []netip.Prefix) bool {
	before := len(v.CIDRs)
	v.CIDRs = slices.DeleteFunc(v.CIDRs, func(c netip.Prefix) bool {
		inUse := slices.ContainsFunc(v.Subnets, func(s topology.Subnet) bool { return c.Overlaps(s.CIDR) })
		return !inUse && slices.ContainsFunc(others, c.Overlaps)
	})
	return len(v.CIDRs) < before
}

// strayed repairs what a VPC's system routes did: an address of a subnet that nobody
// has, or a reply that came another way than its request.
func (b *bench) strayed() {
	far := b.packet.Destination
	b.misled()
	b.add(func(w *topology.World) bool {
		v, known := w.VPC(b.hop)
		if !known {
			return false
		}
		before := len(v.Subnets)
		v.Subnets = slices.DeleteFunc(v.Subnets, func(s topology.Subnet) bool {
			inUse := slices.ContainsFunc(w.NICs(), func(n topology.OwnedNIC) bool { return n.Subnet == s.Name })
			return s.CIDR.Contains(far) && !inUse
		})
		return len(v.Subnets) < before
	}, "no subnet of %s holds %s", b.hop, far)
}

// misled leads a packet to its destination from one of the routers that it came by.
func (b *bench) misled() {
	for _, v := range b.routers() {
		b.leadFrom(v, b.packet.Destination)
	}
}

// steps is the way on which the flow ended.
func (b *bench) steps() []verdict.Step {
	if b.seen.Verdict.Kind == verdict.KindReplyLost {
		return b.seen.Path.Back
	}
	return b.seen.Path.Forth
}

// routers lists the routers on the way on which the flow ended, the first one first.
func (b *bench) routers() []string {
	var all []string
	for _, s := range b.steps() {
		if _, isVPC := b.world.VPC(s.Hop); isVPC && !slices.Contains(all, s.Hop) {
			all = append(all, s.Hop)
		}
	}
	return all
}

func everyTable(topology.RouteTable) bool { return true }

func (b *bench) leadFrom(vpc string, far netip.Addr) { b.lead(vpc, far, everyTable) }

// lead gives tables of a VPC a route to an address, to where its owner is: to the node
// of a pod, over a connection or gateway that there is, or else over a new one.
func (b *bench) lead(vpc string, far netip.Addr, table func(topology.RouteTable) bool) {
	for _, o := range b.owners(far) {
		if o.vpc == vpc {
			if o.node != "" {
				b.addRoute(vpc, topology.Route{Destination: only(far), Instance: o.node}, table, nil)
			}
			continue
		}
		ways := b.waysBetween(vpc, o.vpc)
		for _, r := range ways {
			r.Destination = only(far)
			b.addRoute(vpc, r, table, nil)
		}
		if len(ways) == 0 {
			r, connect := b.newWay(vpc, o.vpc)
			r.Destination = only(far)
			b.addRoute(vpc, r, table, connect)
		}
	}
}

func (b *bench) addRoute(vpc string, r topology.Route, table func(topology.RouteTable) bool, connect func(w *topology.World)) {
	did := fmt.Sprintf("router %s has the route %s", vpc, r)
	if connect != nil {
		did += ", which is new"
	}
	b.add(func(w *topology.World) bool {
		v, known := w.VPC(vpc)
		if !known {
			return false
		}
		if connect != nil {
			connect(w)
		}
		return leadOver(v, r, table)
	}, "%s", did)
}

// leadOver puts a route into tables, in the place of one to the same destination.
func leadOver(v *topology.VPC, r topology.Route, table func(topology.RouteTable) bool) bool {
	changed := false
	for i := range v.RouteTables {
		t := &v.RouteTables[i]
		if !table(*t) || slices.Contains(t.Routes, r) {
			continue
		}
		t.Routes = slices.DeleteFunc(t.Routes, func(x topology.Route) bool { return x.Destination == r.Destination })
		t.Routes = append([]topology.Route{r}, t.Routes...)
		if t.Quota > 0 { // what is assumed takes nobody's place
			t.Quota++
		}
		changed = true
	}
	return changed
}

func tableOf(w *topology.World, name string) *topology.RouteTable {
	for i := range w.VPCs {
		for j := range w.VPCs[i].RouteTables {
			if w.VPCs[i].RouteTables[j].Name == name {
				return &w.VPCs[i].RouteTables[j]
			}
		}
	}
	return nil
}
