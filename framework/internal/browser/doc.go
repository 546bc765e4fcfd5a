// Package browser opens pages in a Chromium as a reader does, for tests: on a screen and on a phone, in light and in dark, and notes
// whatever a page does that it must not.
//
// Only tests may import it.
//
//	ctx, found := browser.Open(t, browser.Find(t, root), visit, "file:///report.html", "#filter")
package browser
