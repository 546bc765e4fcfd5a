package compare_test

import (
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/compare"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// storm is a run of chaos in which two kinds of faults come and go three times, and are recovered from so late.
func storm(id string, recovers float64) record.Report {
	var results []record.Result
	for _, kind := range []string{"CHA-peering-deleted", "CHA-rule-revoked"} {
		r := record.Result{
			Scenario: kind, Family: scenario.Chaos, Tier: scenario.Core, Mode: topology.Routed, Lab: lab.Netns, Outcome: record.Success, Seconds: 7,
			Phases: []record.PhaseRecord{{Phase: record.Baseline, Seconds: 1}},
		}
		for i := range 3 {
			r.Phases = append(r.Phases,
				record.PhaseRecord{Phase: record.Break, Change: "inject " + kind, EffectSeconds: 0.01},
				record.PhaseRecord{Phase: record.Remedy, Change: "heal " + kind, EffectSeconds: recovers + 0.01*float64(i)})
		}
		results = append(results, r)
	}
	return record.Conclude(record.Run{ID: id, Labs: []lab.Name{lab.Netns}, Modes: topology.Modes()}, record.Environment{}, results)
}

func TestRuns_of_chaos(t *testing.T) {
	c, err := compare.Runs(storm("old", 0.05), storm("new", 0.4), compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Outcome != compare.Regression || len(c.Of(compare.Slower)) != 1 || len(c.Recoveries) != 4 {
		t.Errorf("%s: %+v %+v", c.Outcome, c.Findings, c.Recoveries)
	}
	const median, slow = "recovers: 60 ms/70 ms", "/70 ms of 3 → 410 ms/"
	if text := c.Text(); !strings.Contains(text, "CHA-peering-deleted [routed] [netns] "+median+slow) {
		t.Error(text)
	}
	const row = `| CHA-peering-deleted \[routed\] \[netns\] | recovers | 60 ms/70 ms` + `/70 ms of 3 | 410 ms/`
	if text := c.Markdown(); !strings.Contains(text, row) {
		t.Error(text)
	}
	const cells = `CHA-peering-deleted [routed] [netns]</th><td>recovers</td><td>60 ms/70 ms` + `/70 ms of 3</td><td>410 ms/`
	if text, err := c.HTML(); err != nil || !strings.Contains(string(text), cells) {
		t.Errorf("%s, %v", text, err)
	}
	if same, err := compare.Runs(storm("old", 0.05), storm("new", 0.06), compare.Options{}); err != nil || same.Outcome != compare.Same {
		t.Errorf("%s: %+v, %v", same.Outcome, same.Findings, err)
	}
}
