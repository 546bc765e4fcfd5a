package specs

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/ginkgo/v2/types"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// selection is one spec: a scenario in a mode on a lab.
type selection struct {
	scenario string
	mode     topology.Mode
	lab      lab.Name
}

func selectionOf(r types.SpecReport) selection {
	l := r.Labels()
	return selection{valueOf(l, keyScenario), topology.Mode(valueOf(l, keyMode)), lab.Name(valueOf(l, keyLab))}
}

// selectedBy lists what a preview would run. What the filters leave out is
// skipped in it, which a real run's report could not tell from the rest.
func selectedBy(preview ginkgo.Report) []selection {
	var all []selection
	for _, r := range preview.SpecReports {
		if r.LeafNodeType == types.NodeTypeIt && !r.State.Is(types.SpecStateSkipped) {
			all = append(all, selectionOf(r))
		}
	}
	return all
}

// assembly collects what a suite's report holds.
type assembly struct {
	bites    []record.Bite
	results  []record.Result
	facts    Facts
	kept     []string
	services []record.Service
	absences []absence
	done     map[selection]bool
	problems []error
}

// assemble turns Ginkgo's report into results: those that were handed in, the
// run's own troubles, and a not-run entry for whatever was selected and has none.
func assemble(report ginkgo.Report, catalogue []scenario.Scenario, selected []selection) assembly {
	a := assembly{done: map[selection]bool{}}
	for _, r := range report.SpecReports {
		a.read(r)
	}
	reason := strings.Join(report.SpecialSuiteFailureReasons, "; ")
	if reason != "" {
		a.results = append(a.results, record.Trouble("the run", "", "", errors.New(strings.ToLower(reason))))
	}
	if reason == "" {
		reason = "the run did not get to it"
	}
	byID := map[string]scenario.Scenario{}
	for _, s := range catalogue {
		byID[s.ID] = s
	}
	for _, sel := range selected {
		if !a.done[sel] {
			a.results = append(a.results, record.NotRunBecause(byID[sel.scenario], sel.mode, sel.lab, a.why(sel, reason)))
		}
	}
	return a
}

// read takes what one node of the suite handed in.
func (a *assembly) read(r types.SpecReport) {
	troubles := 0
	err := errors.Join(
		each(r.ReportEntries, entryResult, func(v record.Result) {
			a.results = append(a.results, v)
			a.done[selection{v.Scenario, v.Mode, v.Lab}] = true
			if v.Outcome == record.Failure {
				troubles++
			}
		}),
		each(r.ReportEntries, entryTrouble, func(v record.Result) { a.results = append(a.results, v); troubles++ }),
		each(r.ReportEntries, entryAbsence, func(v absence) { a.absences = append(a.absences, v) }),
		each(r.ReportEntries, entryFacts, func(v Facts) { a.facts = v }),
		each(r.ReportEntries, entryServed, func(v []record.Service) { a.serve(v) }),
		each(r.ReportEntries, entryBite, func(v record.Bite) { a.bites = append(a.bites, v) }),
		each(r.ReportEntries, entryKept, func(v []string) { a.kept = append(a.kept, v...) }),
	)
	if err != nil {
		a.problems = append(a.problems, err)
	}
	// A node that failed without saying so itself: a panic, a timeout, a bug. An
	// interruption is the run's own trouble.
	stopped := types.SpecStateInterrupted | types.SpecStateAborted
	if r.State.Is(types.SpecStateFailureStates) && !r.State.Is(stopped) && troubles == 0 {
		sel := selectionOf(r)
		title := r.LeafNodeType.String()
		if sel.scenario != "" {
			title = "spec of " + sel.scenario
		}
		a.results = append(a.results, record.Trouble(title, sel.mode, sel.lab, errors.New(unexpected(r))))
	}
}

// serve takes the programs that a lab says have served in it, each once.
func (a *assembly) serve(all []record.Service) {
	for _, s := range all {
		if !slices.Contains(a.services, s) {
			a.services = append(a.services, s)
		}
	}
	slices.SortFunc(a.services, func(x, y record.Service) int {
		return cmp.Or(
			cmp.Compare(slices.Index(lab.Names(), x.Lab), slices.Index(lab.Names(), y.Lab)),
			cmp.Compare(slices.Index(topology.Uses(), x.Use), slices.Index(topology.Uses(), y.Use)),
			cmp.Compare(x.Name, y.Name), cmp.Compare(x.Version, y.Version))
	})
}

func unexpected(r types.SpecReport) string {
	text := r.FailureMessage()
	if r.Failure.ForwardedPanic != "" {
		text += ": " + r.Failure.ForwardedPanic
	}
	return text + " at " + r.FailureLocation().String()
}

// why says why a selected spec has no result.
func (a *assembly) why(sel selection, otherwise string) string {
	for _, x := range a.absences {
		if x.Lab == sel.lab && x.Mode == sel.mode {
			return x.Reason
		}
	}
	return otherwise
}
