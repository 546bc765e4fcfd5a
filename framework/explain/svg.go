package explain

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/drawing"
)

// SVG draws an explanation: what is in the way, the flow's way as it is, and with all
// of that mended, and the world with the marks of both.
func (e Explanation) SVG() string {
	o := drawing.Options{Style: drawing.StandAlone, ID: "explained"}
	for i, b := range e.Blockers {
		n := drawing.Note{Title: fmt.Sprintf("blocker %d of %d: %s", i+1, len(e.Blockers), b.Layer), Lines: []string{b.What}, Rule: b.Rule}
		if b.Remedy != "" {
			n.Lines = append(n.Lines, "Remedy: "+b.Remedy)
		}
		o.Notes = append(o.Notes, n)
	}
	if e.Open != "" {
		o.Notes = append(o.Notes, drawing.Note{Title: "open", Lines: []string{e.Open}})
	}
	if len(e.Blockers) > 0 && e.Open == "" {
		o.Mended = &e.mended
	}
	return drawing.Flow(e.world, e.seen, o)
}
