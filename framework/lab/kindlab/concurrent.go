package kindlab

import (
	"context"
	"errors"
	"slices"
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

// firstCause joins the errors and leaves out those that are only the echo of the
// one that ended the others.
func firstCause(ctx context.Context, errs []error) error {
	cause := context.Cause(ctx)
	if cause == nil || !slices.Contains(errs, cause) {
		return errors.Join(errs...) // nil, or ended from outside
	}
	kept := []error{cause}
	for _, err := range errs {
		if err != nil && !errors.Is(err, cause) {
			kept = append(kept, err)
		}
	}
	if len(kept) == 1 {
		return cause
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
