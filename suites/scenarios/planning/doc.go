// Package planning holds the scenarios of the family "planning": which address
// plans the platform refuses, and what an accepted one leaves to be done. They
// are values, one a file; the catalogue lists them, a runner runs them, and only
// those two import them.
//
//	s := planning.PLAN001
package planning
