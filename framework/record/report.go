package record

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// RunItself is the Scenario of a result that speaks of the run and not of a
// scenario: a set-up that failed, a lab that left something behind, a run that
// did not finish.
const RunItself = "RUN"

// slowestShown is how many of the slowest results a report names.
const slowestShown = 10

// Report is report.json.
type Report struct {
	Schema      string      `json:"schema"`
	Run         Run         `json:"run"`
	Environment Environment `json:"environment"`
	// Results are sorted by lab, scenario and mode; what concerns the run
	// itself comes first.
	Results []Result `json:"results"`
	// Diagnosis is how well diagnose found the faults of the results, lab by lab.
	Diagnosis []Diagnosis `json:"diagnosis,omitempty"`
	// Ledger is what the run did to the machine; it is missing where the run ended
	// before it had looked.
	Ledger *ledger.Ledger `json:"ledger,omitempty"`
	// Settled are the ledgers of former runs that died, taken after this one had
	// swept.
	Settled []ledger.Ledger `json:"settled,omitempty"`
	// Bites are what was broken on purpose in labs of which only a sample can be
	// shown in a run.
	Bites []Bite `json:"bites,omitempty"`
	// Claims is how each claim of the documentation stands after the run; it is
	// missing where the run knew of none.
	Claims []ClaimStatus `json:"claims,omitempty"`
	// Findings are where the documentation contradicts itself, with what the run saw.
	Findings []Finding `json:"findings,omitempty"`
	// Mutation is how the gate itself was falsified, as it is kept with the source.
	Mutation *Mutation `json:"mutation,omitempty"`
	// Slowest names the slowest results, the slowest first.
	Slowest []Slow `json:"slowest,omitempty"`
}

// Run is what was asked for and how it ended.
type Run struct {
	ID      string          `json:"id"`
	Started time.Time       `json:"started"`
	Seconds float64         `json:"seconds"`
	Outcome Outcome         `json:"result"`
	Reason  string          `json:"reason"`
	Labs    []lab.Name      `json:"labs"`
	Modes   []topology.Mode `json:"modes"`
	// Focus and Filter are what narrowed the selection: a regular expression
	// over spec texts and a Ginkgo label filter.
	Focus  string `json:"focus,omitempty"`
	Filter string `json:"filter,omitempty"`
	Counts Counts `json:"counts"`
}

// Counts is how many results ended how.
type Counts struct {
	Success int `json:"success"`
	Failure int `json:"failure"`
	NotRun  int `json:"notRun"`
	// CoreNotRun are those of NotRun that make a run partial.
	CoreNotRun int `json:"coreNotRun"`
	// Disagreements are those of Failure in which paper and lab do not agree.
	Disagreements int `json:"disagreements,omitempty"`
}

// Environment is where a run took place, as far as it was found out.
type Environment struct {
	Kernel string `json:"kernel"`
	OS     string `json:"os"`
	Go     string `json:"go"`
	// Engine, Kind, Kubernetes and NodeImage are empty when no kind lab was used.
	Engine     string    `json:"engine,omitempty"`
	Kind       string    `json:"kind,omitempty"`
	Kubernetes string    `json:"kubernetes,omitempty"`
	NodeImage  NodeImage `json:"nodeImage,omitzero"`
	// Services are the programs that served managed instances.
	Services    []Service `json:"services,omitempty"`
	Git         Git       `json:"git"`
	CPUs        int       `json:"cpus"`
	MemoryBytes uint64    `json:"memoryBytes"`
}

// NodeImage is the image of the clusters' nodes.
type NodeImage struct {
	Ref    string `json:"ref"`
	Digest string `json:"digest"`
	Bytes  int64  `json:"bytes"`
}

// Service is a program that served managed instances in a lab. One that stands in
// for another says so.
type Service struct {
	Lab lab.Name `json:"lab"`
	managed.Program
}

// Git is the state of the source that ran.
type Git struct {
	Commit string `json:"commit,omitempty"`
	// State is "clean" or "dirty".
	State string `json:"state,omitempty"`
}

// Slow is one of the slowest results.
type Slow struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"`
}

