package poll_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
)

var (
	errBroken = errors.New("harness broken")
	errWindow = errors.New("settle window 1s ended")
)

func TestUntil_condition_holds_on_the_third_ask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked, start := 0, time.Now()
		err := poll.Until(t.Context(), time.Second, func(context.Context) (bool, string, error) {
			asked++
			return asked == 3, "not three", nil
		})
		if err != nil || asked != 3 {
			t.Fatalf("asked %d times, error %v; want 3 and none", asked, err)
		}
		if took := time.Since(start); took != 2*time.Second {
			t.Errorf("took %v; want two intervals of 1s", took)
		}
	})
}

func TestUntil_hard_error_stops_at_once(t *testing.T) {
	asked := 0
	err := poll.Until(t.Context(), time.Hour, func(context.Context) (bool, string, error) {
		asked++
		return false, "", errBroken
	})
	if err != errBroken || asked != 1 { //nolint:errorlint // the error must come back unwrapped
		t.Fatalf("asked %d times, error %v; want 1 and %v unchanged", asked, err, errBroken)
	}
}

func TestUntil_timeout_names_last_reason_and_cause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errWindow)
		defer cancel()
		err := poll.Until(ctx, 400*time.Millisecond, func(context.Context) (bool, string, error) {
			return false, "counter is 0", nil
		})
		var timeout *poll.TimeoutError
		if !errors.As(err, &timeout) || !errors.Is(err, errWindow) {
			t.Fatalf("got %v; want a TimeoutError caused by %v", err, errWindow)
		}
		const want = "wait: not yet after 3 attempts: counter is 0: settle window 1s ended"
		if err.Error() != want {
			t.Errorf("got  %q\nwant %q", err, want)
		}
	})
}

func TestUntil_context_error_from_the_condition_keeps_the_last_reason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errWindow)
		defer cancel()
		first := true
		err := poll.Until(ctx, 100*time.Millisecond, func(ctx context.Context) (bool, string, error) {
			if first {
				first = false
				return false, "no answer from db-vm", nil
			}
			<-ctx.Done()
			return false, "", ctx.Err()
		})
		const want = "wait: not yet after 1 attempts: no answer from db-vm: settle window 1s ended"
		if err == nil || err.Error() != want {
			t.Errorf("got  %v\nwant %s", err, want)
		}
	})
}

func TestUntil_ended_context_is_never_asked(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errWindow)
	err := poll.Until(ctx, time.Second, func(context.Context) (bool, string, error) {
		t.Error("condition was asked")
		return true, "", nil
	})
	if !errors.Is(err, errWindow) {
		t.Fatalf("got %v; want %v", err, errWindow)
	}
}

func TestSleep_ends_with_the_context(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errWindow)
		defer cancel()
		if err := poll.Sleep(ctx, 500*time.Millisecond); err != nil {
			t.Errorf("short sleep: %v", err)
		}
		if err := poll.Sleep(ctx, time.Hour); !errors.Is(err, errWindow) {
			t.Errorf("long sleep: got %v; want %v", err, errWindow)
		}
	})
}
