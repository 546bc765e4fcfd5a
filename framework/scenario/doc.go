// Package scenario is a documented case as a value: a world, what breaks it,
// what is then seen, what cures it and what must not, per mode. It is pure: the
// runner (framework/runner) takes scenarios through their phases on a lab.
//
// A scenario is one Go literal in one file under suites/scenarios, without
// loops, conditions, I/O or literal addresses.
package scenario
