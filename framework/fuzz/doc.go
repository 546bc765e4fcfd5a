// Package fuzz draws random valid worlds, asks two labs the same flows in each, and
// shrinks what they disagree about to the smallest case that still shows it.
//
// Drawing and shrinking are pgregory.net/rapid's: a case is drawn from a number, and
// the same number draws the same case. A case is a sequence of worlds that a lab
// adopts one after the other, in place where it can, and the flows that are asked in
// each. What is found is written as YAML; in testdata/found it is a regression test.
//
// The package knows labs by their port alone; cmd/vpcgate opens them.
package fuzz
