// Package triage measures how well package diagnose finds faults that it was not
// told of: it injects the faults of a catalogue into a lab, one at a time and in
// pairs, asks for a diagnosis of a flow that fails, and counts which layers were
// named for which.
//
// What was injected is known by the changes that broke the world, never by what the
// lab answers; the walk is given a lab and a flow and nothing else. The package does
// not know which lab that is, and asserts nothing.
//
//	faults, err := triage.Faults(scenarios.Catalogue(), oracle)
//	report, err := triage.Examine(ctx, lab, oracle, faults, triage.Pairs(oracle, faults))
//	fmt.Print(report.Table())
package triage
