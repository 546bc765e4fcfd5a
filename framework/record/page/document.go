package page

import (
	"cmp"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/sheet"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// document is everything that the page shows.
type document struct {
	Sheet sheet.Sheet

	record.Report

	// Columns are what the matrix and the table of counts have a column or row for.
	Columns []column
	// Failures are the failed results; those of the run itself come first.
	Failures  []failure
	NotRun    []notRun
	Choices   choices
	Charts    []chart
	Scenarios []scenarioView
	Ledgers   []ledgerView
	Diagnoses []diagnosisView

	Paths       *pool[pathView]
	Evidence    *pool[evidenceView]
	Transcripts *pool[string]
	Sketches    *pool[string]
}

// column is a lab in a mode with its counts.
type column struct {
	Lab              lab.Name
	Mode             topology.Mode
	Success, Failure int
	NotRun           int
	Median, Most     float64
	MostName         string
	MostAnchor       string
}

// Ran reports whether anything was judged.
func (c column) Ran() int { return c.Success + c.Failure }

// failure is a failed result with the text that a terminal shows.
type failure struct {
	record.Result
	Anchor string
	Block  string
}

// notRun are results that did not run for one reason.
type notRun struct {
	Reason  string
	Core    int
	Results []record.Result
}

// choices are what the matrix can be narrowed to.
type choices struct {
	Families []scenario.Family
	Tiers    []scenario.Tier
	Origins  []scenario.Origin
	Modes    []topology.Mode
	Labs     []lab.Name
	Outcomes []record.Outcome
}

type ledgerView struct {
	*ledger.Ledger
	// Own is the run's own; others are of runs that died.
	Own   bool
	Wrong []ledger.Change
}

func newDocument(r record.Report, scenarios map[string]scenario.Scenario) *document {
	d := &document{
		Report: r,
		Paths:  newPool[pathView]("p"), Evidence: newPool[evidenceView]("e"),
		Transcripts: newPool[string]("t"), Sketches: newPool[string]("k"),
	}
	of := map[string][]record.Result{}
	var ids []string
	for _, result := range r.Results {
		d.note(result)
		if result.Scenario == record.RunItself {
			continue
		}
		if of[result.Scenario] == nil {
			ids = append(ids, result.Scenario)
		}
		of[result.Scenario] = append(of[result.Scenario], result)
	}
	d.columns()
	slices.SortStableFunc(ids, func(a, b string) int {
		return cmp.Or(cmp.Compare(familyRank(of[a][0].Family), familyRank(of[b][0].Family)), cmp.Compare(a, b))
	})
	for _, id := range ids {
		known, found := scenarios[id]
		d.Scenarios = append(d.Scenarios, d.scenario(of[id], known, found))
	}
	d.choices()
	d.Charts = charts(r)
	for _, one := range r.Diagnosis {
		d.Diagnoses = append(d.Diagnoses, diagnosisOf(one))
	}
	if r.Ledger != nil {
		d.Ledgers = append(d.Ledgers, ledgerView{Ledger: r.Ledger, Own: true, Wrong: r.Ledger.Wrong()})
	}
	for i := range r.Settled {
		d.Ledgers = append(d.Ledgers, ledgerView{Ledger: &r.Settled[i], Wrong: r.Settled[i].Wrong()})
	}
	return d
}

// Has reports whether a scenario in a mode is in the page, by its anchor.
func (d *document) Has(mode string) bool {
	return slices.ContainsFunc(d.Scenarios, func(s scenarioView) bool {
		return slices.ContainsFunc(s.Modes, func(m modeView) bool { return m.Anchor == mode })
	})
}

// note keeps a result that is shown beside its scenario as well.
func (d *document) note(r record.Result) {
	switch r.Outcome {
	case record.Success, record.Partial:
	case record.Failure:
		d.Failures = append(d.Failures, failure{
			Result: r, Anchor: anchor(r.Scenario, r.Mode, r.Lab), Block: record.FailureBlock(r, record.ReportFile),
		})
	case record.NotRun:
		i := slices.IndexFunc(d.NotRun, func(n notRun) bool { return n.Reason == r.Reason })
		if i < 0 {
			i = len(d.NotRun)
			d.NotRun = append(d.NotRun, notRun{Reason: r.Reason})
		}
		d.NotRun[i].Results = append(d.NotRun[i].Results, r)
		if r.Tier != scenario.Extended {
			d.NotRun[i].Core++
		}
	}
}

// columns lists the labs and modes that the results are of, in their order.
func (d *document) columns() {
	for _, l := range lab.Names() {
		for _, m := range topology.Modes() {
			c := column{Lab: l, Mode: m}
			var times []float64
			for _, r := range d.Results {
				if r.Lab != l || r.Mode != m || r.Scenario == record.RunItself {
					continue
				}
				switch r.Outcome {
				case record.NotRun:
					c.NotRun++
					continue
				case record.Success:
					c.Success++
				default:
					c.Failure++
				}
				times = append(times, r.Seconds)
				if r.Seconds > c.Most {
					c.Most, c.MostName, c.MostAnchor = r.Seconds, r.Scenario, anchor(r.Scenario, m, l)
				}
			}
			if c.Ran()+c.NotRun == 0 {
				continue
			}
			c.Median = quantile(times, 0.5)
			d.Columns = append(d.Columns, c)
		}
	}
}

func (d *document) choices() {
	c := &d.Choices
	for _, s := range d.Scenarios {
		add(&c.Families, s.Family)
		add(&c.Tiers, s.Tier)
		add(&c.Origins, s.Origin)
	}
	for _, col := range d.Columns {
		add(&c.Labs, col.Lab)
		add(&c.Modes, col.Mode)
	}
	for _, o := range []record.Outcome{record.Success, record.Failure, record.NotRun} {
		if slices.ContainsFunc(d.Results, func(r record.Result) bool { return r.Outcome == o && r.Scenario != record.RunItself }) {
			add(&c.Outcomes, o)
		}
	}
}

// add keeps a choice that there is.
func add[T ~string](to *[]T, v T) {
	if v != "" && !slices.Contains(*to, v) {
		*to = append(*to, v)
	}
}

// families is the order of the catalogue's chapters.
func families() []scenario.Family {
	return []scenario.Family{
		scenario.SecurityGroup, scenario.Peering, scenario.Service, scenario.Engine, scenario.Planning, scenario.Node, scenario.Hybrid,
		scenario.Triage, scenario.Chaos,
	}
}

// familyRank puts what a user wrote, which has no family, last.
func familyRank(f scenario.Family) int {
	if i := slices.Index(families(), f); i >= 0 {
		return i
	}
	return len(families())
}

// pathView is a path with the step that ended it, as its verdict says.
type pathView struct {
	Forth, Back []stepView
}

type stepView struct {
	verdict.Step
	// Same is set when the step is at the hop of the step before.
	Same bool
	// Stop is set for the step that the flow ended at.
	Stop bool
}

// evidenceView is what was counted for a flow.
type evidenceView struct {
	verdict.Evidence
}
