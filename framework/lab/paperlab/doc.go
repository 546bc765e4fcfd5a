// Package paperlab computes verdict and path of any flow in any world from the
// world alone: it is the oracle that every wire verdict is compared with, the
// fake that unit tests use, and what explains a path.
//
// It knows the documented rules and nothing of kernels. A packet is followed
// from machine to machine (machine.go, node.go, host.go, router.go), whoever
// rewrites it on its way leaves a translation (packet.go), and the reply finds
// its way back through these. Where several rules of one hop would drop a
// packet, it names the one that comes first. At a router: the sender's source
// check, the route, the sender's group, the sender's subnet, the NAT gateway,
// the receiver's subnet, the receiver's group, whom a cache does not serve over a
// peering, the receiver's whitelist. On a node: forwarding, the tracking table, the network policy, the firewall, the
// container network. The fabric renders the same order. Where a managed service is
// used, the answer's way back comes next, then whether anybody listens, then what
// the service itself says (managed.go).
package paperlab
