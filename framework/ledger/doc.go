// Package ledger compares what a machine has before a run with what it has after
// it: its own links, addresses, routes, rules, tables of netfilter, kernel
// parameters, containers, kept namespaces and processes. It is pure; package host
// takes the snapshots.
//
// A run must leave nothing that carries its id, and the machine's own state as it
// was. What others do meanwhile must not fail it. So every difference is somebody's:
//
//   - what carries the run's id is the run's;
//   - what carries another run's id, and containers that carry none, are others';
//   - the container engine's are its links (docker0, br-…, veth… and whatever is a
//     port of one), what hangs on them, tables with its chains, and, when it was
//     started or stopped meanwhile, the forwarding and bridging that it turns on, and
//     what the kernel does with them;
//   - the kubelet's are the kernel's own parameters that it sets from inside a node,
//     and that belong to the whole machine;
//   - the kernel's are parameters that there were not before, or are not any more:
//     a module was loaded, and nobody's value changed;
//   - everything else is the machine's own.
//
// The first and the last are failures.
//
//	l := ledger.Compare("20261124-1", before, after, ledger.Gone)
//	err := l.Err()
package ledger
