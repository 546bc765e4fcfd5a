package probe

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"time"
)

// Client is an agent behind a control connection. Requests share the connection, run at the same time and can each be
// canceled. All methods are safe for concurrent use. When the connection ends, all calls fail with its error, which
// also matches ErrClosed.
type Client struct {
	rw    io.ReadWriter
	out   chan []byte
	dead  chan struct{}
	tasks sync.WaitGroup

	mu      sync.Mutex
	last    uint64
	pending map[uint64]waiting
	err     error
}

// waiting is who waits for a response, and who is told the events that come before it.
type waiting struct {
	done chan Response
	tell func([]Event)
}

// NewClient returns a client over a connection to an agent: a unix socket, or the standard streams of an exec. It
// owns the connection, and closes it if it is an [io.Closer]. The caller closes the client.
func NewClient(rw io.ReadWriter) *Client {
	c := &Client{
		rw: rw, out: make(chan []byte, maxInFlight), dead: make(chan struct{}), pending: make(map[uint64]waiting),
	}
	c.tasks.Go(c.read)
	c.tasks.Go(c.write)
	return c
}

// DialControl connects to an agent's control address: a path, or "@" and a name for an abstract unix socket, which is
// reachable only from the agent's own network namespace. The caller closes the client.
func DialControl(ctx context.Context, address string) (*Client, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", address)
	if err != nil {
		return nil, fmt.Errorf("dial control: %w", err)
	}
	return NewClient(conn), nil
}

// Ask implements Agent. When ctx ends, the remote agent is told to stop and says what it had done by then; if it says
// nothing, every question is answered Canceled.
func (c *Client) Ask(ctx context.Context, questions []Question) ([]Answer, error) {
	if err := ValidateAll(questions); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	response, err := c.call(ctx, Request{Op: OpAsk, Questions: questions})
	switch {
	case err != nil && ctx.Err() != nil && !errors.Is(err, ErrClosed):
		answers := make([]Answer, len(questions))
		for i, q := range questions {
			answers[i] = canceled(ctx, q.normal())
		}
		return answers, nil
	case err != nil:
		return nil, fmt.Errorf("ask: %w", err)
	case len(response.Answers) != len(questions):
		return nil, fmt.Errorf("ask: %d answers to %d questions: %w", len(response.Answers), len(questions), ErrMalformed)
	}
	return response.Answers, nil
}

// Listen implements Agent.
func (c *Client) Listen(ctx context.Context, listeners []Listener) error {
	if err := ValidateListeners(listeners); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	if _, err := c.call(ctx, Request{Op: OpListen, Listeners: listeners}); err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	return nil
}

// Sightings implements Witness.
func (c *Client) Sightings(ctx context.Context) ([]Sighting, error) {
	response, err := c.call(ctx, Request{Op: OpSightings})
	if err != nil {
		return nil, fmt.Errorf("sightings: %w", err)
	}
	return response.Sightings, nil
}

// Health implements Witness.
func (c *Client) Health(ctx context.Context) (Health, error) {
	response, err := c.call(ctx, Request{Op: OpHealth})
	if err != nil {
		return Health{}, fmt.Errorf("health: %w", err)
	}
	if response.Health == nil {
		return Health{}, fmt.Errorf("health: %w: no health in the response", ErrMalformed)
	}
	return *response.Health, nil
}

// Open implements Streamer. The stream lives at the remote agent and ends with this client.
func (c *Client) Open(ctx context.Context, q Question) (Stream, error) {
	if err := q.Validate(); err != nil {
		return nil, fmt.Errorf("open stream: %w: %w", ErrCannotAsk, err)
	}
	response, err := c.call(ctx, Request{Op: OpOpen, Questions: []Question{q}})
	if err != nil {
		return nil, fmt.Errorf("remote: %w", err)
	}
	if len(response.Answers) != 1 {
		return nil, fmt.Errorf("open stream: %w: no answer in the response", ErrMalformed)
	}
	return &remoteStream{client: c, id: response.Stream, opened: response.Answers[0]}, nil
}

// Close ends the connection and fails what is pending. The remote agent and its listeners live on.
func (c *Client) Close() error {
	c.fail(ErrClosed)
	closer, ok := c.rw.(io.Closer)
	if !ok {
		// A read of a connection that cannot be closed cannot be ended; its goroutine ends with the next line.
		return nil
	}
	err := closer.Close()
	if _, ok := c.rw.(net.Conn); ok {
		// Only a net.Conn promises that closing it ends a read; the streams of an exec may go on until it ends.
		c.tasks.Wait()
	}
	if err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close control: %w", err)
	}
	return nil
}

