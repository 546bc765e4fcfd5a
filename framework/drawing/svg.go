package drawing

import (
	"encoding/xml"
	"fmt"
	"strings"
)

// svg renders a scene that is laid out.
func (s *scene) svg(o Options) string {
	id := o.ID
	if id == "" {
		id = "drawing"
	}
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" class="vg" viewBox="0 0 %d %d" role="img" aria-labelledby="%s-title %s-desc"`,
		width, s.height(), escape(id), escape(id))
	if o.Style == StandAlone {
		fmt.Fprintf(&b, ` width="%d" height="%d"`, width, s.height())
	}
	b.WriteString(">\n")
	fmt.Fprintf(&b, "<title id=\"%s-title\">%s</title>\n<desc id=\"%s-desc\">%s</desc>\n", escape(id), escape(s.title), escape(id), escape(s.description))
	if o.Style == StandAlone {
		fmt.Fprintf(&b, "<style>\n%s</style>\n<rect class=\"paper\" width=\"%d\" height=\"%d\"/>\n", ownStyle(), width, s.height())
	}
	for _, l := range s.strokes {
		writeStroke(&b, l)
	}
	for _, x := range s.boxes {
		x.write(&b)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func writeStroke(b *strings.Builder, l stroke) {
	points := make([]string, len(l.points))
	for i, p := range l.points {
		points[i] = fmt.Sprintf("%d,%d", p.x, p.y)
	}
	fmt.Fprintf(b, "<polyline class=\"%s\" points=\"%s\"/>\n", l.class, strings.Join(points, " "))
}

func (x *box) write(b *strings.Builder) {
	fmt.Fprintf(b, "<g class=\"%s\">\n<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>\n", x.class, x.x, x.y, x.w, x.h)
	if x.number != nil {
		x.number.write(b)
	}
	for _, it := range x.items {
		for _, t := range it.texts {
			fmt.Fprintf(b, "<text class=\"%s\" x=\"%d\" y=\"%d\">%s</text>\n", t.class, t.x, t.y, escape(t.says))
		}
		for _, c := range it.chips {
			c.write(b)
		}
		for _, inner := range it.boxes {
			inner.write(b)
		}
	}
	b.WriteString("</g>\n")
}

func (c *chip) write(b *strings.Builder) {
	fmt.Fprintf(b, "<g class=\"%s\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"8\"/><text x=\"%d\" y=\"%d\">%s</text></g>\n",
		c.class, c.x, c.y, c.w, c.h, c.x+chipPad, c.y+ascent, escape(c.says))
}

func escape(says string) string {
	var b strings.Builder
	// Writing to a strings.Builder never fails.
	_ = xml.EscapeText(&b, []byte(printable(says)))
	return b.String()
}
