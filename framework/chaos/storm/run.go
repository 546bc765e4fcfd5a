package storm

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/draws"
	"github.com/vpcgate/vpcgate/framework/lab"
)

// Opener opens a lab that has adopted nothing yet.
type Opener func(ctx context.Context) (Lab, error)

// Options say how long a run is, of what, and where findings go.
type Options struct {
	For  time.Duration
	Seed uint64
	// Labs is how many work side by side.
	Labs    int
	Open    Opener
	Oracle  lab.Oracle
	Drawing chaos.Drawing
	Pace    config.Chaos
	// Schedules are gone through, once each, in place of what is drawn.
	Schedules []chaos.Schedule
	// Again is how often a schedule is repeated whose result is unknown, before that is its result.
	Again int
	// Small is how often a schedule that shows a violation may be tried with less.
	Small int
	// Tell is told what is found, in lines; Every so often it is told how far it is.
	Tell  func(line string)
	Every time.Duration
	// Far, when set, is told how far it is in place of Tell.
	Far func(since time.Duration, sum Summary)
	// Judged is told each result, in turn; it may be nil. It is not to keep the history, or memory grows with the run.
	Judged func(Episodic)
	// Look is called again and again while the run goes on, every Glance, with the time since it began; it may be nil.
	Look   func(since time.Duration)
	Glance time.Duration
}

// Episodic is one schedule and what came of it.
type Episodic struct {
	Number    uint64
	Schedule  chaos.Schedule
	History   chaos.History
	Timeline  chaos.Timeline
	Judgement chaos.Judgement
	// Least is the smallest schedule that showed the first violation again, as it did so; nil when none was found.
	Least *Episodic
}

// Trace is what a picture of the episode needs.
func (e Episodic) Trace() chaos.Trace {
	t := chaos.Traced(e.Number, e.Schedule, e.History, e.Timeline, e.Judgement)
	if e.Least != nil {
		least := e.Least.Trace()
		t.Least = &least
	}
	return t
}

// Validate reports what cannot work.
func (o Options) Validate() error {
	var problems []error
	if o.For <= 0 && len(o.Schedules) == 0 {
		problems = append(problems, fmt.Errorf("chaos for %s: the time is not positive", o.For))
	}
	if o.Labs < 1 {
		problems = append(problems, fmt.Errorf("chaos with %d labs: there must be one", o.Labs))
	}
	return errors.Join(problems...)
}

// Summary is what came of a run.
type Summary struct {
	Faults     int    `json:"faults"`
	Operations int    `json:"operations"`
	Violations int    `json:"violations"`
	Seed       uint64 `json:"seed"`
	// Schedules were judged; Unknown of them could not be, not even when repeated, for the Reasons.
	Schedules int      `json:"schedules"`
	Invalid   int      `json:"invalid"`
	Unknown   int      `json:"unknown"`
	Excused   int      `json:"excused"`
	Stalled   int      `json:"stalled"`
	Reasons   []string `json:"reasons,omitempty"`
	// Written is what became of all that clients wrote meanwhile.
	Written chaos.Written `json:"written"`

	Table chaos.Table `json:"-"`
}

// String is the last line of a run.
func (s Summary) String() string {
	return fmt.Sprintf("faults %d, operations %d, violations %d, seed %d", s.Faults, s.Operations, s.Violations, s.Seed)
}

// Run goes through schedules until the time is over or ctx ends, which is no error. The n-th schedule of a seed is always
// the same; how many there are depends on the machine.
func Run(ctx context.Context, o Options) (Summary, error) {
	r := &run{Options: o}
	r.sum.Seed = o.Seed
	until := ctx
	if len(o.Schedules) == 0 {
		var cancel context.CancelFunc
		until, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	err := draws.Together(o.Labs, func() error { return r.work(ctx, until) }, r.beat(), r.progress)
	return r.sum, err
}

// beat is how often the run is looked at.
func (o Options) beat() time.Duration {
	if o.Look == nil {
		return o.Every
	}
	return o.Glance
}

type run struct {
	Options
	next atomic.Uint64

	mu  sync.Mutex
	sum Summary
	// told is when it was last said how far the run is; it is the beat's own.
	told time.Duration
}

// progress looks at the run, and says every so often how far it is.
func (r *run) progress(since time.Duration) {
	if r.Look != nil {
		r.Look(since)
	}
	if since-r.told < r.Every {
		return
	}
	r.told = since
	r.mu.Lock()
	sum := r.sum
	r.mu.Unlock()
	if r.Far != nil {
		r.Far(since, sum)
		return
	}
	r.Tell(fmt.Sprintf("%s: %s", since.Round(time.Second), sum))
}

// schedule is the next one; false when there is none left.
func (r *run) schedule() (uint64, chaos.Schedule, bool) {
	n := r.next.Add(1) - 1
	if len(r.Schedules) == 0 {
		number := draws.Number(r.Seed, n)
		return number, r.Drawing.Draw(number), true
	}
	if n >= uint64(len(r.Schedules)) {
		return 0, chaos.Schedule{}, false
	}
	return n, r.Schedules[n], true
}

// work takes one lab through schedule after schedule. One that showed a violation is not used again.
func (r *run) work(ctx, until context.Context) (err error) {
	l, err := r.Open(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.Close(context.WithoutCancel(ctx))) }()
	for until.Err() == nil {
		number, s, more := r.schedule()
		if !more {
			return nil
		}
		e, err := r.Try(until, l, number, s)
		switch {
		case until.Err() != nil:
			return nil
		case err != nil:
			return fmt.Errorf("schedule %d: %w", number, err)
		}
		if e.Judgement.Result == chaos.Invalid {
			fresh, err := r.Open(ctx)
			if err := errors.Join(err, l.Close(ctx)); err != nil {
				return err
			}
			l = fresh
			r.shrink(ctx, &e)
		}
		r.count(e)
		if r.Judged != nil {
			r.mu.Lock()
			r.Judged(e)
			r.mu.Unlock()
		}
	}
	return nil
}

