package fuzz

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/draws"
	"github.com/vpcgate/vpcgate/framework/lab"
)

// Options say how long is fuzzed, with what, and where findings go.
type Options struct {
	For  time.Duration
	Seed uint64
	// Workers is how many labs are used side by side; each waits for the kernel most
	// of the time.
	Workers int
	// Paper is the oracle as a lab. Quick opens a lab that does not wait long for
	// answers, Patient one that does: what only the quick one sees is not believed.
	Paper, Quick, Patient Opener
	// ShrinkWithin bounds what rapid may take to make one case smaller.
	ShrinkWithin time.Duration
	// Save is the folder for the cases that are found.
	Save string
	// Tell is told what is found, in lines; Every so often it is told how far it is.
	Tell  func(line string)
	Every time.Duration
}

// Validate reports what cannot work.
func (o Options) Validate() error {
	var problems []error
	if o.For <= 0 {
		problems = append(problems, fmt.Errorf("fuzz for %s: the time is not positive", o.For))
	}
	if o.Workers < 1 {
		problems = append(problems, fmt.Errorf("fuzz with %d labs: there must be one", o.Workers))
	}
	return errors.Join(problems...)
}

// Summary is what came of it.
type Summary struct {
	// Worlds are the states that both labs adopted and were asked about, Flows the
	// questions that both answered.
	Worlds, Flows int
	// Differences are the flows about which they disagreed, Unsteady the differences
	// that a fresh and patient lab did not show again.
	Differences, Unsteady int
	Seed                  uint64
}

// String is the last line of a run.
func (s Summary) String() string {
	return fmt.Sprintf("worlds %d, flows %d, differences %d, seed %d", s.Worlds, s.Flows, s.Differences, s.Seed)
}

// Run draws cases until the time is over or ctx ends, which is no error, and compares
// the labs in each. The n-th case of a seed is always the same; how many there are
// depends on the machine.
func Run(ctx context.Context, o Options) (Summary, error) {
	r := &run{Options: o, known: map[string]bool{}}
	r.sum.Seed = o.Seed
	deadline, cancel := context.WithTimeout(ctx, o.For)
	defer cancel()
	err := draws.Together(o.Workers, func() error { return r.work(ctx, deadline) }, o.Every, r.progress)
	return r.sum, err
}

type run struct {
	Options
	next atomic.Uint64

	mu    sync.Mutex
	sum   Summary
	saved int
	known map[string]bool // kinds of differences that were looked into
}

// progress says how far the run is.
func (r *run) progress(since time.Duration) {
	r.mu.Lock()
	sum := r.sum
	r.mu.Unlock()
	r.Tell(fmt.Sprintf("%s: %s", since.Round(time.Second), sum))
}

// work takes one lab through case after case. One that showed something is not used
// again.
func (r *run) work(ctx, deadline context.Context) (err error) {
	var wire lab.Lab
	renew := func() error {
		var closed error
		if wire != nil {
			closed = wire.Close(ctx)
		}
		var opened error
		wire, opened = r.Quick(ctx)
		return errors.Join(closed, opened)
	}
	if err := renew(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wire.Close(ctx)) }()
	for deadline.Err() == nil {
		n := draws.Number(r.Seed, r.next.Add(1)-1)
		c := Draw(n)
		paper, err := r.Paper(ctx)
		if err != nil {
			return err
		}
		found, t, err := compare(deadline, paper, wire, c)
		r.count(t)
		switch {
		case deadline.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("case %d: %w", n, err)
		case len(found) > 0:
			if err := errors.Join(r.look(ctx, n, c, found), renew()); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *run) count(t tally) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.Worlds += t.worlds
	r.sum.Flows += t.flows
}

// look looks into the differences that a case showed: of each kind, the first is shown
// again, made small and saved. Others of the kind are counted.
func (r *run) look(ctx context.Context, n uint64, c Case, found []Difference) error {
	for _, d := range found {
		kind := d.kind()
		r.mu.Lock()
		fresh := !r.known[kind]
		r.known[kind] = true
		r.mu.Unlock()
		if !fresh {
			r.differ()
			continue
		}
		patient := shrinker{paper: r.Paper, wire: r.Patient}
		if _, again := patient.shows(ctx, c, kind); !again {
			r.mu.Lock()
			r.sum.Unsteady++
			delete(r.known, kind)
			r.mu.Unlock()
			r.Tell(fmt.Sprintf("unsteady, case %d: %s", n, d))
			continue
		}
		r.differ()
		r.Tell(fmt.Sprintf("difference, case %d: %s", n, d))
		quick := shrinker{paper: r.Paper, wire: r.Quick, within: r.ShrinkWithin}
		small, least := quick.shrink(ctx, n, c, d)
		if err := r.save(n, small, least); err != nil {
			return err
		}
	}
	return nil
}

func (r *run) differ() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sum.Differences++
}

// save writes a case, so that it becomes a test.
func (r *run) save(n uint64, c Case, d Difference) error {
	text, err := MarshalYAML(c, fmt.Sprintf("case %d of seed %d", n, r.Seed), d.Flow.String(),
		"paper: "+d.Paper.Verdict.String(), "wire: "+d.Wire.Verdict.String())
	if err != nil {
		return err
	}
	if err := os.MkdirAll(r.Save, 0o755); err != nil {
		return fmt.Errorf("save case %d: %w", n, err)
	}
	r.mu.Lock()
	r.saved++
	r.mu.Unlock()
	path := filepath.Join(r.Save, fmt.Sprintf("case-%016x-%d.yaml", n, r.saved))
	if err := os.WriteFile(path, text, 0o644); err != nil {
		return fmt.Errorf("save case %d: %w", n, err)
	}
	r.Tell(fmt.Sprintf("%s: %s", path, d))
	return nil
}
