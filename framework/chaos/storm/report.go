package storm

import (
	"fmt"
	"strings"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/soak"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
)

// ReportSchema is the version of report.json.
const ReportSchema = "vpcgate.dev/chaos/v1alpha1"

// ReportFile is the report's name in the folder of a run.
const ReportFile = "report.json"

// About is what a run was asked for.
type About struct {
	Run  string `json:"run"`
	Lab  string `json:"lab"`
	Seed uint64 `json:"-"`
	// Command does it again.
	Command string    `json:"command"`
	Started time.Time `json:"started"`
}

// Report is what report.json holds.
type Report struct {
	Schema string `json:"schema"`
	About
	Summary
	// Result is the worst of what was found, and Reason in one line why it is not valid. Unknown is no pass.
	Result  chaos.Result   `json:"result"`
	Reason  string         `json:"reason,omitempty"`
	Seconds float64        `json:"seconds"`
	Rows    []chaos.Row    `json:"rows"`
	Budgets []Budget       `json:"budgets"`
	Found   []FoundInvalid `json:"found,omitempty"`
	// Soak is what the process held meanwhile.
	Soak soak.Soak `json:"soak"`
	// Traces are schedules to be drawn: the invalid ones, the unknown ones, and some valid ones.
	Traces []chaos.Trace `json:"traces,omitempty"`
}

// Budget is how long what a kind of faults did may show when it is over.
type Budget struct {
	Fault chaos.Kind `json:"fault"`
	// Documented is what the cloud promises, zero where it promises nothing; Here is what the run's lab was held to, or, of several labs,
	// the one of namespaces.
	Documented time.Duration `json:"documented"`
	Here       time.Duration `json:"here"`
	Source     string        `json:"source"`
}

// FoundInvalid is a schedule that showed violations.
type FoundInvalid struct {
	Number     uint64            `json:"number"`
	Schedule   string            `json:"schedule"`
	File       string            `json:"file"`
	Least      string            `json:"least,omitempty"`
	LeastFile  string            `json:"leastFile,omitempty"`
	Violations []chaos.Violation `json:"violations"`
}

// Lenient says how the budgets are those of labs that are slower; empty when they are not.
func (r Report) Lenient() string {
	times := config.KindChaos().Lenience
	switch {
	case r.Lab == string(lab.Kind):
		return fmt.Sprintf("Clusters are held to %d times what labs of namespaces are.", times)
	case strings.Contains(r.Lab, string(lab.Kind)):
		return fmt.Sprintf("The budgets shown are those of labs of namespaces; clusters are held to %d times as much.", times)
	default:
		return ""
	}
}

// budgets lists those of the kinds that came, as a lab was held to them.
func budgets(rows []chaos.Row, on string) []Budget {
	pace := config.DefaultChaos()
	if on == string(lab.Kind) {
		pace = config.KindChaos()
	}
	all := []Budget{}
	for _, r := range rows {
		if len(all) > 0 && all[len(all)-1].Fault == r.Kind {
			continue
		}
		b, known := config.BudgetOf(string(r.Kind))
		if !known {
			b.Source = "none: whatever fails after it is a violation"
		}
		all = append(all, Budget{Fault: r.Kind, Documented: b.Documented, Here: pace.Budget(string(r.Kind)), Source: b.Source})
	}
	return all
}

// Conclude is the result of a run and why it is not valid.
func Conclude(sum Summary, held soak.Soak, err error) (chaos.Result, string) {
	switch {
	case sum.Violations > 0:
		text := fmt.Sprintf("%d violations in %d of %d schedules", sum.Violations, sum.Invalid, sum.Schedules)
		if held.Verdict == soak.Leaks {
			text += "; the process leaks: " + held.Reason()
		}
		return chaos.Invalid, text
	case held.Verdict == soak.Leaks:
		return chaos.Invalid, "the process leaks: " + held.Reason()
	case err != nil:
		return chaos.Unknown, "it did not come to its end: " + err.Error()
	case sum.Schedules == 0:
		return chaos.Unknown, "nothing was judged"
	case sum.Unknown > 0:
		return chaos.Unknown, fmt.Sprintf("%d of %d schedules could not be judged, such as %s", sum.Unknown, sum.Schedules, sum.Reasons[0])
	default:
		return chaos.Valid, ""
	}
}

// Enter adds one schedule to a report of schedules that were gone through one by one.
func (r *Report) Enter(stage string, effects []chaos.Effect, t chaos.Trace, faults, excused, stalled int) {
	r.Schedules++
	r.Faults += faults
	r.Operations += t.Operations
	r.Violations += t.Marked
	r.Excused += excused
	r.Stalled += stalled
	r.Table.Add(stage, effects)
	r.Traces = append(r.Traces, t)
	switch t.Result {
	case chaos.Invalid:
		r.Invalid++
	case chaos.Unknown:
		r.Unknown++
		r.Reasons = append(r.Reasons, t.Reasons...)
	default:
	}
}

// Settle concludes a report of schedules that were gone through one by one.
func (r *Report) Settle() {
	r.Rows = r.Table.Rows()
	r.Budgets = budgets(r.Rows, r.Lab)
	r.Result, r.Reason = Conclude(r.Summary, r.Soak, nil)
}
