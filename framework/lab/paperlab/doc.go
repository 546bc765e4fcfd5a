// Package paperlab computes verdict and path of any flow in any world from the
// world alone: it is the oracle that every wire verdict is compared with, the
// fake that unit tests use, and what explains a path.
//
// It knows the documented rules and nothing of kernels. Where several rules of
// one hop would drop a packet, it names the one that comes first in this order:
// the sender's source check, the route, the sender's egress rules, the
// receiver's ingress rules. The fabric renders the same order.
package paperlab
