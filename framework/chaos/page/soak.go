package page

import (
	"fmt"
	"strings"

	"github.com/vpcgate/vpcgate/framework/chaos/soak"
)

// measureView is one of the things that were watched, as a line over the run.
type measureView struct {
	Name              string
	Line              string
	First, Last, Most string
	Grew, Allowed     string
	Judged, Leaks     bool
	Until             string
}

// Units of a line's picture, which is stretched to the page.
const (
	lineWide = 1000
	lineHigh = 100
)

func measuresOf(s soak.Soak) []measureView {
	if len(s.Points) == 0 {
		return nil
	}
	last := s.Points[len(s.Points)-1]
	var all []measureView
	for i, m := range soak.Measures() {
		most := 1.0
		for _, p := range s.Points {
			most = max(most, m.Of(p))
		}
		var line []string
		for _, p := range s.Points {
			x := 0.0
			if last.At > 0 {
				x = p.At.Seconds() / last.At.Seconds()
			}
			line = append(line, fmt.Sprintf("%.0f,%.1f", lineWide*x, lineHigh*(1-m.Of(p)/most)))
		}
		v := measureView{
			Name: m.Name, Line: strings.Join(line, " "), First: amount(m.Name, m.Of(s.Points[0])), Last: amount(m.Name, m.Of(last)),
			Most: amount(m.Name, most), Until: short(last.At),
		}
		if i < len(s.Growth) {
			g := s.Growth[i]
			v.Judged, v.Leaks, v.Grew, v.Allowed = true, g.Leaks, amount(m.Name, g.Grew), amount(m.Name, g.Allowed)
		}
		all = append(all, v)
	}
	return all
}

// amount prints how much there is of something.
func amount(of string, n float64) string {
	if of == "heap" {
		return fmt.Sprintf("%.1f MiB", n/(1<<20))
	}
	return fmt.Sprintf("%.0f", n)
}
