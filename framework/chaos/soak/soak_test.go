package soak_test

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos/soak"
)

const shortest = 10 * time.Minute

// hour is a run of an hour with scatter, of which some measure grows by so much a minute.
func hour(seed uint64, grow func(p *soak.Point, minute float64)) []soak.Point {
	r := rand.New(rand.NewPCG(seed, 1))
	var all []soak.Point
	for m := range 61 {
		p := soak.Point{
			At: time.Duration(m) * time.Minute, Goroutines: 300 + 20*r.NormFloat64(), Heap: 60e6 + 6e6*r.NormFloat64(),
			Files: 400 + 25*r.NormFloat64(), Namespaces: 80 + 4*r.NormFloat64(),
		}
		grow(&p, float64(m))
		all = append(all, p)
	}
	return all
}

func TestJudge_scatter_is_no_leak(t *testing.T) {
	for seed := range uint64(300) {
		// What fills up in the beginning and is bounded is none either.
		s := soak.Judge(hour(seed, func(p *soak.Point, m float64) { p.Heap += 40e6 * min(m, 25) / 25 }), time.Hour, shortest)
		if s.Verdict != soak.Stable {
			t.Errorf("seed %d: %s %+v", seed, s.Reason(), s.Growth)
		}
	}
}

func TestJudge_finds_leaks(t *testing.T) {
	for name, grow := range map[string]func(p *soak.Point, m float64){
		"goroutines":         func(p *soak.Point, m float64) { p.Goroutines += 6 * m },
		"heap":               func(p *soak.Point, m float64) { p.Heap += 2e6 * m },
		"file descriptors":   func(p *soak.Point, m float64) { p.Files += 8 * m },
		"network namespaces": func(p *soak.Point, m float64) { p.Namespaces += m },
	} {
		for seed := range uint64(100) {
			s := soak.Judge(hour(seed, grow), time.Hour, shortest)
			if s.Verdict != soak.Leaks || !strings.Contains(s.Reason(), name+" grew by") {
				t.Errorf("%s, seed %d: %s", name, seed, s.Reason())
			}
		}
	}
}

func TestJudge_short(t *testing.T) {
	points := hour(1, func(p *soak.Point, m float64) { p.Files += 100 * m })
	if s := soak.Judge(points[:9], 8*time.Minute, shortest); s.Verdict != soak.Short {
		t.Error(s.Reason())
	}
	if s := soak.Judge(points[:3], time.Hour, shortest); s.Verdict != soak.Short {
		t.Errorf("three points: %s", s.Reason())
	}
}

func TestWatch(t *testing.T) {
	w := soak.Begin(time.Hour)
	for s := range 3600 {
		w.Look(time.Duration(s+1) * time.Second)
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // nothing was written
	s := w.End(time.Hour, shortest)
	if n := len(s.Points); n < 60 || n > 64 || s.Points[0].At != 0 || s.Points[n-1].At != time.Hour {
		t.Errorf("%d points, %s to %s", n, s.Points[0].At, s.Points[n-1].At)
	}
	first, last := s.Points[0], s.Points[len(s.Points)-1]
	if first.Goroutines < 1 || first.Heap <= 0 || first.Namespaces < 1 || last.Files <= first.Files {
		t.Errorf("from %+v to %+v: a file that was opened is not seen", first, last)
	}
}

func TestWatch_of_unknown_length(t *testing.T) {
	w := soak.Begin(0)
	for s := range 5000 {
		w.Look(time.Duration(s+1) * time.Second)
	}
	if s := w.End(5001*time.Second, shortest); len(s.Points) > 130 || len(s.Points) < 40 {
		t.Errorf("%d points", len(s.Points))
	}
}
