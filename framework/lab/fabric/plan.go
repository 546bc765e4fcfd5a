package fabric

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/internal/link"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Plan is a world rendered for the kernel: what every router and every machine
// shall have. It is a value; two plans of one world are equal.
type Plan struct {
	Routers  []RouterPlan
	Machines []MachinePlan
}

// RouterPlan is the namespace of one VPC.
type RouterPlan struct {
	VPC string
	// Ports lead to NICs, Legs to translators whose target is here, Links to
	// other routers; Sinks lead nowhere and exist so that a packet without a
	// route is dropped and counted by a rule.
	Ports  []Port
	Legs   []Leg
	Links  []Link
	Sinks  []Sink
	Lookup []Lookup
	Routes []Route
	Rules  nft.Ruleset
	// Fates are the rules that drop.
	Fates Fates
	// Inbound says of every machine what its security groups admit and whom they
	// name by it: where it changes, live inbound flows are cut.
	Inbound map[string]string
}

// Port is the router's end of a NIC's link.
type Port struct {
	Interface string
	Machine   string
	Address   netip.Addr
}

// Leg is the router's end of a translator's second leg.
type Leg struct {
	Interface  string
	Translator string
	Source     netip.Addr
}

// LinkKind is what a link is in the cloud.
type LinkKind string

const (
	peeringLink LinkKind = "peering"
	vpnLink     LinkKind = "vpn"
	natLink     LinkKind = "nat"
)

// Link is this router's end of a peering, of a VPN, or of the way through a NAT
// gateway to the internet. Both routers have one of each name.
type Link struct {
	Interface string
	Kind      LinkKind
	Name      string
	OtherVPC  string
}

// Sink is an interface whose packets the rule of that name drops.
type Sink struct {
	Interface string
	Rule      string
}

// Lookup sends what came in by an interface, or everything when it is empty, to
// a routing table.
type Lookup struct {
	Priority int
	In       string
	// From narrows it to packets of a source; the zero value is any.
	From  netip.Prefix
	Table int
}

// Route is one kernel route of a router: to the interface, through the next hop
// when there is one.
type Route struct {
	Table       int
	Destination netip.Prefix
	Interface   string
	Via         netip.Addr
}

// Table numbers of a router. System routes are looked up first, so that they
// beat custom routes whatever the prefix length; then one table per route
// table, and one per link for what arrives over it.
const (
	systemTable   = 100
	customTables  = 200
	arrivalTables = 300

	// RulesTable holds the cloud's rules, WatchTable counts the asked flows.
	RulesTable = "vpcgate"
	WatchTable = "vpcgate-watch"
	// NodeTable holds a node's masquerading.
	NodeTable = "vpcgate-node"
	// HostTable holds what a host does that a route leads to.
	HostTable = "vpcgate-host"
	// MiddleTable holds what a translator or load balancer makes of packets.
	MiddleTable = "vpcgate-middle"

	prioritySourceCheck = -350
)

// PeerHop is the next hop over every link, and on a translator's legs: a
// link-local address that nobody has and whose MAC address both ends know to be
// the other's.
var PeerHop = netip.AddrFrom4([4]byte{169, 254, 0, 1})

var anywhere = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// NewPlan renders a valid world. It is pure.
func NewPlan(w topology.World) Plan {
	var p Plan
	for i := range w.VPCs {
		p.Routers = append(p.Routers, planRouter(&w, &w.VPCs[i]))
	}
	p.Machines = planMachines(&w)
	return p
}

func portName(machine string) string   { return link.IfName("nic", machine) }
func legName(translator string) string { return link.IfName("leg", translator) }

// end is the name of the sink's other end.
func (s Sink) end() string { return link.IfName("void", strings.ReplaceAll(s.Rule, "/", "-")) }

func sinkName(rule string) string { return link.IfName("sink", strings.ReplaceAll(rule, "/", "-")) }

func linkName(k LinkKind, name string) string {
	if k == peeringLink {
		return link.IfName("peer", name)
	}
	return link.IfName(string(k), name)
}

