package page

import (
	"html/template"

	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// drawingView is what a mode's world is shown as: a drawing, or else the name of the
// sketch that the report has.
type drawingView struct {
	SVG    template.HTML
	Sketch string
}

func (d *document) drawing(_ record.Result, results []record.Result, _ scenario.Scenario, _ bool) drawingView {
	for _, r := range results {
		if r.Sketch != "" {
			return drawingView{Sketch: d.Sketches.ref(r.Sketch, func() string { return r.Sketch })}
		}
	}
	return drawingView{}
}
