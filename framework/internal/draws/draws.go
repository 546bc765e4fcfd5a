package draws

import (
	"errors"
	"sync"
	"time"
)

// Number is the n-th of a seed: splitmix64, so that what neighbouring seeds draw has
// nothing in common.
func Number(seed, n uint64) uint64 {
	z := seed*0x9e3779b97f4a7c15 + n*0xbf58476d1ce4e5b9 + 0x94d049bb133111eb
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// Together has workers work side by side until all have ended, and returns their
// errors, joined. Meanwhile tell is called each time the interval is over, with the time
// since the beginning; it is not called any more once Together has returned.
func Together(workers int, work func() error, every time.Duration, tell func(since time.Duration)) error {
	began := time.Now()
	errs := make([]error, workers)
	var working, telling sync.WaitGroup
	for i := range errs {
		working.Go(func() { errs[i] = work() })
	}
	done := make(chan struct{})
	telling.Go(func() {
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticks.C:
				tell(time.Since(began))
			}
		}
	})
	working.Wait()
	close(done)
	telling.Wait()
	return errors.Join(errs...)
}
