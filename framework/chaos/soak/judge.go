package soak

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Verdict is whether a process was stable.
type Verdict string

const (
	// Stable: nothing that is watched grew.
	Stable Verdict = "stable"
	// Leaks: something grew, and went on to.
	Leaks Verdict = "leaks"
	// Short: the run was too short to tell. It is no failure, and no proof.
	Short Verdict = "too short to tell"
)

// Rule is how it is judged.
const Rule = "What is held is looked at all the time, and of each sixtieth of the run the least is kept: what is needed now and then goes again, " +
	"what leaks does not. It leaks when in the second half of the run it grew, by the median of all slopes between two points, by more than a " +
	"floor (10 goroutines, 10 file descriptors, 3 network namespaces, 8 MiB of heap) and by more than six times what the points' own scatter " +
	"can make of a flat line. A run of less than ten minutes is too short to tell."

const (
	// parts is how many points a run has, least how many the half that is judged needs.
	parts = 60
	least = 15
	// certainty is how many standard errors are no accident.
	certainty = 6
	// normal makes a standard deviation of a median deviation.
	normal = 1.4826
)

// Point is what the process held: the least of a stretch of the run that ended at At.
type Point struct {
	At         time.Duration `json:"at"`
	Goroutines float64       `json:"goroutines"`
	// Heap is what lives, in bytes, as of the last collection.
	Heap       float64 `json:"heap"`
	Files      float64 `json:"files"`
	Namespaces float64 `json:"namespaces"`
}

// Measure is one of the things that are watched.
type Measure struct {
	Name string
	// Floor is the growth that is never held against anybody.
	Floor float64
	Of    func(Point) float64
}

// Measures lists them in the order of reports.
func Measures() []Measure {
	const mebibyte = 1 << 20
	return []Measure{
		{"goroutines", 10, func(p Point) float64 { return p.Goroutines }},
		{"heap", 8 * mebibyte, func(p Point) float64 { return p.Heap }},
		{"file descriptors", 10, func(p Point) float64 { return p.Files }},
		{"network namespaces", 3, func(p Point) float64 { return p.Namespaces }},
	}
}

// Growth is how much of something came in the second half of a run.
type Growth struct {
	Of string `json:"of"`
	// Grew is by how much, Allowed how much would be none.
	Grew    float64 `json:"grew"`
	Allowed float64 `json:"allowed"`
	Leaks   bool    `json:"leaks"`
}

// Soak is what a process held over a run.
type Soak struct {
	Verdict Verdict  `json:"verdict"`
	Points  []Point  `json:"points"`
	Growth  []Growth `json:"growth,omitempty"`
}

// Reason is the verdict with what leaks.
func (s Soak) Reason() string {
	text := string(s.Verdict)
	for _, g := range s.Growth {
		if g.Leaks {
			text += fmt.Sprintf("; %s grew by %.0f in the second half of the run, %.0f are allowed", g.Of, g.Grew, g.Allowed)
		}
	}
	return text
}

// Judge judges the points of a run that took so long.
func Judge(points []Point, took, shortest time.Duration) Soak {
	s := Soak{Verdict: Short, Points: points}
	half := slices.DeleteFunc(slices.Clone(points), func(p Point) bool { return p.At < took/2 })
	if took < shortest || len(half) < least {
		return s
	}
	s.Verdict = Stable
	for _, m := range Measures() {
		g := growth(m, half)
		if g.Leaks {
			s.Verdict = Leaks
		}
		s.Growth = append(s.Growth, g)
	}
	return s
}

// growth fits a line by the median of slopes, which a few odd points do not move.
func growth(m Measure, of []Point) Growth {
	var slopes []float64
	for i, a := range of {
		for _, b := range of[i+1:] {
			if b.At > a.At {
				slopes = append(slopes, (m.Of(b)-m.Of(a))/(b.At-a.At).Seconds())
			}
		}
	}
	slope := median(slopes)
	residuals := make([]float64, len(of))
	for i, p := range of {
		residuals[i] = m.Of(p) - slope*p.At.Seconds()
	}
	middle := median(residuals)
	for i := range residuals {
		residuals[i] = math.Abs(residuals[i] - middle)
	}
	// The end of a line through n points with a scatter of one is uncertain by the root of twelve n-ths over the whole length.
	scatter := normal * median(residuals) * math.Sqrt(12/float64(len(of)))
	g := Growth{Of: m.Name, Grew: slope * (of[len(of)-1].At - of[0].At).Seconds(), Allowed: max(m.Floor, certainty*scatter)}
	g.Leaks = g.Grew > g.Allowed
	return g
}

func median(of []float64) float64 {
	if len(of) == 0 {
		return 0
	}
	slices.SortFunc(of, cmp.Compare[float64])
	return of[len(of)/2]
}
