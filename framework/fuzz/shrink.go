package fuzz

import (
	"context"
	"flag"
	"strconv"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// shrinker makes the case of a number small while it shows a difference of one kind.
type shrinker struct {
	paper, wire Opener
	// within bounds what rapid may take.
	within time.Duration
}

// shows returns the first difference of the kind that a case shows on fresh labs.
func (s shrinker) shows(ctx context.Context, c Case, kind string) (Difference, bool) {
	if ctx.Err() != nil {
		return Difference{}, false
	}
	found, err := Compare(ctx, s.paper, s.wire, c)
	if err != nil {
		return Difference{}, false // such a case shows something else
	}
	for _, d := range found {
		if d.kind() == kind {
			return d, true
		}
	}
	return Difference{}, false
}

// shrink returns the smallest case that it finds and the difference that it shows.
func (s shrinker) shrink(ctx context.Context, number uint64, c Case, d Difference) (Case, Difference) {
	kind := d.kind()
	c = s.byDrawing(ctx, number, c, kind)
	c = prune(c, func(next Case) bool {
		_, shown := s.shows(ctx, next, kind)
		return shown
	})
	if least, shown := s.shows(ctx, c, kind); shown {
		d = least
	}
	return c, d
}

// rapidly is rapid's own state: one check at a time.
var rapidly sync.Mutex

// byDrawing has rapid draw ever simpler cases.
func (s shrinker) byDrawing(ctx context.Context, number uint64, c Case, kind string) Case {
	if s.within <= 0 {
		return c
	}
	rapidly.Lock()
	defer rapidly.Unlock()
	for name, value := range map[string]string{
		"rapid.checks": "1", "rapid.seed": strconv.FormatUint(number, 10), "rapid.nofailfile": "true", "rapid.shrinktime": s.within.String(),
	} {
		if flag.Set(name, value) != nil {
			return c
		}
	}
	if !flag.Parsed() {
		testing.Init()
		if flag.CommandLine.Parse(nil) != nil {
			return c
		}
	}
	quiet(func(t rapid.TB) {
		rapid.Check(t, func(t *rapid.T) {
			next := cases().Draw(t, "case")
			if _, shown := s.shows(ctx, next, kind); shown {
				c = next
				t.Fatalf("%s", kind)
			}
		})
	})
	return c
}

// quiet runs a check that may fail and says nothing.
func quiet(check func(t rapid.TB)) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		check(&silent{})
	}()
	<-done
}
