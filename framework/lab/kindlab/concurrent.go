package kindlab

import (
	"context"
	"errors"
	"sync"
)

// concurrently runs all functions at once and returns all their errors. The
// first error ends the context of the others.
func concurrently(ctx context.Context, fs ...func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	errs := make([]error, len(fs))
	var wait sync.WaitGroup
	for i, f := range fs {
		wait.Go(func() {
			if errs[i] = f(ctx); errs[i] != nil {
				cancel(errs[i])
			}
		})
	}
	wait.Wait()
	return firstCause(ctx, errs)
}

// firstCause joins the errors, the one that ended the others first, and leaves
// out those that are only its echo.
func firstCause(ctx context.Context, errs []error) error {
	cause := context.Cause(ctx)
	var kept []error
	for _, err := range errs {
		if err != nil && (cause == nil || err == cause || !errors.Is(err, cause)) {
			kept = append(kept, err)
		}
	}
	if len(kept) == 0 {
		return errors.Join(errs...)
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
