package poll

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Condition is asked by Until whether it holds.
//
// It returns done when it does. When it does not yet, whyNot says what is
// missing, in words that make sense at the end of an error message. A non-nil
// error is final and ends the wait, except when it is only the echo of the
// ended context that the condition was given.
type Condition func(ctx context.Context) (done bool, whyNot string, err error)

// TimeoutError reports that the context ended before the condition held.
//
// Unwrap gives the cause of the context's end (context.Cause), so errors.Is
// matches both a caller's own cause and, without one, context.Canceled or
// context.DeadlineExceeded.
type TimeoutError struct {
	// WhyNot is what the condition answered last; it is empty when the
	// context had ended before the first answer.
	WhyNot string
	// Attempts counts the completed answers of the condition.
	Attempts int
	// Cause is the cause of the context's end and never nil.
	Cause error
}

// Error names the last reason and the cause.
func (e *TimeoutError) Error() string {
	if e.Attempts == 0 {
		return fmt.Sprintf("wait: %v before the first answer", e.Cause)
	}
	why := e.WhyNot
	if why == "" {
		why = "no reason given"
	}
	return fmt.Sprintf("wait: not yet after %d attempts: %s: %v", e.Attempts, why, e.Cause)
}

// Unwrap returns the cause of the context's end.
func (e *TimeoutError) Unwrap() error { return e.Cause }

// Until asks the condition at once and then again after each interval until it
// holds, fails, or the context ends.
//
// It returns nil when the condition held, the condition's own error unchanged
// when it failed, and a *TimeoutError when the context ended first. An interval
// of zero or less asks again without a pause. The condition runs on the
// caller's goroutine, never twice at once; Until itself is safe for concurrent
// use.
func Until(ctx context.Context, interval time.Duration, condition Condition) error {
	timeout := &TimeoutError{}
	var timer *time.Timer
	for {
		if ctx.Err() != nil {
			return timeout.because(ctx)
		}
		done, whyNot, err := condition(ctx)
		if err != nil {
			if ctx.Err() != nil && echoes(ctx, err) {
				if whyNot != "" {
					timeout.WhyNot = whyNot
				}
				return timeout.because(ctx)
			}
			return err
		}
		if done {
			return nil
		}
		timeout.Attempts++
		timeout.WhyNot = whyNot
		if interval <= 0 {
			continue
		}
		if timer == nil {
			timer = time.NewTimer(interval)
			defer timer.Stop()
		} else {
			timer.Reset(interval)
		}
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
}

// Sleep waits for the duration, or returns the cause of the context's end when
// that comes first. It exists for pauses that are themselves part of what is
// being shown, such as the spacing of echo requests; to wait for something use
// Until.
func Sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}

func (e *TimeoutError) because(ctx context.Context) error {
	e.Cause = context.Cause(ctx)
	return e
}

// echoes reports whether the error is only the ended context seen through the
// condition, in which case the last reason tells more than the error does.
func echoes(ctx context.Context, err error) bool {
	return errors.Is(err, ctx.Err()) || errors.Is(err, context.Cause(ctx))
}
