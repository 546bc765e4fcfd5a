package use

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Pace is how a production goes: a record at every tick, for so long.
type Pace struct{ Every, Lasting time.Duration }

// Production writes numbered records to an instance while whatever may happens to
// it, and remembers which of them were acknowledged. Its client retries as the
// library does. It is safe for concurrent use.
type Production struct {
	dial    Dialer
	request Request
	life    string
	cancel  context.CancelFunc
	done    chan struct{}

	mu           sync.Mutex
	attempted    int
	acknowledged []record
}

// writer writes one record and returns it as it was acknowledged. It may be used
// for several at once.
type writer interface {
	write(ctx context.Context, n record) (record, error)
	close()
}

// producer is one protocol's way of writing for long, and of reading back.
type producer struct {
	open func(ctx context.Context, l *lines, p *Production) (writer, error)
	read func(ctx context.Context, s *session, p *Production, records []record) (map[string]string, error)
}

func producers() map[topology.Use]producer {
	return map[topology.Use]producer{
		topology.UseRedis: {openRedisWriter, readRedis},
		topology.UseMySQL: {openMySQLWriter, readMySQL},
		topology.UseKafka: {openKafkaWriter, readKafka},
		topology.UseAMQP:  {openAMQPWriter, readAMQP},
	}
}

// Produce begins a production, which is healthy when it begins: the instance is
// used once, and the first record acknowledged, before it returns. The caller
// closes it; it does not end with ctx.
func Produce(ctx context.Context, dial Dialer, r Request, pace Pace) (*Production, error) {
	how, ok := producers()[r.Use]
	if !ok {
		return nil, fmt.Errorf("produce %q: nothing of it is kept", r.Use)
	}
	if first := Do(ctx, dial, r); first.Err != nil {
		return nil, fmt.Errorf("produce: %w", first.Err)
	}
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	p := &Production{dial: dial, request: r, life: random(4), cancel: cancel, done: make(chan struct{})}
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	l := &lines{dialer: dial, timeout: r.Timeout, open: map[*line]struct{}{}}
	w, err := how.open(life, l, p)
	if err == nil {
		err = p.write(life, w)
	}
	if err != nil {
		cancel()
		if w != nil {
			w.close()
		}
		l.close()
		return nil, fmt.Errorf("produce: %w", err)
	}
	go func() {
		defer close(p.done)
		p.run(life, w, pace)
		cancel()
		w.close()
		l.close()
	}()
	return p, nil
}

// run writes a record at every tick, whatever became of those before.
func (p *Production) run(ctx context.Context, w writer, pace Pace) {
	var writes sync.WaitGroup
	defer writes.Wait()
	ticks, end := time.NewTicker(pace.Every), time.NewTimer(pace.Lasting)
	defer ticks.Stop()
	defer end.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-end.C:
			return
		case <-ticks.C:
			writes.Go(func() { _ = p.write(ctx, w) }) // what is not acknowledged is not owed
		}
	}
}

// write writes the next record, for as long as its library tries, at most for the
// patience of a use.
func (p *Production) write(ctx context.Context, w writer) error {
	ctx, cancel := context.WithTimeoutCause(ctx, patience*p.request.Timeout, errSilence)
	defer cancel()
	p.mu.Lock()
	p.attempted++
	n := record{id: fmt.Sprintf("%s%d", p.prefix(), p.attempted), value: random(8), partition: int32(p.attempted)}
	p.mu.Unlock()
	n, err := w.write(ctx, n)
	if err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.acknowledged = append(p.acknowledged, n)
	return nil
}

// prefix is what the ids of the production's records have in common.
func (p *Production) prefix() string { return p.request.Client + ":" + p.life + ":p" }

// Tally waits until the production is over, ends it when ctx does, and reads back
// all that was acknowledged, trying until it can be read.
func (p *Production) Tally(ctx context.Context) (managed.Tally, error) {
	select {
	case <-p.done:
	case <-ctx.Done():
		p.cancel()
		<-p.done
		return p.tally(nil), context.Cause(ctx)
	}
	read := map[string]string{}
	err := poll.Until(ctx, p.request.Timeout/patience, func(ctx context.Context) (bool, string, error) {
		within, s := open(ctx, p.dial, p.request)
		defer s.close()
		got, err := producers()[p.request.Use].read(within, s, p, p.acknowledged)
		for id, value := range got {
			read[id] = value
		}
		var app *saying
		switch {
		case err == nil:
			return true, "", nil
		case errors.As(err, &app):
			return false, "", err
		default:
			return false, err.Error(), nil
		}
	})
	if err != nil {
		return p.tally(nil), fmt.Errorf("read back what was produced: %w", err)
	}
	return p.tally(read), nil
}

// tally compares what was read with what was acknowledged.
func (p *Production) tally(read map[string]string) managed.Tally {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := managed.Tally{Attempted: p.attempted, Acknowledged: len(p.acknowledged)}
	if read == nil {
		return t
	}
	for _, n := range p.acknowledged {
		value, there := read[n.id]
		switch {
		case !there:
			t.Missing++
		case value != n.value:
			t.Altered++
		default:
			t.Found++
		}
	}
	return t
}

// Close ends the production. It may be called again.
func (p *Production) Close() error {
	p.cancel()
	<-p.done
	return nil
}
