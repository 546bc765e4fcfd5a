package use_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/managed/use"
)

// However a use ends, nothing of it is left: no file descriptor, no goroutine.
func TestDo_leavesNothingBehind(t *testing.T) {
	for _, u := range served() {
		t.Run(string(u), func(t *testing.T) {
			b := newBench(t)
			i := instance(u, "1")
			b.serve(t, i)
			ledger := use.NewLedger()
			life := func() {
				r := b.request(i, ledger)
				if got := use.Do(t.Context(), b.dial, r); got.Err != nil {
					t.Error(got.Err)
				}
				r.Password = "wrong"
				_ = use.Do(t.Context(), b.dial, r)
				nobody := b.request(i, ledger)
				nobody.Target = instance("gopher", "1").Nodes[0].Listen
				_ = use.Do(t.Context(), b.dial, nobody)
				for _, after := range []time.Duration{0, time.Millisecond, 2 * time.Millisecond} {
					ended, cancel := context.WithTimeout(t.Context(), after)
					_ = use.Do(ended, b.dial, r)
					cancel()
				}
			}
			// The first use opens what stays, such as the runtime's poller.
			life()
			settled(t, func() (int, int) { return openFiles(t), runtime.NumGoroutine() }, life)
		})
	}
}

// settled lives several times and compares what is open then with what was before.
func settled(t *testing.T, count func() (files, goroutines int), life func()) {
	t.Helper()
	within := func(why string, files, goroutines int) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), 2*config.DefaultTiming().Settle)
		defer cancel()
		// Goroutines end a moment after the call that ended them returns.
		err := poll.Until(ctx, time.Millisecond, func(context.Context) (bool, string, error) {
			nowFiles, now := count()
			return nowFiles <= files && now <= goroutines, fmt.Sprintf("%s: %d files and %d goroutines, were %d and %d", why, nowFiles, now, files, goroutines), nil
		})
		if err != nil {
			buffer := make([]byte, 1<<20)
			t.Errorf("%v\n%s", err, buffer[:runtime.Stack(buffer, true)])
		}
	}
	// Some of the first life may still be ending; so many lives leave more than that.
	files, goroutines := count()
	for range 20 {
		life()
	}
	within("after twenty lives", files, goroutines)
}

func openFiles(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
