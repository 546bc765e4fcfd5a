package specs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/triage"
)

// diagnosed says how much of each fault is diagnosed on a lab: what costs nothing
// everywhere, what takes packets only as often as it tells something.
func diagnosed(l lab.Name) runner.Scope {
	switch l {
	case lab.Paper:
		return runner.EveryFlow
	case lab.Netns:
		return runner.MainFlow
	default:
		return runner.NoFlow
	}
}

// pairs diagnoses, on paper, every pair of faults of the scenarios that were run
// there. What was diagnosed wrongly is a trouble of the run.
func (s *session) pairs(ctx context.Context) ([]triage.PairScore, []record.Result) {
	var ran []scenario.Scenario
	for _, c := range s.suite.Catalogue {
		if slices.ContainsFunc(s.selected, func(x selection) bool { return x.scenario == c.ID && x.lab == lab.Paper }) {
			ran = append(ran, c)
		}
	}
	oracle := s.suite.Labs.Oracle
	report, err := examinePairs(ctx, s.suite.Labs.Paper(), oracle, ran)
	if wrong := report.Wrong(); err == nil && len(wrong) > 0 {
		err = fmt.Errorf("%d pairs of faults were misdiagnosed\n%w", len(wrong), errors.New(strings.Join(wrong, "\n")))
	}
	if err != nil {
		return report.PairScores(), []record.Result{record.Trouble("diagnosis of pairs", "", lab.Paper, err)}
	}
	return report.PairScores(), nil
}

func examinePairs(ctx context.Context, paper lab.Lab, oracle lab.Oracle, of []scenario.Scenario) (triage.Report, error) {
	faults, err := triage.Faults(of, oracle)
	if err != nil {
		return triage.Report{}, err
	}
	return triage.Examine(ctx, paper, oracle, nil, triage.Pairs(oracle, faults))
}
