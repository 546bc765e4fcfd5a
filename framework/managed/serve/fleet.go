package serve

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/vpcgate/vpcgate/framework/managed"
)

// Fleet is everything that serves a lab's worlds from this process. It is used by
// one goroutine at a time.
type Fleet struct {
	options  Options
	refusers map[managed.Refusal]*Refuser
	mu       sync.Mutex // of what follows, within one call
	servers  map[string]Server
	// programs are those of every server that was ever started.
	programs []managed.Program
}

// NewFleet returns a fleet that serves nothing. The caller closes it.
func NewFleet(o Options) *Fleet {
	return &Fleet{options: o, servers: map[string]Server{}, refusers: map[managed.Refusal]*Refuser{}}
}

// Adopt makes these the instances that are served, and these the hosts that refuse
// by themselves. An instance that was served before, by the same hosts, keeps its
// server with everything in it, and its epoch; the epochs given are ignored. What
// can be served is served; the error joins everything that could not.
func (f *Fleet) Adopt(ctx context.Context, want []managed.Instance, refusals []managed.Refusal) error {
	var errs []error
	for name, s := range f.servers {
		i := slices.IndexFunc(want, func(i managed.Instance) bool { return i.Name == name })
		if i < 0 || sameInstance(s.Instance(), incarnation(want[i], s.Instance().Epoch)) != nil {
			delete(f.servers, name)
			errs = append(errs, s.Close())
		}
	}
	for r, x := range f.refusers {
		if !slices.Contains(refusals, r) {
			delete(f.refusers, r)
			errs = append(errs, x.Close())
		}
	}
	adopted := make([]error, len(want))
	var all sync.WaitGroup
	for n, i := range want { // some take seconds to start
		all.Go(func() { adopted[n] = f.adopt(ctx, i) })
	}
	all.Wait()
	errs = append(errs, adopted...)
	for _, r := range refusals {
		if f.refusers[r] != nil {
			continue
		}
		x, err := Refuse(ctx, r, f.options)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		f.refusers[r] = x
	}
	return errors.Join(errs...)
}

// adopt changes the server of an instance in place, or starts one.
func (f *Fleet) adopt(ctx context.Context, i managed.Instance) error {
	f.mu.Lock()
	s := f.servers[i.Name]
	f.mu.Unlock()
	if s != nil {
		err := s.Adopt(ctx, incarnation(i, s.Instance().Epoch))
		f.note(s)
		return err
	}
	epoch, err := newEpoch()
	if err != nil {
		return err
	}
	start := f.options.Start
	if start == nil {
		start = func(ctx context.Context, i managed.Instance) (Server, error) { return Start(ctx, i, f.options) }
	}
	if s, err = start(ctx, incarnation(i, epoch)); err != nil {
		return err
	}
	f.mu.Lock()
	f.servers[i.Name] = s
	f.mu.Unlock()
	f.note(s)
	return nil
}

// note remembers the program of a server that has served: one that was stopped from
// the beginning does not know its own yet.
func (f *Fleet) note(s Server) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if p := s.Program(); p.Name != "" && !slices.Contains(f.programs, p) {
		f.programs = append(f.programs, p)
	}
}

// Programs lists what has served, in the order of uses and names.
func (f *Fleet) Programs() []managed.Program {
	return slices.SortedFunc(slices.Values(f.programs), func(a, b managed.Program) int {
		return strings.Compare(string(a.Use)+a.Name, string(b.Use)+b.Name)
	})
}

// Instance returns an instance as it is served, with its epoch.
func (f *Fleet) Instance(name string) (managed.Instance, bool) {
	s, ok := f.servers[name]
	if !ok {
		return managed.Instance{}, false
	}
	return s.Instance(), true
}

// Close ends everything. The fleet can be used again, with nothing in it.
func (f *Fleet) Close() error {
	var errs []error
	for _, name := range slices.Sorted(maps.Keys(f.servers)) {
		errs = append(errs, f.servers[name].Close())
	}
	for _, x := range f.refusers {
		errs = append(errs, x.Close())
	}
	clear(f.servers)
	clear(f.refusers)
	return errors.Join(errs...)
}

func incarnation(i managed.Instance, epoch string) managed.Instance {
	i.Epoch = epoch
	return i
}

// newEpoch names an incarnation as no other is named.
func newEpoch() (string, error) {
	var b [4]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("name an incarnation: %w", err)
	}
	return hex.EncodeToString(b[:]), nil
}