func planRouter(w *topology.World, v *topology.VPC) RouterPlan {
	r := RouterPlan{VPC: v.Name, Inbound: map[string]string{}}
	for _, n := range w.NICs() {
		if vpc, _, ok := w.SubnetOf(n.Subnet); ok && vpc.Name == v.Name {
			r.Ports = append(r.Ports, Port{Interface: portName(n.Owner), Machine: n.Owner, Address: n.Address})
			if guardedBy(w, n.Owner) {
				r.Inbound[n.Owner] = inbound(w, n.NIC)
			}
		}
	}
	for _, t := range w.Translators {
		if targetVPC(w, t) == v.Name {
			r.Legs = append(r.Legs, Leg{Interface: legName(t.Name), Translator: t.Name, Source: t.Source})
		}
	}
	r.planLinks(w, v)
	r.planSystem(w, v)
	r.planCustom(w, v)
	r.planResets(w, v)
	r.planArrivals(w, v)
	slices.SortFunc(r.Sinks, func(a, b Sink) int { return strings.Compare(a.Rule, b.Rule) })
	r.Sinks = slices.Compact(r.Sinks)
	r.Rules = r.rules(w)
	return r
}

// targetVPC is the network in which a translator's second leg is.
func targetVPC(w *topology.World, t topology.Translator) string {
	nic, _ := w.NIC(t.Target)
	v, _, ok := w.SubnetOf(nic.Subnet)
	if !ok {
		return ""
	}
	return v.Name
}

func (r *RouterPlan) planLinks(w *topology.World, v *topology.VPC) {
	add := func(k LinkKind, name, other string) {
		r.Links = append(r.Links, Link{Interface: linkName(k, name), Kind: k, Name: name, OtherVPC: other})
	}
	for _, c := range w.Connections() {
		kind := peeringLink
		if c.VPN {
			kind = vpnLink
		}
		if c.State == topology.Active && (c.Local == v.Name || c.Peer == v.Name) {
			add(kind, c.Name, c.Other(v.Name))
		}
	}
	for _, g := range w.NATGateways {
		switch v.Name {
		case g.VPC:
			add(natLink, g.Name, g.Internet)
		case g.Internet:
			add(natLink, g.Name, g.VPC)
		}
	}
}

// planSystem makes the system routes: every NIC, every translator's source, every
// NAT gateway's address in the internet, and for the rest of every subnet nobody.
func (r *RouterPlan) planSystem(w *topology.World, v *topology.VPC) {
	r.Lookup = append(r.Lookup, Lookup{Priority: systemTable, Table: systemTable})
	for _, p := range r.Ports {
		r.route(systemTable, host(p.Address), p.Interface, netip.Addr{})
	}
	for _, l := range r.Legs {
		r.route(systemTable, host(l.Source), l.Interface, PeerHop)
	}
	for _, g := range w.NATGateways {
		if g.Internet == v.Name {
			r.route(systemTable, host(g.Address), linkName(natLink, g.Name), PeerHop)
		}
	}
	for _, s := range v.Subnets {
		r.route(systemTable, s.CIDR, r.sink(verdict.NoSuchAddress(v.Name)), netip.Addr{})
	}
}

// planCustom makes one kernel table per route table and sends each NIC's
// traffic to its subnet's. A translator's second leg has the default one.
func (r *RouterPlan) planCustom(w *topology.World, v *topology.VPC) {
	for i, t := range v.RouteTables {
		table := customTables + i
		for _, route := range w.EffectiveRoutes(v, t) {
			if route.Instance != "" {
				r.toInstance(table, route.Route)
				continue
			}
			r.overLink(table, route)
		}
		r.blackhole(table, t.Name)
	}
	for _, p := range r.Ports {
		nic, _ := w.NIC(p.Machine)
		_, s, _ := w.SubnetOf(nic.Subnet)
		t, _ := v.Table(s)
		r.Lookup = append(r.Lookup, Lookup{Priority: customTables, In: p.Interface, Table: customTables + tableIndex(v, t.Name)})
	}
	for _, l := range r.Legs {
		r.Lookup = append(r.Lookup, Lookup{Priority: customTables, In: l.Interface, Table: customTables})
	}
}

