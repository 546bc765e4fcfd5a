// Package link makes interfaces, addresses, routes, neighbours and connection
// tracking entries inside namespaces, over netlink.
//
// Every function takes the namespace that it works in and never touches the
// process's own. "Replace" and "Set" functions make something so, whatever it
// was, and "Delete" functions do not mind that it is gone already; only the
// "Create" functions insist that it is new. What has no "Create" may therefore
// be repeated.
//
// Routes and policy rules that this package makes carry the routing protocol
// "static". Listing and synchronising see only those, so what a kernel, a
// container engine or a person put there stays.
//
// The package knows nothing of VPCs; the fabric does. Only the fabric and the
// wire labs may import it. All functions are safe for concurrent use.
//
//	err := link.CreateVeth(
//		link.End{Namespace: guest, Name: "eth1"},
//		link.End{Namespace: router, Name: link.IfName(run, "db-vm", "0")},
//	)
package link
