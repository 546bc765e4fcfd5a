// Package page renders the report of chaos as one HTML file that needs nothing else: what came of it, what each kind of faults did
// to the traffic and how long, the faults drawn over the traffic of some schedules, and what the process held meanwhile.
//
// It is pure and judges nothing: what is shown is in the report. Its look is that of the gate's own page.
//
//	text, err := page.Render(report)
package page
