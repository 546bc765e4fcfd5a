package compare

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Schema is the version of a comparison's JSON form.
const Schema = "vpcgate.dev/comparison/v1alpha1"

// ErrNothingToCompare is two reports of which nothing can be said together.
var ErrNothingToCompare = errors.New("nothing to compare")

// Kind is what became of a result.
type Kind string

// The kinds, the worst first; a comparison shows them in this order.
const (
	// NewlyFailing passed and fails.
	NewlyFailing Kind = "newly-failing"
	// NewAndFailing was not executed in the old run and fails.
	NewAndFailing Kind = "new-and-failing"
	// NoLongerRun was executed and is not any more, although it was selected.
	NoLongerRun Kind = "no-longer-run"
	// ChangedSource passes in both, and a server sees the client as somebody else
	// or with another address: who admitted the old one by its address does not
	// admit the new one.
	ChangedSource Kind = "changed-source"
	// ChangedCause fails in both in another phase, with another class or by another
	// hop or rule; or passes in both with a symptom of another hop or rule.
	ChangedCause Kind = "changed-cause"
	// Slower takes effect later than noise explains; see Rule.
	Slower Kind = "slower"
	// Misdiagnosed is a lab on which more faults than before were diagnosed wrongly.
	Misdiagnosed Kind = "misdiagnosed"
	// NewlyPassing failed and passes.
	NewlyPassing Kind = "newly-passing"
	// New was not executed in the old run and passes.
	New Kind = "new"
)

// Kinds lists every kind, the worst first.
func Kinds() []Kind {
	return []Kind{NewlyFailing, NewAndFailing, NoLongerRun, ChangedSource, ChangedCause, Slower, Misdiagnosed, NewlyPassing, New}
}

// Outcome is the comparison in one word.
type Outcome string

const (
	// Same: nothing changed that a gate has to know.
	Same Outcome = "same"
	// Better: something improved and nothing became worse.
	Better Outcome = "better"
	// Regression: something became worse.
	Regression Outcome = "regression"
)

// Options is what else is known of the runs.
type Options struct {
	// Baselines are further old runs; they say how much times vary, see Rule.
	Baselines []record.Report
	// Allowed are kinds that are shown and make no regression.
	Allowed []Kind
}

// Comparison is what changed from an old run to a new one.
type Comparison struct {
	Schema    string  `json:"schema"`
	Outcome   Outcome `json:"result"`
	Old       Side    `json:"old"`
	New       Side    `json:"new"`
	Baselines []Side  `json:"baselines,omitempty"`
	// Compared is how many results were executed in both runs, and Unchanged how
	// many of them are in no finding.
	Compared  int `json:"compared"`
	Unchanged int `json:"unchanged"`
	// StillFailing names what fails in both for the same cause.
	StillFailing []string  `json:"stillFailing,omitempty"`
	Findings     []Finding `json:"findings,omitempty"`
	// Environment is what changed around the runs.
	Environment []Drift `json:"environment,omitempty"`
	// NotSelected is how many results of the old run the new one was not asked for, and
	// NotSelectedBefore how many successes of the new run the old one was not.
	NotSelected       int `json:"notSelected,omitempty"`
	NotSelectedBefore int `json:"notSelectedBefore,omitempty"`
	// Allowed are kinds that were told to make no regression.
	Allowed []Kind `json:"allowed,omitempty"`
	// Timing is how the times of each lab were compared, by Rule.
	Timing []Timing `json:"timing,omitempty"`
	// Recoveries are what both runs have measured of faults that come and go under traffic.
	Recoveries []Recovery `json:"recoveries,omitempty"`
	Rule       string     `json:"rule"`
}

// Side is one of the runs.
type Side struct {
	ID      string         `json:"id"`
	Started time.Time      `json:"started"`
	Outcome record.Outcome `json:"result"`
	Counts  record.Counts  `json:"counts"`
	Git     record.Git     `json:"git"`
}

