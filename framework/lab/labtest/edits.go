package labtest

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// edit makes a case's world from the healthy one. Unlike a change it may do
// anything to what it knows to be there.
type edit func(*topology.World)

func edited(w topology.World, edits ...edit) topology.World {
	for _, e := range edits {
		e(&w)
	}
	return w
}

// over routes a destination of a table over a peering.
func over(dst, table, peering string) edit {
	return route(table, topology.Route{Destination: prefix(dst), Peering: peering})
}

// via routes a destination of a table to a machine.
func via(dst, table, machine string) edit {
	return route(table, topology.Route{Destination: prefix(dst), Instance: machine})
}

func route(table string, r topology.Route) edit {
	return onTable(table, func(t *topology.RouteTable) { t.Routes = append(t.Routes, r) })
}

func withdraw(dst, table string) edit {
	return onTable(table, func(t *topology.RouteTable) {
		t.Routes = slices.DeleteFunc(t.Routes, func(r topology.Route) bool { return r.Destination == prefix(dst) })
	})
}

func onTable(name string, f func(*topology.RouteTable)) edit {
	return func(w *topology.World) {
		for v := range w.VPCs {
			for t := range w.VPCs[v].RouteTables {
				if w.VPCs[v].RouteTables[t].Name == name {
					f(&w.VPCs[v].RouteTables[t])
				}
			}
		}
	}
}

func pending(peering string) edit {
	return func(w *topology.World) {
		for i := range w.Peerings {
			if w.Peerings[i].Name == peering {
				w.Peerings[i].State = topology.Pending
			}
		}
	}
}

func peer(name, local, other string) edit {
	return func(w *topology.World) {
		w.Peerings = append(w.Peerings, topology.Peering{Name: name, Local: local, Peer: other, State: topology.Active})
	}
}

// only leaves a group without rules of a direction, apart from the given ones.
func only(group string, d topology.Direction, rules ...topology.SecurityGroupRule) edit {
	return func(w *topology.World) {
		for i := range w.SecurityGroups {
			g := &w.SecurityGroups[i]
			if g.Name == group {
				g.Rules = slices.DeleteFunc(g.Rules, func(r topology.SecurityGroupRule) bool { return r.Direction == d })
				g.Rules = append(g.Rules, rules...)
			}
		}
	}
}

func groups(gs ...topology.SecurityGroup) edit {
	return func(w *topology.World) { w.SecurityGroups = append(w.SecurityGroups, gs...) }
}

func nic(machine string, f func(*topology.NIC)) edit {
	return func(w *topology.World) {
		for i := range w.Hosts {
			if w.Hosts[i].Name == machine {
				f(&w.Hosts[i].NIC)
			}
		}
		for i := range w.Clusters {
			if n := w.Clusters[i].Node(machine); n != nil {
				f(&n.NIC)
			}
		}
	}
}

func in(machine string, names ...string) edit {
	return nic(machine, func(n *topology.NIC) { n.SecurityGroups = names })
}

// checked turns the source/destination check of node-1 on.
func checked() edit {
	return nic("node-1", func(n *topology.NIC) { n.SourceCheckOff = false })
}

// from is an ingress rule that admits everything from a block.
func from(name, cidr string) topology.SecurityGroupRule {
	return topology.SecurityGroupRule{Name: name, Direction: topology.Ingress, CIDR: prefix(cidr)}
}

// towards is an egress rule that admits everything to a block.
func towards(name, cidr string) topology.SecurityGroupRule {
	return topology.SecurityGroupRule{Name: name, Direction: topology.Egress, CIDR: prefix(cidr)}
}

// deny turns a rule into one that denies, at a priority.
func deny(r topology.SecurityGroupRule, priority int) topology.SecurityGroupRule {
	r.Action = topology.Deny
	return at(r, priority)
}

func at(r topology.SecurityGroupRule, priority int) topology.SecurityGroupRule {
	r.Priority = priority
	return r
}

// speaking narrows a rule to a protocol and, unless zero, one port.
func speaking(r topology.SecurityGroupRule, p topology.Protocol, port uint16) topology.SecurityGroupRule {
	r.Protocol = p
	if port != 0 {
		r.Ports = topology.Port(port)
	}
	return r
}

// ofGroup lets a rule's far end be a security group.
func ofGroup(r topology.SecurityGroupRule, group string) topology.SecurityGroupRule {
	r.CIDR, r.Group = netip.Prefix{}, group
	return r
}

// inBoth makes the same cases in both modes.
func inBoth(of func(topology.Mode) []Case) []Case {
	var all []Case
	for _, m := range topology.Modes() {
		all = append(all, of(m)...)
	}
	return all
}

// onHost edits a host.
func onHost(name string, f func(*topology.Host)) edit {
	return func(w *topology.World) {
		for i := range w.Hosts {
			if w.Hosts[i].Name == name {
				f(&w.Hosts[i])
			}
		}
	}
}

// onNode edits a node of the first cluster.
func onNode(name string, f func(*topology.Node)) edit {
	return func(w *topology.World) { f(w.Clusters[0].Node(name)) }
}
