// Package soak says whether a process that runs for a long time is stable: it looks at what the process holds, now and then, and
// judges the looks by [Rule].
//
// It knows nothing of what the process does. Looking reads /proc and the runtime's own counts and stops nothing; judging is pure.
//
//	w := soak.Begin(length)
//	w.Look(time.Since(began))
//	s := w.End(time.Since(began), shortest)
package soak
