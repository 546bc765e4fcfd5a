package mutation

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/scenario"
)

// Options say what to run.
type Options struct {
	// Scenarios are those that have to notice, Mutants what there is to notice.
	Scenarios []scenario.Scenario
	Mutants   []Mutant
	// Before is a former score: who noticed then is asked first.
	Before Score
	// Workers is how many mutants are looked for side by side.
	Workers int
	Timing  config.Timing
	// Tell, if set, is told each result as it is known. It need not be safe for
	// concurrent use.
	Tell func(Result)
}

// Run looks for every mutant. It fails when the genuine gate does, since then
// nothing can be said, and where no netns lab can be had.
func Run(ctx context.Context, o Options) (Score, error) {
	results := make([]Result, len(o.Mutants))
	errs := make([]error, max(o.Workers, 1))
	next := make(chan int)
	var telling sync.Mutex
	var workers sync.WaitGroup
	for n := range errs {
		workers.Go(func() {
			h := hunt{options: o, passes: map[string]bool{}}
			for i := range next {
				if errs[n] != nil {
					continue // what is left is not looked for
				}
				var err error
				if results[i], err = h.look(ctx, o.Mutants[i]); err != nil {
					errs[n] = fmt.Errorf("mutant %s: %w", o.Mutants[i].ID, err)
					continue
				}
				if o.Tell != nil {
					telling.Lock()
					o.Tell(results[i])
					telling.Unlock()
				}
			}
			errs[n] = errors.Join(errs[n], h.close(context.WithoutCancel(ctx)))
		})
	}
	for i := range o.Mutants {
		next <- i
	}
	close(next)
	workers.Wait()
	if err := errors.Join(errs...); err != nil {
		return Score{}, fmt.Errorf("mutation score: %w", err)
	}
	return scoreOf(results), nil
}