// stage finds the one of a schedule.
func (o Options) stage(name string) (chaos.Stage, error) {
	for _, s := range o.Drawing.Stages {
		if s.Name == name {
			return s, nil
		}
	}
	return chaos.Stage{}, fmt.Errorf("there is no stage %q", name)
}

// Try takes a lab through one schedule and judges it, again and more patiently when the result is unknown or violated by silence
// alone.
func (o Options) Try(ctx context.Context, l Lab, number uint64, s chaos.Schedule) (Episodic, error) {
	var e Episodic
	stage, err := o.stage(s.Stage)
	if err != nil {
		return e, err
	}
	for slower := range o.Again + 1 {
		// A silence is believed when it is seen again, asked more patiently; a violation that is none at once.
		h, line, err := Episode(ctx, l, stage, s.Slower(slower+1), o.Pace.Scale(float64(slower+1)))
		if err != nil {
			return e, err
		}
		seen, j := e, chaos.Judge(o.Oracle, h, line, o.terms(slower+1))
		e = Episodic{Number: number, Schedule: s, History: h, Timeline: line, Judgement: j}
		switch {
		case j.Result == chaos.Invalid && (seen.Judgement.Silences() || !j.Silences()):
			return e, nil
		case j.Result == chaos.Valid && seen.Judgement.Silences():
			seen.Judgement = seen.Judgement.Unsteady()
			return seen, nil
		case j.Result == chaos.Valid:
			return e, nil
		case j.Result == chaos.Unknown && seen.Judgement.Silences():
			e = seen // still to be seen again
		}
	}
	if e.Judgement.Silences() {
		e.Judgement = e.Judgement.Unsteady()
	}
	return e, nil
}

func (o Options) terms(slower int) chaos.Terms {
	pace := o.Pace.Scale(float64(slower))
	return chaos.Terms{
		Budget: func(k chaos.Kind) time.Duration {
			return time.Duration(slower) * pace.Budget(string(k))
		},
		Grace:  pace.Grace,
		Enough: pace.Enough(), EnoughLive: pace.EnoughLive(), Backoff: pace.Backoff, Held: pace.Held,
	}
}

func (r *run) count(e Episodic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	j := e.Judgement
	r.sum.Schedules++
	r.sum.Faults += e.Schedule.Faults()
	r.sum.Operations += j.Operations
	r.sum.Excused += j.Excused
	r.sum.Stalled += j.Stalled
	r.sum.Written.Add(j.Written)
	r.sum.Violations += len(j.Violations)
	r.sum.Table.Add(e.Schedule.Stage, j.Effects)
	if j.Result == chaos.Invalid {
		r.sum.Invalid++
	}
	if j.Result == chaos.Unknown {
		r.sum.Unknown++
		if len(r.sum.Reasons) < mostKept {
			r.sum.Reasons = append(r.sum.Reasons, fmt.Sprintf("schedule %d: %s", e.Number, j.Reasons[0]))
		}
	}
}

// shrink looks for the fewest faults that show the first violation's invariant again.
func (r *run) shrink(ctx context.Context, e *Episodic) {
	want := e.Judgement.Violations[0].Invariant
	r.Tell(fmt.Sprintf("violation, schedule %d: %s", e.Number, e.Judgement.Violations[0]))
	stage, err := r.stage(e.Schedule.Stage)
	if err != nil {
		return
	}
	tries := r.Small
	var shows Episodic
	least, found := chaos.Shrink(e.Schedule, stage, func(s chaos.Schedule) bool {
		if tries--; tries < 0 || ctx.Err() != nil {
			return false
		}
		l, err := r.Open(ctx)
		if err != nil {
			return false
		}
		again, err := r.Try(ctx, l, e.Number, s)
		shown := err == nil && chaos.Shows(again.Judgement, want)
		if shown {
			shows = again
		}
		return l.Close(context.WithoutCancel(ctx)) == nil && shown
	})
	if found {
		e.Least = &shows
		r.Tell(fmt.Sprintf("schedule %d shows it with %d of %d faults: %s", e.Number, least.Faults(), e.Schedule.Faults(), least))
	}
}
