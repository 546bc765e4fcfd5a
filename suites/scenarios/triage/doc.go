// Package triage holds the scenarios of the family "triage": several faults at
// once, remedies of the wrong layer, and what has to be found out in which
// order. They are values, one a file; the catalogue lists them, a runner runs
// them, and only those two import them.
//
//	s := triage.TRI001
package triage
