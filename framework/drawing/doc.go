// Package drawing draws worlds, and the way of a flow in them, as SVG: for pages,
// for a terminal's file, for a phone. A drawing is some 400 units wide and as high as
// it has to be, so that a phone shows it in its own size.
//
// It is pure and knows no lab: equal worlds are drawn alike, to the byte. It runs no
// script and loads nothing. Colours are CSS variables, which the page that embeds a
// drawing may set (Style has the defaults, light and dark); a drawing that stands
// alone carries its own style.
//
//	svg := drawing.World(w, drawing.Options{Style: drawing.StandAlone})
//	svg = drawing.Flow(w, observation, drawing.Options{ID: "sg-001-routed"})
package drawing