// call sends a request and awaits its response.
func (c *Client) call(ctx context.Context, r Request) (Response, error) {
	return c.exchange(ctx, r, nil)
}

// exchange is call for a request whose response is preceded by events.
func (c *Client) exchange(ctx context.Context, r Request, tell func([]Event)) (Response, error) {
	if err := context.Cause(ctx); err != nil {
		return Response{}, err
	}
	done := make(chan Response, 1)
	c.mu.Lock()
	c.last++
	r.ID = c.last
	c.pending[r.ID] = waiting{done: done, tell: tell}
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		delete(c.pending, r.ID)
		c.mu.Unlock()
	}()
	line, err := EncodeRequest(r)
	if err != nil {
		return Response{}, err
	}
	select {
	case c.out <- line:
	case <-c.dead:
		return Response{}, c.cause()
	case <-ctx.Done():
		return Response{}, context.Cause(ctx)
	}
	select {
	case response := <-done:
		return response, failureOf(response)
	case <-c.dead:
		return Response{}, c.cause()
	case <-ctx.Done():
		c.cancel(r.ID)
		if r.Op == OpAsk {
			return c.farewell(ctx, done)
		}
		return Response{}, context.Cause(ctx)
	}
}

// farewellTime is how long a cancelled agent may take to say what it had done by
// then. A living one takes a millisecond, and on a crowded machine a good part of a
// second: until it has hung up, its kernel repeats what is unanswered, and the next
// question would be told the packets of this one.
const farewellTime = 3 * time.Second

// farewell waits for the answers that a cancelled agent gives: they know what
// was sent, which nobody here does.
func (c *Client) farewell(ctx context.Context, done <-chan Response) (Response, error) {
	late := time.NewTimer(farewellTime)
	defer late.Stop()
	select {
	case response := <-done:
		return response, failureOf(response)
	case <-c.dead:
		return Response{}, c.cause()
	case <-late.C:
		return Response{}, context.Cause(ctx)
	}
}

// failureOf returns the error that a response carries.
func failureOf(r Response) error {
	switch {
	case r.Error == "":
		return nil
	case r.Outcome.Valid():
		return &FlowError{Outcome: r.Outcome, Text: r.Error}
	default:
		return errors.New(r.Error)
	}
}

// cancel tells the remote agent to stop. If the queue is full the agent ends the request by its own timeouts.
func (c *Client) cancel(id uint64) {
	line, err := EncodeRequest(Request{ID: id, Op: OpCancel})
	if err != nil {
		return
	}
	select {
	case c.out <- line:
	default:
	}
}

// write sends lines, one at a time, until the client is dead.
func (c *Client) write() {
	for {
		select {
		case <-c.dead:
			return
		case line := <-c.out:
			if _, err := c.rw.Write(line); err != nil {
				c.fail(fmt.Errorf("write control: %w: %w", ErrClosed, err))
				return
			}
		}
	}
}

// read hands out responses until the connection ends. A response to nobody is one that came too late, except that the
// id 0 is the agent's complaint about a line it could not attribute.
func (c *Client) read() {
	in := bufio.NewReader(c.rw)
	for {
		line, err := readLine(in, MaxLine)
		var response Response
		if err == nil {
			response, err = DecodeResponse(line)
		}
		if err == nil && response.ID == 0 {
			err = errors.New(response.Error)
		}
		if err != nil {
			c.fail(fmt.Errorf("read control: %w: %w", ErrClosed, err))
			return
		}
		c.mu.Lock()
		who, known := c.pending[response.ID]
		if !response.More {
			delete(c.pending, response.ID)
		}
		c.mu.Unlock()
		switch {
		case !known:
		case !response.More:
			who.done <- response
		case who.tell != nil:
			who.tell(response.Events)
		}
	}
}

// fail ends the client's life with its first error.
func (c *Client) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.dead)
	}
}

func (c *Client) cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

// remoteStream is a Stream at the far side of a control connection.
type remoteStream struct {
	client *Client
	id     uint64
	opened Answer
}

// Opened implements Stream.
func (r *remoteStream) Opened() Answer { return r.opened }

// Exchange implements Stream.
func (r *remoteStream) Exchange(ctx context.Context) (uint64, error) {
	response, err := r.client.call(ctx, Request{Op: OpExchange, Stream: r.id})
	if err != nil {
		return 0, fmt.Errorf("remote: %w", err)
	}
	return response.Sequence, nil
}

// Close implements Stream.
func (r *remoteStream) Close() error { return r.client.closeHeld(r.id) }
