// Package peering holds the scenarios of the family "peering": what containers
// need to reach hosts of another VPC over a peering, and hosts to answer them.
// They are values, one a file; the catalogue lists them, a runner runs them, and
// only those two import them.
//
//	s := peering.PEER002
package peering
