// Package environment finds out where a run takes place: kernel, operating
// system, Go, source commit, size of the machine. What cannot be found out is
// left empty; a report is written all the same.
//
// It changes nothing and knows no lab: what a kind lab adds (engine, cluster
// version, node image) is filled in by whoever opened it. The specs and the
// command line import it.
//
//	env := environment.Describe(ctx, root)
package environment
