package serve

import (
	"errors"
	"slices"
	"sync"
)

// Bounds of what a broker holds.
const (
	maxQueues   = 1 << 10
	maxMessages = 1 << 16
)

// queues are a broker's, durable over its deaths. They are safe for concurrent use.
type queues struct {
	mu    sync.Mutex
	named map[string]*[]*message
	held  int
}

// message is one that was published and not acknowledged.
type message struct {
	// header is the content header as it came, with the properties; body the rest.
	header, body []byte
	// holder is the channel to which it was given; nil when it is free.
	holder      *amqpChannel
	redelivered bool
}

// declare makes a queue unless it is there, and says how many messages wait in it.
// It reports false for one that cannot be.
func (q *queues) declare(name string) (waiting int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.named == nil {
		q.named = map[string]*[]*message{}
	}
	if q.named[name] == nil {
		if len(q.named) >= maxQueues {
			return 0, false
		}
		q.named[name] = &[]*message{}
	}
	return q.free(name), true
}

// free counts the messages of a queue that nobody holds; the lock is held.
func (q *queues) free(name string) (n int) {
	for _, m := range *q.named[name] {
		if m.holder == nil {
			n++
		}
	}
	return n
}

// has says how many messages wait in a queue, if it is there.
func (q *queues) has(name string) (waiting int, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.named[name] == nil {
		return 0, false
	}
	return q.free(name), true
}

// drop deletes a queue and says how many messages waited in it.
func (q *queues) drop(name string) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.named[name] == nil {
		return 0
	}
	waiting := q.free(name)
	q.held -= len(*q.named[name])
	delete(q.named, name)
	return waiting
}

// errFull is the end of a broker's memory.
var errFull = errors.New("the broker holds as many messages as it can")

// publish puts a message at the end of a queue, and reports whether there is one.
func (q *queues) publish(name string, m *message) (bool, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.named[name] == nil:
		return false, nil
	case q.held >= maxMessages:
		return false, errFull
	}
	*q.named[name] = append(*q.named[name], m)
	q.held++
	return true, nil
}

// get gives the first free message of a queue to a channel, and says how many are
// left; nil when there is none.
func (q *queues) get(name string, c *amqpChannel) (m *message, left int) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.named[name] == nil {
		return nil, 0
	}
	for _, m := range *q.named[name] {
		if m.holder == nil {
			m.holder = c
			return m, q.free(name)
		}
	}
	return nil, 0
}

// remove forgets messages that were acknowledged.
func (q *queues) remove(gone []*message) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, all := range q.named {
		before := len(*all)
		*all = slices.DeleteFunc(*all, func(m *message) bool { return slices.Contains(gone, m) })
		q.held -= before - len(*all)
	}
}

// release frees what a channel holds, for anybody to get again.
func (q *queues) release(c *amqpChannel) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, all := range q.named {
		for _, m := range *all {
			if m.holder == c {
				m.holder, m.redelivered = nil, true
			}
		}
	}
}
