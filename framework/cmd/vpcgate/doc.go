// Command vpcgate runs the gate and what belongs to it: run, list, doctor, sweep
// and version. It is installed to bin/vpcgate by `make build`.
//
// It judges nothing: the conformance suite runs the catalogue, package record
// judges the run, and the command shows what they say and exits by it.
package main
