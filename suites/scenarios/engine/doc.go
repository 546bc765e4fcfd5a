// Package engine holds the scenarios of the family "engine": a container engine
// on the peer whose bridge networks hold the addresses that its clients have. They
// are values, one a file; the catalogue lists them, a runner runs them, and only
// those two import them.
//
//	s := engine.ENG001
package engine
