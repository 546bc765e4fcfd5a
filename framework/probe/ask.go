package probe

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/vpcgate/vpcgate/framework/managed/use"
)

// maxConcurrent bounds the questions that are asked at the same time, and so the sockets that are open.
const maxConcurrent = 64

// Ask puts all questions at the same time, at most 64 at once, and returns the answers in the order of the questions.
//
// It returns as soon as every question is answered or ctx ends; then the questions still open, or not yet put, are
// Canceled. That is not an error: an error means that a question is invalid and that none was put. Ask is safe for
// concurrent use if sockets is.
func Ask(ctx context.Context, sockets Sockets, questions []Question) ([]Answer, error) {
	return asker{sockets: sockets, name: "agent", ledger: use.NewLedger()}.ask(ctx, questions)
}

// asker is who asks, and what it remembers of the services that it used.
type asker struct {
	sockets Sockets
	name    string
	ledger  *use.Ledger
}

func (who asker) ask(ctx context.Context, questions []Question) ([]Answer, error) {
	if err := ValidateAll(questions); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	answers := make([]Answer, len(questions))
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(maxConcurrent, len(questions)) {
		workers.Go(func() {
			for i := range next {
				answers[i] = who.askOne(ctx, questions[i].normal())
			}
		})
	}
	for i := range questions {
		next <- i
	}
	close(next)
	workers.Wait()
	return answers, nil
}

// askOne puts one normal question.
func (who asker) askOne(ctx context.Context, q Question) Answer {
	a := Answer{ID: q.ID, Started: time.Now()}
	if ctx.Err() != nil {
		return canceled(ctx, q)
	}
	switch {
	case q.Use.Kind != "":
		who.askUse(ctx, q, &a)
	case q.Name != "":
		who.askName(ctx, q, &a)
	case q.Protocol == TCP:
		askTCP(ctx, who.sockets, q, &a)
	default:
		askSeries(ctx, who.sockets, q, &a)
	}
	a.Elapsed = time.Since(a.Started)
	// The wire carries no monotonic clock; without it, an answer equals itself after a round trip.
	a.Started = a.Started.Round(0).UTC()
	return a
}

// canceled is the answer to a question that was not put because the context had ended.
func canceled(ctx context.Context, q Question) Answer {
	a := Answer{ID: q.ID, Outcome: Canceled}
	a.fail(context.Cause(ctx))
	a.Transcript = transcriptOf(q, &a, nil)
	return a
}