// planArrivals makes, for each link, the table for what arrives over it: the
// default table, but with no way out over a link.
func (r *RouterPlan) planArrivals(w *topology.World, v *topology.VPC) {
	def, _ := v.DefaultTable()
	for i, l := range r.Links {
		table := arrivalTables + i
		r.Lookup = append(r.Lookup, Lookup{Priority: arrivalTables, In: l.Interface, Table: table})
		for _, route := range w.EffectiveRoutes(v, def) {
			if route.Instance != "" {
				r.toInstance(table, route.Route)
				continue
			}
			r.route(table, route.Destination, r.sink(verdict.NotTransitive(l.Name)), netip.Addr{})
		}
		r.blackhole(table, def.Name)
	}
}

func (r *RouterPlan) toInstance(table int, route topology.Route) {
	for _, p := range r.Ports {
		if p.Machine == route.Instance {
			r.route(table, route.Destination, p.Interface, p.Address)
		}
	}
}

// overLink renders a route over a connection or to a NAT gateway; one that is not
// in effect loses what it matches.
func (r *RouterPlan) overLink(table int, route topology.EffectiveRoute) {
	next := route.NextHop()
	i := slices.IndexFunc(r.Links, func(l Link) bool { return l.Name == next && (l.Kind == natLink) == (route.NAT != "") })
	var lost string
	switch {
	case i < 0:
		lost = verdict.PeeringPending(next)
	case route.State == topology.Overlapping:
		lost = verdict.PeeringOverlap(next)
	case route.State == topology.Shadowed:
		lost = verdict.PeeringShadowed(next)
	default:
		r.route(table, route.Destination, r.Links[i].Interface, PeerHop)
		return
	}
	r.route(table, route.Destination, r.sink(lost), netip.Addr{})
}

func (r *RouterPlan) route(table int, dst netip.Prefix, iface string, via netip.Addr) {
	r.Routes = append(r.Routes, Route{Table: table, Destination: dst.Masked(), Interface: iface, Via: via})
}

// blackhole ends what no route of a table matches; one to everywhere leaves nothing.
func (r *RouterPlan) blackhole(table int, name string) {
	everywhere := func(x Route) bool { return x.Table == table && x.Destination == anywhere }
	if !slices.ContainsFunc(r.Routes, everywhere) {
		r.route(table, anywhere, r.sink(verdict.Blackhole(name)), netip.Addr{})
	}
}

func (r *RouterPlan) sink(rule string) string {
	s := Sink{Interface: sinkName(rule), Rule: rule}
	r.Sinks = append(r.Sinks, s)
	return s.Interface
}

func tableIndex(v *topology.VPC, name string) int {
	return slices.IndexFunc(v.RouteTables, func(t topology.RouteTable) bool { return t.Name == name })
}

// String prints the plan for golden tests and reports.
func (p Plan) String() string {
	var b strings.Builder
	for _, r := range p.Routers {
		fmt.Fprintf(&b, "router %s\n", r.VPC)
		for _, x := range r.Ports {
			fmt.Fprintf(&b, "  port %s to %s %s\n", x.Interface, x.Machine, x.Address)
		}
		for _, x := range r.Legs {
			fmt.Fprintf(&b, "  leg %s to %s as %s\n", x.Interface, x.Translator, x.Source)
		}
		for _, x := range r.Links {
			fmt.Fprintf(&b, "  %s %s to router %s (%s)\n", x.Kind, x.Interface, x.OtherVPC, x.Name)
		}
		for _, x := range r.Sinks {
			fmt.Fprintf(&b, "  sink %s counts %s\n", x.Interface, x.Rule)
		}
		for _, x := range r.Lookup {
			fmt.Fprintf(&b, "  rule %d: from %s%s lookup %d\n", x.Priority, orAll(x.In), ofSource(x.From), x.Table)
		}
		for _, x := range r.Routes {
			fmt.Fprintf(&b, "  route table %d %s dev %s%s\n", x.Table, x.Destination, x.Interface, via(x.Via))
		}
		for line := range strings.Lines(r.Rules.String()) {
			b.WriteString("  " + line)
		}
	}
	for _, m := range p.Machines {
		b.WriteString(m.String())
	}
	return b.String()
}

func ofSource(p netip.Prefix) string {
	if !p.IsValid() {
		return ""
	}
	return " source " + p.String()
}

func orAll(in string) string {
	if in == "" {
		return "all"
	}
	return in
}

func via(a netip.Addr) string {
	if !a.IsValid() {
		return ""
	}
	return " via " + a.String()
}
