package drawing

import (
	"fmt"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// verdictInto adds what was asked and what came of it.
func (p *painter) verdictInto(s *scene, seen verdict.Observation) {
	b := &box{class: "station"}
	b.head(seen.Flow.String())
	class := "stop"
	if seen.Verdict.Positive() {
		class = "good"
	}
	b.text(class, seen.Verdict.String())
	s.add(b)
}

// notesInto adds the notes on a flow.
func (p *painter) notesInto(s *scene, notes []Note) {
	for _, n := range notes {
		b := &box{class: "station"}
		b.head(n.Title)
		for _, l := range n.Lines {
			b.text("", l)
		}
		s.add(b)
	}
}

// mendedInto adds the stations of a flow that has nothing in its way any more.
func (p *painter) mendedInto(s *scene, mended *verdict.Observation) {
	if mended == nil {
		return
	}
	b := &box{class: "station"}
	b.head("when mended")
	b.text("good", mended.Verdict.String())
	s.add(b)
	y := wayOf(p.world, *mended)
	for _, of := range [][]station{y.forth, y.back} {
		for i := range of {
			of[i].number = 0 // the world has the numbers of the flow as it is
		}
	}
	p.wayInto(s, "request, when mended", y.forth)
	p.wayInto(s, "reply, when mended", y.back)
}

// stationsInto adds the stations of a way, each under the one before it.
func (p *painter) stationsInto(s *scene) {
	p.wayInto(s, "request", p.way.forth)
	p.wayInto(s, "reply", p.way.back)
}

func (p *painter) wayInto(s *scene, title string, stations []station) {
	for i, at := range stations {
		var above *box
		leg := &box{class: "leg"}
		if i > 0 {
			above = s.boxes[len(s.boxes)-1]
			before := stations[i-1]
			leg.text(before.class(), before.carries())
		} else {
			leg.text("name", title)
		}
		s.add(leg)
		b := p.station(at)
		s.add(b)
		if above != nil {
			s.arrow(above, b)
		}
	}
}

// class is that of the text below a station: whether the source is another one now.
func (t station) class() string {
	if t.changed != "" {
		return "changed"
	}
	return "detail"
}

func (t station) carries() string {
	switch {
	case !t.packet.Known():
		return " "
	case t.changed != "":
		return fmt.Sprintf("%s, to %s", t.changed, t.packet.Destination)
	default:
		return fmt.Sprintf("%s → %s", t.packet.Source, t.packet.Destination)
	}
}

func (p *painter) station(at station) *box {
	class := "station"
	if at.stopped {
		class += " stopped"
	}
	b := &box{class: class}
	if at.number > 0 {
		b.number = &chip{class: numberClass(at), says: fmt.Sprint(at.number)}
	}
	b.head(p.titleOf(at.hop))
	for i, step := range at.steps {
		says := step.Did
		if step.Rule != "" {
			says += " by " + step.Rule
		}
		kind := ""
		if at.stopped && i == at.culprit {
			kind = "stop"
			says = "✕ " + says
		}
		b.text(kind, says)
	}
	return b
}

func numberClass(at station) string {
	if at.stopped {
		return "number stopped"
	}
	return "number"
}

// titleOf says what a hop is.
func (p *painter) titleOf(hop string) string {
	if _, known := p.world.VPC(hop); known {
		return "router of " + hop
	}
	if _, known := p.world.NATGateway(hop); known {
		return "NAT gateway " + hop
	}
	e, known := p.world.Endpoint(hop)
	if !known {
		return hop
	}
	if e.Kind == topology.KindHost && e.Managed != nil {
		return fmt.Sprintf("%s %s", e.Managed.Kind, hop)
	}
	return fmt.Sprintf("%s %s", e.Kind, hop)
}

// arrow draws the way from one station down to the next, beside what the packet
// carries.
func (s *scene) arrow(from, to *box) {
	x, tip := from.x+pad/2, to.y-1
	s.strokes = append(s.strokes,
		stroke{class: "way", points: []point{{x, from.y + from.h}, {x, tip}}},
		stroke{class: "way", points: []point{{x - 3, tip - 5}, {x, tip}, {x + 3, tip - 5}}})
}
