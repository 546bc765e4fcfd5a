package probe

import (
	"context"
	"fmt"
	"time"
)

// tellEvery is how long a session keeps events back to send several at once.
const tellEvery = 20 * time.Millisecond

// Traffic implements Trafficker. The traffic is sent by the remote agent and ends with ctx or with this client.
func (c *Client) Traffic(ctx context.Context, t Traffic, tell func([]Event)) (int, error) {
	if err := t.Validate(); err != nil {
		return 0, fmt.Errorf("traffic: %w: %w", ErrCannotAsk, err)
	}
	response, err := c.exchange(ctx, Request{Op: OpTraffic, Traffic: &t}, tell)
	switch {
	case err != nil && ctx.Err() != nil:
		return 0, nil
	case err != nil:
		return 0, fmt.Errorf("traffic: %w", err)
	}
	tell(response.Events)
	return response.Missed, nil
}

// obeyTraffic sends what a request wants, and the events as they come.
func (s *session) obeyTraffic(ctx context.Context, r Request) (Response, error) {
	var kept []Event
	sent := time.Now()
	missed, err := s.agent.Traffic(ctx, *r.Traffic, func(events []Event) {
		kept = append(kept, events...)
		if len(kept) < MaxEvents && time.Since(sent) < tellEvery {
			return
		}
		s.reply(Response{ID: r.ID, Events: kept, More: true})
		kept, sent = nil, time.Now()
	})
	return Response{Events: kept, Missed: missed}, err
}
