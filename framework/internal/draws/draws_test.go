package draws_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/draws"
)

func TestNumber_differs(t *testing.T) {
	seen := map[uint64]bool{}
	for seed := range uint64(50) {
		for n := range uint64(50) {
			seen[draws.Number(seed, n)] = true
		}
	}
	if len(seen) != 2500 {
		t.Errorf("%d numbers of 2500 are different", len(seen))
	}
	// What a seed has drawn once it draws for ever, or no run can be repeated.
	if got := draws.Number(7, 3); got != 0x725462562611218f {
		t.Errorf("the number of seed 7 is another than it was: %#x", got)
	}
}

func TestTogether(t *testing.T) {
	one := errors.New("one")
	var begun, told atomic.Int32
	both, heard := make(chan struct{}), make(chan struct{})
	err := draws.Together(2, func() error {
		if begun.Add(1) == 2 {
			close(both)
		}
		<-both // neither ends unless the other works beside it
		<-heard
		return one
	}, time.Millisecond, func(since time.Duration) {
		if since <= 0 {
			t.Errorf("told after %s", since)
		}
		if told.Add(1) == 1 {
			close(heard)
		}
	})
	if !errors.Is(err, one) || begun.Load() != 2 {
		t.Errorf("%d worked, %v", begun.Load(), err)
	}
}