// Finding is one thing that changed.
type Finding struct {
	Kind Kind `json:"kind"`
	// Name is the result's stable name, or what the finding is about.
	Name     string          `json:"name"`
	Title    string          `json:"title,omitempty"`
	Scenario string          `json:"scenario,omitempty"`
	Mode     topology.Mode   `json:"mode,omitempty"`
	Lab      lab.Name        `json:"lab,omitempty"`
	Tier     scenario.Tier   `json:"tier,omitempty"`
	Family   scenario.Family `json:"family,omitempty"`
	// Phase, its Change and Flow are where it shows first.
	Phase  record.Phase `json:"phase,omitempty"`
	Change string       `json:"change,omitempty"`
	Flow   string       `json:"flow,omitempty"`
	// Old and New are what each run shows there, in one line.
	Old string `json:"old"`
	New string `json:"new"`
	// More is in how many further places of the result it shows.
	More int `json:"more,omitempty"`
	// Regression is whether it makes the new run worse.
	Regression bool `json:"regression"`
}

// Runs compares a new run with an old one. It fails with ErrNothingToCompare when
// the old run executed nothing, or nothing that the new one has a result of.
func Runs(old, later record.Report, o Options) (Comparison, error) {
	if err := refuse(old, later); err != nil {
		return Comparison{}, err
	}
	c := Comparison{Schema: Schema, Old: side(old), New: side(later), Allowed: o.Allowed, Rule: Rule}
	for _, b := range o.Baselines {
		c.Baselines = append(c.Baselines, side(b))
	}
	p := pairs(old, later)
	c.results(p, old.Run, later.Run)
	var slow []Finding
	slow, c.Timing = slower(later, append([]record.Report{old}, o.Baselines...))
	c.Findings = append(c.Findings, slow...)
	c.Recoveries = recoveries(old, later)
	c.Findings = append(c.Findings, misdiagnosed(old, later)...)
	slices.SortStableFunc(c.Findings, func(a, b Finding) int { return rank(a.Kind) - rank(b.Kind) })
	c.Environment = append(drifts(old, later), speeds(c.Timing)...)
	c.judge()
	return c, nil
}

func rank(k Kind) int { return slices.Index(Kinds(), k) }

func side(r record.Report) Side {
	return Side{ID: r.Run.ID, Started: r.Run.Started, Outcome: r.Run.Outcome, Counts: r.Run.Counts, Git: r.Environment.Git}
}

// refuse names two reports that an empty comparison would call the same.
func refuse(old, later record.Report) error {
	if !slices.ContainsFunc(old.Results, executed) {
		return fmt.Errorf("%w: run %s executed no scenario (%s)", ErrNothingToCompare, old.Run.ID, old.Run.Reason)
	}
	if !slices.ContainsFunc(later.Results, executed) {
		// It died, or could not begin: that is for Runs to say.
		return nil
	}
	has := map[key]bool{}
	for _, r := range old.Results {
		if executed(r) {
			has[keyOf(r)] = true
		}
	}
	if !slices.ContainsFunc(later.Results, func(r record.Result) bool { return has[keyOf(r)] }) {
		return fmt.Errorf("%w: runs %s and %s have no scenario in common; their selections were %s and %s",
			ErrNothingToCompare, old.Run.ID, later.Run.ID, selection(old.Run), selection(later.Run))
	}
	return nil
}

// executed reports whether a scenario was judged.
func executed(r record.Result) bool {
	return r.Scenario != record.RunItself && r.Outcome != record.NotRun
}

// judge counts what is in no finding and names the outcome.
func (c *Comparison) judge() {
	c.Outcome = Same
	for i, f := range c.Findings {
		if slices.Contains(c.Allowed, f.Kind) {
			c.Findings[i].Regression = false
		}
		switch {
		case c.Findings[i].Regression:
			c.Outcome = Regression
		case c.Outcome == Same && (f.Kind == NewlyPassing || f.Kind == New):
			c.Outcome = Better
		}
	}
}

// Of lists the findings of a kind.
func (c Comparison) Of(k Kind) []Finding {
	var all []Finding
	for _, f := range c.Findings {
		if f.Kind == k {
			all = append(all, f)
		}
	}
	return all
}

// Regressions counts the findings that make the new run worse.
func (c Comparison) Regressions() int {
	n := 0
	for _, f := range c.Findings {
		if f.Regression {
			n++
		}
	}
	return n
}
