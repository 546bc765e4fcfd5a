package fabric

import (
	"errors"
	"sync"
)

// each does the same with every item at once and returns all errors, in the
// order of the items. What is done here waits for the kernel most of the time: a
// change of rules or links is over when every processor has passed a grace
// period, and those of several namespaces pass together.
func each[T any](items []T, do func(T) error) error {
	errs := make([]error, len(items))
	var wait sync.WaitGroup
	for i, item := range items {
		wait.Go(func() { errs[i] = do(item) })
	}
	wait.Wait()
	return errors.Join(errs...)
}
