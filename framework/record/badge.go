package record

import (
	"fmt"
	"unicode/utf8"
)

// The badge's measures, in pixels: those that badges in READMEs have.
const (
	badgeHeight  = 20
	badgePadding = 6
	// badgeLetter is how wide a letter is on average at the badge's size; the text
	// is fitted to what that makes, whatever font is there.
	badgeLetter = 6.6
)

// The badge's colours: white text on each can be read.
const (
	badgeLabel  = "#444"
	badgeGreen  = "#2a7d2e"
	badgeYellow = "#8a6100"
	badgeRed    = "#b3261e"
)

// badgeTemplate takes the whole width, the label's and the message's, the title,
// the message's colour, and twice the middle, the width and the text of each.
const badgeTemplate = `<svg xmlns="http://www.w3.org/2000/svg" width="%[1]d" height="%[2]d" viewBox="0 0 %[1]d %[2]d" role="img" aria-label="%[5]s">
  <title>%[5]s</title>
  <clipPath id="round"><rect width="%[1]d" height="%[2]d" rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="%[3]d" height="%[2]d" fill="%[6]s"/>
    <rect x="%[3]d" width="%[4]d" height="%[2]d" fill="%[7]s"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="%[8]d" y="14" textLength="%[9]d" lengthAdjust="spacingAndGlyphs">%[10]s</text>
    <text x="%[11]d" y="14" textLength="%[12]d" lengthAdjust="spacingAndGlyphs">%[13]s</text>
  </g>
</svg>
`

// Badge is a run's result as an SVG badge, with how many results ended so.
func Badge(r Report) string {
	const label = "vpcgate"
	c := r.Run.Counts
	message, colour := fmt.Sprintf("failure: %d of %d", c.Failure, c.Success+c.Failure), badgeRed
	switch {
	case r.Run.Outcome == Success:
		message, colour = fmt.Sprintf("success: %d", c.Success), badgeGreen
	case r.Run.Outcome == Partial:
		message, colour = fmt.Sprintf("partial: %d, %d not run", c.Success, c.CoreNotRun), badgeYellow
	case c.Failure == 0:
		message = "failure: nothing ran"
	}
	left, right := badgeWidth(label), badgeWidth(message)
	return fmt.Sprintf(badgeTemplate, left+right, badgeHeight, left, right, label+": "+message, badgeLabel, colour,
		left/2, left-2*badgePadding, label, left+right/2, right-2*badgePadding, message)
}

// badgeWidth is how wide the part of a badge is that holds a text.
func badgeWidth(text string) int {
	return 2*badgePadding + int(badgeLetter*float64(utf8.RuneCountInString(text)))
}
