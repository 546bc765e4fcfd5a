package labtest

import "github.com/vpcgate/vpcgate/framework/topology"

// Coming lists the cases that the oracle is held to and no wire is yet. A case
// moves to Cases with the part of the fabric that shows it.
func Coming() []Case { return nil }

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
