package page

import (
	"html/template"
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/drawing"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// drawingView is what a mode's world is shown as: a drawing, or else the name of the
// sketch that the report has.
type drawingView struct {
	Caption string
	SVG     template.HTML
	Sketch  string
}

// drawing draws the broken world of a mode with the way that the main flow took in it;
// where the flow was not asked, the world alone. A scenario that is not known, or whose
// changes no longer fit, has the sketch of its healthy world.
func (d *document) drawing(best record.Result, results []record.Result, known scenario.Scenario, found bool) drawingView {
	if found {
		if v, drawn := draw(best, known); drawn {
			return v
		}
	}
	for _, r := range results {
		if r.Sketch != "" {
			return drawingView{Caption: "the world before", Sketch: d.Sketches.ref(r.Sketch, func() string { return r.Sketch })}
		}
	}
	return drawingView{}
}

func draw(best record.Result, known scenario.Scenario) (drawingView, bool) {
	o := drawing.Options{ID: "drawing-" + anchor(best.Scenario, best.Mode, "")}
	broken, err := brokenWorld(known, best.Mode)
	if err != nil {
		return drawingView{}, false
	}
	if len(known.Refused.In(best.Mode)) > 0 {
		return drawingView{Caption: "the plan that is refused", SVG: markup(drawing.World(broken, o))}, true
	}
	for _, p := range best.Phases {
		if p.Phase != record.Symptom {
			continue
		}
		if i := slices.IndexFunc(p.Checks, func(c record.Check) bool { return c.Role == "flow" }); i >= 0 {
			return drawingView{Caption: "the broken world, and the flow's way in it", SVG: markup(drawing.Flow(broken, p.Checks[i].Observation, o))}, true
		}
	}
	return drawingView{Caption: "the broken world", SVG: markup(drawing.World(broken, o))}, true
}

func brokenWorld(s scenario.Scenario, m topology.Mode) (topology.World, error) {
	healthy, err := s.HealthyWorld(m)
	if err != nil {
		return topology.World{}, err
	}
	broken, _, err := change.Request(healthy, s.Break.In(m))
	return broken, err
}

// markup lets a drawing into the page as it is: package drawing escapes what it is
// given, and writes no script.
func markup(svg string) template.HTML { return template.HTML(svg) }