// Name is the result's stable name, in JUnit and on terminals:
// "SG-001 [routed] [kind]".
func (r Result) Name() string {
	name := r.Scenario
	if r.Mode != "" {
		name += " [" + string(r.Mode) + "]"
	}
	if r.Lab != "" {
		name += " [" + string(r.Lab) + "]"
	}
	return name
}

// NotRunBecause is the result of something selected that was not judged.
func NotRunBecause(s scenario.Scenario, m topology.Mode, l lab.Name, reason string) Result {
	return Result{
		Scenario: s.ID, Title: s.Title, Family: s.Family(), Origin: s.Origin, Tier: s.Tier, Claim: s.Claim, Disputed: s.Disputed,
		Mode: m, Lab: l, Outcome: NotRun, Reason: reason,
	}
}

// Trouble is the failed result of the run itself, or of one lab in one mode;
// both may be empty. Its reason may have several lines.
func Trouble(title string, m topology.Mode, l lab.Name, err error) Result {
	return Result{Scenario: RunItself, Title: title, Tier: scenario.Core, Mode: m, Lab: l, Outcome: Failure, Class: TheRun, Reason: err.Error()}
}

// Unfinished is the report that is written when a run starts: should the run
// die, this is what is found.
func Unfinished(run Run, env Environment) Report {
	return Conclude(run, env, []Result{
		Trouble("the run", "", "", fmt.Errorf("run did not finish: it was started at %s and has not written its report",
			run.Started.UTC().Format(time.RFC3339))),
	})
}

// Conclude judges a run by its results and makes its report. Only Outcome,
// Reason and Counts of the given run are replaced.
func Conclude(run Run, env Environment, results []Result) Report {
	results = slices.Clone(results)
	slices.SortStableFunc(results, func(a, b Result) int {
		return cmp.Or(
			cmp.Compare(rank(a.Scenario != RunItself), rank(b.Scenario != RunItself)),
			cmp.Compare(slices.Index(lab.Names(), a.Lab), slices.Index(lab.Names(), b.Lab)),
			cmp.Compare(a.Scenario, b.Scenario),
			cmp.Compare(slices.Index(topology.Modes(), a.Mode), slices.Index(topology.Modes(), b.Mode)),
		)
	})
	run.Counts = count(results)
	run.Outcome, run.Reason = judge(run.Counts)
	return Report{Schema: Schema, Run: run, Environment: env, Results: results, Diagnosis: diagnoses(results), Slowest: slowest(results)}
}

func rank(later bool) int {
	if later {
		return 1
	}
	return 0
}

func count(results []Result) Counts {
	var c Counts
	for _, r := range results {
		switch r.Outcome {
		case Success:
			c.Success++
		case NotRun:
			c.NotRun++
			if r.Tier != scenario.Extended {
				c.CoreNotRun++
			}
		default:
			// A result that says neither is a bug, and a bug is no success.
			c.Failure++
			if r.Class == Disagreement {
				c.Disagreements++
			}
		}
	}
	return c
}

func judge(c Counts) (Outcome, string) {
	switch {
	case c.Disagreements > 0:
		return Failure, fmt.Sprintf("failed results: %d of %d; paper and lab disagree in %d", c.Failure, c.Success+c.Failure+c.NotRun, c.Disagreements)
	case c.Failure > 0:
		return Failure, fmt.Sprintf("failed results: %d of %d", c.Failure, c.Success+c.Failure+c.NotRun)
	case c.Success == 0:
		return Failure, "nothing was executed"
	case c.CoreNotRun > 0:
		return Partial, fmt.Sprintf("core results that did not run: %d", c.CoreNotRun)
	default:
		return Success, ""
	}
}

func slowest(results []Result) []Slow {
	var all []Slow
	for _, r := range results {
		if r.Seconds > 0 {
			all = append(all, Slow{Name: r.Name(), Seconds: r.Seconds})
		}
	}
	slices.SortStableFunc(all, func(a, b Slow) int { return cmp.Compare(b.Seconds, a.Seconds) })
	return all[:min(len(all), slowestShown)]
}
