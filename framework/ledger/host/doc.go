// Package host takes snapshots of the machine for package ledger: by netlink and
// netfilter in the process's own network namespace, from /proc, and from the
// container engine's socket when one answers. It changes nothing, starts no program,
// and takes some tens of milliseconds.
//
// In a user namespace the machine is what the process sees of it.
//
//	before := host.Take(ctx)
package host
