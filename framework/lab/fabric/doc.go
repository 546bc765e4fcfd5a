// Package fabric is the kernel realisation of the VPC that the wire labs share:
// one router namespace per VPC, a point-to-point link from it to every NIC, the
// cloud's rules and routes in the routers, and the container network of either
// mode on the nodes.
//
// Plan is pure: it renders a world into links, routes and rules, which golden
// tests read without privileges. Fabric applies plans by difference and answers
// flows with evidence from the routers' own counters. Only the wire labs may
// import it.
package fabric
