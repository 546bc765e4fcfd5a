// Package progress says what a run is doing while it does it: events, which
// every process of a suite writes as lines of JSON, and the view that a terminal
// shows of them.
//
// It is pure: events make a view, a view makes lines. It is no evidence, which is
// in the report, and it neither reads files nor knows terminals: package screen
// draws. Suites write events, the command line shows them.
//
//	var v progress.View
//	v.Apply(event)
//	lines := v.Lines(progress.Size{Columns: 80, Rows: 24}, now, record.Coloured)
package progress
