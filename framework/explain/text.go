package explain

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Text is an explanation for people, in lines.
func (e Explanation) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s in world %s: %s\n", e.Flow, e.World, e.Result)
	fmt.Fprintf(&b, "  verdict   %s\n", e.Verdict)
	if e.Wanted != "" {
		fmt.Fprintf(&b, "  wanted    seen as %s\n", e.Wanted)
	}
	for i, x := range e.Blockers {
		x.text(&b, i+1, len(e.Blockers))
	}
	if e.Open != "" {
		fmt.Fprintf(&b, "\n  open      %s\n", e.Open)
	}
	title := ""
	if len(e.Blockers) > 0 {
		title = ", as it is"
	}
	e.Way.text(&b, title)
	if e.MendedWay != nil && e.Open == "" {
		fmt.Fprintf(&b, "\n  with %s mended: %s\n", allOf(len(e.Blockers)), e.Mended)
		e.MendedWay.text(&b, ", when mended")
	}
	return b.String()
}

func allOf(n int) string {
	switch n {
	case 1:
		return "that"
	case 2:
		return "both"
	default:
		return fmt.Sprintf("all %d", n)
	}
}

func (x Blocker) text(b *strings.Builder, nth, of int) {
	layer := string(x.Layer)
	if layer == "" {
		layer = "no layer"
	}
	where := ""
	if x.Hop != "" {
		where = " at " + x.Hop
	}
	fmt.Fprintf(b, "\n  blocker %d of %d: %s%s\n", nth, of, layer, where)
	fmt.Fprintf(b, "    ends as   %s\n", x.Verdict)
	fmt.Fprintf(b, "    because   %s\n", x.What)
	if x.Remedy != "" {
		fmt.Fprintf(b, "    remedy    %s\n", x.Remedy)
	}
	if x.Assumed != "" && nth < of {
		fmt.Fprintf(b, "    from here on assumed: %s\n", x.Assumed)
	}
}

func (w Way) text(b *strings.Builder, title string) {
	wide := 0
	for _, h := range append(append([]Hop{}, w.Forth...), w.Back...) {
		wide = max(wide, utf8.RuneCountInString(h.Hop))
	}
	waysText(b, "request"+title, w.Forth, wide)
	if len(w.Back) > 0 {
		waysText(b, "reply"+title, w.Back, wide)
	}
}

func waysText(b *strings.Builder, title string, hops []Hop, wide int) {
	fmt.Fprintf(b, "\n  %s\n", title)
	last := ""
	for _, h := range hops {
		name := h.Hop
		if name == last {
			name = ""
		}
		last = h.Hop
		fmt.Fprintf(b, "    %s%s  %s\n", name, strings.Repeat(" ", wide-utf8.RuneCountInString(name)), h)
	}
}

// String prints what the hop did, by which rule.
func (h Hop) String() string {
	text := h.Did
	if h.Rule != "" {
		text += " by " + h.Rule
	}
	if h.Says != "" {
		text += ": " + h.Says
	}
	return text
}
