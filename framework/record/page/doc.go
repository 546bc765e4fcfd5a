// Package page renders a report as one HTML file that needs nothing else: no network,
// no other file, and no script to be read. Its few lines of script filter, search, fold
// open and remember the theme.
//
// Rendering is pure and judges nothing: what is shown is in the report, and in the
// scenarios that the report is about, for their drawings.
//
//	text, err := page.Render(report, map[string]scenario.Scenario{"SG-001": sg001})
package page
