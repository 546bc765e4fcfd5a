package use

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"slices"
	"sync"
	"time"
)

// kept is how many of a client's acknowledged records are read back each time.
const kept = 64

// Ledger remembers, for one client, what each server has acknowledged. A server
// is told from another by its identity, of which its incarnation is part. It is
// safe for concurrent use.
type Ledger struct {
	// life tells the records of this ledger from those of one that was forgotten,
	// such as that of an agent before it was restarted.
	life string

	mu    sync.Mutex
	books map[string]*book
}

// NewLedger returns an empty ledger.
func NewLedger() *Ledger {
	return &Ledger{life: random(4), books: map[string]*book{}}
}

// record is what was written and acknowledged.
type record struct {
	id, value string
	// Kafka's place for it.
	partition int32
	offset    int64
}

// book is the ledger's page of one server.
type book struct {
	life string
	// busy is held while the server is used.
	busy    chan struct{}
	last    int
	records []record
	// holding is whether a use has got messages that were not returned to their queue,
	// held when the last one ended that had not returned them.
	holding bool
	held    time.Time
	// gone are records that were missing once; they stay missing.
	gone []string
}

// open returns the page of a server once nobody else uses it. The caller gives it
// back with done.
func (l *Ledger) open(ctx context.Context, identity string) (*book, error) {
	l.mu.Lock()
	b := l.books[identity]
	if b == nil {
		b = &book{life: l.life, busy: make(chan struct{}, 1)}
		l.books[identity] = b
	}
	l.mu.Unlock()
	select {
	case b.busy <- struct{}{}:
		return b, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (b *book) done() { <-b.busy }

// prefix is what the ids of the client's records have in common.
func (b *book) prefix(client string) string { return client + ":" + b.life + ":" }

// next returns a record that nobody has written yet.
func (b *book) next(client string) record {
	b.last++
	return record{id: fmt.Sprintf("%s%d", b.prefix(client), b.last), value: random(8)}
}

// acknowledged enters a record and returns those that need not be kept any more.
func (b *book) acknowledged(r record) []record {
	b.records = append(b.records, r)
	old := max(0, len(b.records)-kept)
	over := b.records[:old:old]
	b.records = b.records[old:]
	return over
}

// check compares what was read with what was acknowledged, and returns the ids of
// all records that are, or ever were, missing or altered.
func (b *book) check(read map[string]string) []string {
	var still []record
	for _, r := range b.records {
		if value, ok := read[r.id]; ok && value == r.value {
			still = append(still, r)
		} else {
			b.gone = append(b.gone, r.id)
		}
	}
	b.records = still
	return b.gone
}

// whole reports whether everything that is kept was read as it was written.
func (b *book) whole(read map[string]string) bool {
	return !slices.ContainsFunc(b.records, func(r record) bool { return read[r.id] != r.value })
}

// holds reports whether a record of that id is kept.
func (b *book) holds(id string) bool {
	return slices.ContainsFunc(b.records, func(r record) bool { return r.id == id })
}

// random returns so many random bytes in hexadecimal.
func random(n int) string {
	b := make([]byte, n)
	// crypto/rand.Read never returns an error: it ends the program if the kernel has no randomness.
	_, _ = rand.Read(b)
	return hex.EncodeToString(b)
}
