// Package progress says how far a long preparation has come. A step is reported
// when it begins, every few seconds while it runs, and when it ends, so that
// whoever waits always sees what for.
//
// It is not a logger and draws nothing: whoever is given a Step decides how it
// looks; String is the plain line. The packages below provision may import it.
//
//	end := report.Begin(progress.Step{Task: "node image", Name: "rootfs", Index: 1, Total: 15})
//	defer func() { end(err) }()
package progress
