// Package node holds the scenarios of the family "node": what nodes, their
// subnets and the cluster itself need for containers to reach anything. They are
// values, one a file; the catalogue lists them, a runner runs them, and only
// those two import them.
//
//	s := node.NODE001
package node
