// Package record is what a run leaves behind: the results with their evidence,
// report.json in a versioned schema, junit.xml, and the texts that a terminal
// shows. It is pure but for writing and reading the files.
//
// It judges a run (Conclude) and never a scenario: that is the runner's
// business. It knows no lab's adapter, no test library and no clock.
//
//	report := record.Conclude(record.Run{ID: "20261122-233000-3f2a", ...}, env, results)
//	err := record.Write("artifacts", report)
package record
