// Package chaos judges what steady traffic met while a world changed under it.
//
// A [History] is what the traffic saw, operation by operation; a [Timeline] is the worlds that were in force meanwhile. [Judge] holds
// the one against the other with the oracle's help: what a world forbids must not get through, what it allows has to come back
// within its budget, connections that stand are cut or kept as documented, and nothing else may move. The result is valid, invalid
// or unknown, and unknown is never a pass.
//
// A [Fault] is a value: a change of the world, or something that happens to the platform and that has a meaning on paper. A
// [Schedule] says which faults come and go in which order; it is drawn from a seed, written as YAML, replayed, and made small when
// it shows a violation.
//
// The package is pure: it starts nothing, asks nothing and reads no clock. Package storm drives labs with it.
package chaos
