package probe

import (
	"context"
	"errors"
	"fmt"

	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/managed/use"
)

// Producer is an agent that can go on writing into a managed service. Local and Client are producers.
type Producer interface {
	// Produce begins to write a record every Interval for as long as the question is Lasting, and returns once the
	// first was acknowledged; see use.Produce. The caller closes the production.
	Produce(ctx context.Context, q Question) (Production, error)
}

// Production is what a producer has begun. Its methods are safe for concurrent use.
type Production interface {
	// Tally waits until the time is over and reads back what was acknowledged. It ends the production when ctx ends.
	Tally(ctx context.Context) (managed.Tally, error)
	// Close ends the production. It may be called again.
	Close() error
}

// Produce implements Producer.
func (l *Local) Produce(ctx context.Context, q Question) (Production, error) {
	if err := l.usable(); err != nil {
		return nil, err
	}
	if err := q.validateProduction(); err != nil {
		return nil, fmt.Errorf("produce: %w: %w", ErrCannotAsk, err)
	}
	q = q.normal()
	p, err := use.Produce(ctx, l.asker.dialing(q), l.asker.request(q), use.Pace{Every: q.Interval, Lasting: q.Lasting})
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (q Question) validateProduction() error {
	if q.Use.Kind == "" || q.Lasting == 0 {
		return errors.Join(q.Validate(), fmt.Errorf("question %q: no use, or of no duration", q.ID))
	}
	return q.Validate()
}

// Produce implements Producer. The production lives at the remote agent and ends with this client.
func (c *Client) Produce(ctx context.Context, q Question) (Production, error) {
	if err := q.validateProduction(); err != nil {
		return nil, fmt.Errorf("produce: %w: %w", ErrCannotAsk, err)
	}
	response, err := c.call(ctx, Request{Op: OpProduce, Questions: []Question{q}})
	if err != nil {
		return nil, fmt.Errorf("remote: %w", err)
	}
	return &remoteProduction{client: c, id: response.Stream}, nil
}

// remoteProduction is a Production at the far side of a control connection.
type remoteProduction struct {
	client *Client
	id     uint64
}

// Tally implements Production.
func (r *remoteProduction) Tally(ctx context.Context) (managed.Tally, error) {
	response, err := r.client.call(ctx, Request{Op: OpTally, Stream: r.id})
	if err != nil {
		return managed.Tally{}, fmt.Errorf("remote: %w", err)
	}
	if response.Tally == nil {
		return managed.Tally{}, fmt.Errorf("remote: %w: no tally in the response", ErrMalformed)
	}
	return *response.Tally, nil
}

// Close implements Production.
func (r *remoteProduction) Close() error { return r.client.closeHeld(r.id) }

// closeHeld closes what this client has opened at the remote agent.
func (c *Client) closeHeld(id uint64) error {
	// Closing must not depend on a context that may have ended; the agent answers without asking the network.
	_, err := c.call(context.Background(), Request{Op: OpClose, Stream: id})
	if err != nil && !errors.Is(err, ErrClosed) {
		return fmt.Errorf("remote: %w", err)
	}
	return nil
}
