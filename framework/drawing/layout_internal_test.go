package drawing

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/fuzz"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// rectangle is something that nothing beside it may overlap.
type rectangle struct {
	what       string
	x, y, w, h int
}

func (r rectangle) overlaps(o rectangle) bool {
	return r.x < o.x+o.w && o.x < r.x+r.w && r.y < o.y+o.h && o.y < r.y+r.h
}

func (r rectangle) holds(o rectangle) bool {
	return r.x <= o.x && r.y <= o.y && o.x+o.w <= r.x+r.w && o.y+o.h <= r.y+r.h
}

// inside lists what is drawn in a box, side by side.
func (b *box) inside() []rectangle {
	var all []rectangle
	if n := b.number; n != nil {
		all = append(all, rectangle{"number " + n.says, n.x, n.y, n.w, n.h})
	}
	for _, it := range b.items {
		for _, t := range it.texts {
			all = append(all, rectangle{"text " + t.says, t.x, t.y - ascent + 2, wide(t.says), ascent})
		}
		for _, c := range it.chips {
			all = append(all, rectangle{"chip " + c.says, c.x, c.y, c.w, c.h})
		}
		for _, inner := range it.boxes {
			all = append(all, inner.rectangle())
		}
	}
	return all
}

func (b *box) rectangle() rectangle { return rectangle{"box " + b.class, b.x, b.y, b.w, b.h} }

// audit checks that nothing overlaps anything beside it or leaves what it is in.
func audit(t *testing.T, s *scene) {
	t.Helper()
	var top []rectangle
	for _, b := range s.boxes {
		top = append(top, b.rectangle())
	}
	auditAll(t, rectangle{"drawing", 0, 0, width, s.height()}, top)
	var into func(b *box)
	into = func(b *box) {
		auditAll(t, b.rectangle(), b.inside())
		for _, it := range b.items {
			for _, c := range it.chips {
				if wide(c.says)+2*chipPad > c.w {
					t.Errorf("%q is wider than its chip", c.says)
				}
			}
			for _, inner := range it.boxes {
				into(inner)
			}
		}
	}
	for _, b := range s.boxes {
		into(b)
	}
	for _, l := range s.strokes {
		for _, p := range l.points {
			if p.x < 0 || p.y < 0 || p.x > width || p.y > s.height() {
				t.Errorf("a line leaves the drawing at %v", p)
			}
		}
	}
}

func auditAll(t *testing.T, outer rectangle, inside []rectangle) {
	t.Helper()
	for i, r := range inside {
		if r.w <= 0 || r.h <= 0 {
			t.Errorf("%v has no size", r)
		}
		if !outer.holds(r) {
			t.Errorf("%v is not inside %v", r, outer)
		}
		for _, o := range inside[i+1:] {
			if r.overlaps(o) {
				t.Errorf("%v overlaps %v", r, o)
			}
		}
	}
}

// wellFormed checks that a drawing can be read.
func wellFormed(t *testing.T, svg string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		if _, err := d.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("the drawing is no XML: %v", err)
		}
	}
}

// everyWorld lists the worlds that scenarios begin with and come to, each with the
// flows that are asked in them, and the one that has everything.
func everyWorld(t *testing.T, visit func(t *testing.T, w topology.World, flows []topology.Flow)) {
	t.Helper()
	for _, m := range topology.Modes() {
		t.Run("everything "+string(m), func(t *testing.T) {
			w := worlds.Everything(m)
			var flows []topology.Flow
			for _, to := range w.Destinations() {
				flows = append(flows, topology.Ping("pod-a", to.Name), topology.OverTCP("node-1", to.Name, worlds.WebPort))
			}
			visit(t, w, flows)
		})
	}
	for _, s := range scenarios.Catalogue() {
		for _, m := range s.Modes() {
			t.Run(s.ID+" "+string(m), func(t *testing.T) {
				all, err := s.Worlds(m)
				if err != nil {
					t.Fatal(err)
				}
				flows := []topology.Flow{s.Flow}
				for _, e := range s.Expectations(m) {
					flows = append(flows, e.Flow)
				}
				for _, w := range all {
					visit(t, w, flows)
				}
			})
		}
	}
}

