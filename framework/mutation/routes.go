package mutation

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/topology"
)

type prefix = netip.Prefix

var anywhere = netip.PrefixFrom(netip.IPv4Unspecified(), 0)

// The tables of a router; see the fabric.
const (
	systemTable  = 100
	customTables = 200
	afterCustom  = 250
)

// routes are mutants of how routers choose.
func routes() []Mutant {
	peer := []string{"PEER-"}
	of := ofPlan
	return []Mutant{
		of("table-of-the-wrong-subnet", "every subnet has the last route table", []string{"PEER-009", "PEER-024"}, eachRouter(func(r *fabric.RouterPlan) {
			tables := customTableNumbers(r)
			for i, l := range r.Lookup {
				if slices.Contains(tables, l.Table) {
					r.Lookup[i].Table = tables[len(tables)-1]
				}
			}
		})),
		of("default-table-for-all", "every subnet has the default route table", []string{"PEER-009", "PEER-024"}, eachRouter(func(r *fabric.RouterPlan) {
			for i, l := range r.Lookup {
				if slices.Contains(customTableNumbers(r), l.Table) {
					r.Lookup[i].Table = customTables
				}
			}
		})),
		of("local-route-not-preferred", "custom routes are looked up before the local ones", []string{"PEER-013"}, eachRouter(func(r *fabric.RouterPlan) {
			for i, l := range r.Lookup {
				if l.Table == systemTable {
					r.Lookup[i].Priority = afterCustom
				}
			}
		})),
		of("widest-prefix-wins", "of the routes that match, the widest is taken", []string{"PEER-011", "PEER-012", "PEER-017"}, eachRouter(func(r *fabric.RouterPlan) {
			r.Routes = slices.DeleteFunc(r.Routes, func(x fabric.Route) bool {
				return x.Table != systemTable && slices.ContainsFunc(r.Routes, func(y fabric.Route) bool {
					return y.Table == x.Table && y.Destination.Bits() > 0 && y.Destination.Bits() < x.Destination.Bits() && y.Destination.Overlaps(x.Destination)
				})
			})
		})),
		of("blackhole-missing", "a route table has no end of its own", peer, eachRouter(func(r *fabric.RouterPlan) {
			ends := sinkOf(r, "rt/", "/blackhole")
			r.Routes = slices.DeleteFunc(r.Routes, func(x fabric.Route) bool { return slices.Contains(ends, x.Interface) })
		})),
		of("blackhole-of-another-table", "a blackhole counts under another table's name", peer, eachRouter(func(r *fabric.RouterPlan) {
			ends := sinkOf(r, "rt/", "/blackhole")
			for i, x := range r.Routes {
				if slices.Contains(ends, x.Interface) {
					r.Routes[i].Interface = ends[(slices.Index(ends, x.Interface)+1)%len(ends)]
				}
			}
		})),
		of("no-such-address-missing", "an address that nobody has is routed like any other", []string{"SG-018", "PEER-"}, eachRouter(func(r *fabric.RouterPlan) {
			nobody := sinkOf(r, "vpc/", "/no-such-address")
			r.Routes = slices.DeleteFunc(r.Routes, func(x fabric.Route) bool { return slices.Contains(nobody, x.Interface) })
		})),
		{ID: "container-routes-missing", Layer: DataPlane, Says: "the routes to the blocks of nodes are left out", Try: []string{"SG-001"}, world: eachTable(func(t *topology.RouteTable) {
			t.Routes = slices.DeleteFunc(t.Routes, func(r topology.Route) bool { return r.Managed })
		})},
		{ID: "first-block-only", Layer: DataPlane, Says: "only the first block of a node has a route", Try: []string{"PLAN-005", "SG-021", "ENG-008"}, world: firstBlockOnly},
		of("routes-to-the-wrong-node", "the blocks of nodes are routed to each other's node", []string{"SG-001", "NODE-003"}, eachRouter(func(r *fabric.RouterPlan) {
			rotate(r.Routes, func(x fabric.Route) bool {
				return x.Table >= customTables && x.Via.IsValid() && x.Via != fabric.PeerHop
			})
		})),
	}
}

func customTableNumbers(r *fabric.RouterPlan) []int {
	var all []int
	for _, l := range r.Lookup {
		if l.Priority == customTables && !slices.Contains(all, l.Table) {
			all = append(all, l.Table)
		}
	}
	slices.Sort(all)
	return all
}

// rotate gives each of the routes the next one's way, within its table.
func rotate(routes []fabric.Route, of func(fabric.Route) bool) {
	byTable := map[int][]int{}
	for i, r := range routes {
		if of(r) {
			byTable[r.Table] = append(byTable[r.Table], i)
		}
	}
	for _, places := range byTable {
		first := routes[places[0]]
		for i, at := range places {
			next := first
			if i+1 < len(places) {
				next = routes[places[i+1]]
			}
			routes[at].Interface, routes[at].Via = next.Interface, next.Via
		}
	}
}

func eachTable(edit func(*topology.RouteTable)) func(*topology.World) {
	return func(w *topology.World) {
		for i := range w.VPCs {
			for j := range w.VPCs[i].RouteTables {
				edit(&w.VPCs[i].RouteTables[j])
			}
		}
	}
}

func firstBlockOnly(w *topology.World) {
	first := map[prefix]bool{}
	for _, c := range w.Clusters {
		for _, n := range c.Nodes {
			first[n.Block] = true
		}
	}
	eachTable(func(t *topology.RouteTable) {
		t.Routes = slices.DeleteFunc(t.Routes, func(r topology.Route) bool { return r.Managed && !first[r.Destination] })
	})(w)
}
