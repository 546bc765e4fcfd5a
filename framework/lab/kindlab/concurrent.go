package kindlab

import (
	"context"
	"errors"
	"sync"
)

// concurrently runs all functions at once and returns their errors. The first
// error ends the context of the others; what they then report is left out where
// it is only that error's echo.
func concurrently(ctx context.Context, fs ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex
		first error
		rest  []error
	)
	for _, f := range fs {
		wait.Go(func() {
			err := f(ctx)
			if err == nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			if first == nil {
				first = err
				cancel(err)
				return
			}
			rest = append(rest, err)
		})
	}
	wait.Wait()
	if first == nil {
		return nil
	}
	kept := []error{first}
	for _, err := range rest {
		if !errors.Is(err, first) {
			kept = append(kept, err)
		}
	}
	if len(kept) == 1 {
		return first
	}
	return errors.Join(kept...)
}

// forEach runs f for all items at once.
func forEach[T any](ctx context.Context, items []T, f func(context.Context, T) error) error {
	fs := make([]func(context.Context) error, len(items))
	for i, item := range items {
		fs[i] = func(ctx context.Context) error { return f(ctx, item) }
	}
	return concurrently(ctx, fs...)
}