func TestWorld_no_text_overlaps(t *testing.T) {
	everyWorld(t, func(t *testing.T, w topology.World, _ []topology.Flow) {
		audit(t, sceneOfWorld(&w, Options{}))
		first := World(w, Options{Style: StandAlone})
		wellFormed(t, first)
		if World(w.Clone(), Options{Style: StandAlone}) != first {
			t.Error("equal worlds are drawn differently")
		}
	})
}

func TestFlow_no_text_overlaps(t *testing.T) {
	everyWorld(t, func(t *testing.T, w topology.World, flows []topology.Flow) {
		for _, f := range flows {
			seen := paperlab.New().Predict(w, f)
			o := Options{Notes: []Note{{Title: "a note", Lines: []string{seen.Verdict.String()}, Rule: seen.Verdict.Rule}}, Mended: &seen}
			for _, o.Extent = range []Extent{Whole, MapOnly, WayOnly} {
				audit(t, sceneOfFlow(&w, seen, o))
			}
			wellFormed(t, Flow(w, seen, Options{}))
		}
	})
}

// What the server sees is what the last station before it shows, and what stopped a
// flow is marked once.
func TestFlow_shows_the_source_and_the_end(t *testing.T) {
	everyWorld(t, func(t *testing.T, w topology.World, flows []topology.Flow) {
		for _, f := range flows {
			seen := paperlab.New().Predict(w, f)
			y := wayOf(&w, seen)
			stopped := 0
			for _, s := range append(append([]station{}, y.forth...), y.back...) {
				if s.stopped {
					stopped++
				}
			}
			switch {
			case seen.Verdict.Kind == verdict.KindInconclusive:
			case seen.Verdict.Positive() && stopped != 0:
				t.Errorf("%s was reached and is stopped %d times", f, stopped)
			case !seen.Verdict.Positive() && stopped != 1:
				t.Errorf("%s is stopped %d times: %s", f, stopped, seen.Verdict)
			}
			sourceShown(t, f, seen, y)
		}
	})
}

func sourceShown(t *testing.T, f topology.Flow, seen verdict.Observation, y way) {
	t.Helper()
	if !seen.Verdict.Positive() || f.Use == topology.UseKafka || len(y.forth) < 2 {
		return // a client of Kafka makes further connections after its first
	}
	if got := y.forth[len(y.forth)-2].packet.Source; got != seen.Verdict.SeenAddress {
		t.Errorf("%s: the last station before the server shows source %s; the server saw %s", f, got, seen.Verdict.SeenAddress)
	}
}

func TestFold_keeps_every_letter(t *testing.T) {
	for _, says := range []string{"", "a", "sg/ecs-25/ingress/default-deny is a rule", strings.Repeat("x", 99), "漢字 and latin", "a\x00b"} {
		lines := fold(says, 9)
		if got, want := strings.ReplaceAll(strings.Join(lines, ""), " ", ""), strings.ReplaceAll(printable(says), " ", ""); got != want {
			t.Errorf("fold(%q) = %q", says, lines)
		}
		for _, l := range lines {
			if cells(l) > 9 {
				t.Errorf("fold(%q) has the line %q of %d cells", says, l, cells(l))
			}
		}
	}
}

// drawn is how many worlds that nobody thought of are looked at.
const drawn = 20

func TestFlow_no_text_overlaps_in_drawn_worlds(t *testing.T) {
	for number := range uint64(drawn) {
		for _, c := range fuzz.Draw(number).States {
			audit(t, sceneOfWorld(&c.World, Options{}))
			for _, f := range c.Flows {
				seen := paperlab.New().Predict(c.World, f)
				audit(t, sceneOfFlow(&c.World, seen, Options{}))
				wellFormed(t, Flow(c.World, seen, Options{}))
			}
		}
		if t.Failed() {
			t.Fatalf("world %d", number)
		}
	}
}
