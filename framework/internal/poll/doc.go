// Package poll is the only place in vpcgate that waits.
//
// Everything that has to become true takes a context, an interval and a
// function that says whether it is true yet and, when it is not, why not. The
// error of a wait that ran out of time therefore always names what was still
// missing and which time limit ended it.
//
// It is not a retry library: a hard error ends the wait at once. Every package
// of the framework may import it; it imports none of them.
//
//	ctx, cancel := context.WithTimeoutCause(ctx, settle, errors.New("settle window 5s ended"))
//	defer cancel()
//	err := poll.Until(ctx, 10*time.Millisecond, func(ctx context.Context) (bool, string, error) {
//		n, err := counter(ctx)
//		return n > 0, fmt.Sprintf("counter is %d", n), err
//	})
package poll
