// Package mutation falsifies the gate on purpose and counts who notices: the data
// plane, the agents, the counters, the judge, the runner and the oracle, each in
// many small ways. A mutant that nothing of the catalogue notices is a hole in it.
//
// It is where labs that lie are opened; nothing else may. The command line and
// suites of self-checks import it.
package mutation
