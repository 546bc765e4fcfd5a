package runner_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// layered is small with a second layer, the way back, behind the first.
func layered() scenario.Scenario {
	s := small()
	cluster := s.World(topology.Routed).Clusters[0]
	back := topology.Route{Destination: cluster.Nodes[0].Block, Instance: "node-1", Managed: true}
	s.Break = scenario.Both[change.Change](change.All(s.Break.Routed, change.WithdrawRoute{Table: "rtb", Destination: back.Destination}))
	s.Stages = []scenario.Stage{{
		Fix:  scenario.Both(admit("sg-n", "stage")),
		Then: scenario.Both(verdict.ReplyLost("ecs-n", "vpc", verdict.Blackhole("rtb"))),
	}}
	s.Remedy = scenario.Both[change.Change](change.AddRoute{Table: "rtb", Route: back})
	return s
}

func TestRun_walks_the_stages_before_the_remedy(t *testing.T) {
	got := newRunner().Run(t.Context(), layered(), topology.Routed, newFake())
	if got.Outcome != record.Success {
		t.Fatalf("got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
	i := slices.IndexFunc(got.Phases, func(p record.PhaseRecord) bool { return p.Phase == record.Stage })
	if i < 0 || got.Phases[i+1].Phase != record.Remedy || got.Phases[i].Change == "" || len(got.Phases[i].Checks) != 2 {
		t.Errorf("the phases are %+v", got.Phases)
	}
}

func TestRun_fails_in_a_stage_and_says_why(t *testing.T) {
	for _, c := range []failing{
		{"a stage after which nothing new reports", func(s *scenario.Scenario, _ *fake) {
			s.Stages[0].Fix = scenario.Both(admit("sg-k", "stage"))
		}, record.Stage, "the next layer does not report: pod-a → ecs-n tcp/80: want reply lost"},
		{"a stage that changes nothing", func(s *scenario.Scenario, _ *fake) {
			s.Stages[0].Fix = scenario.Both(change.Change(change.All()))
		}, record.Stage, "change error: "},
		{"a stage that hits a control", func(s *scenario.Scenario, _ *fake) {
			s.Stages[0].Fix = scenario.Both(change.Change(change.All(s.Stages[0].Fix.Routed, change.RevokeRule{Group: "sg-k", Rule: "in"})))
		}, record.Stage, "collateral damage: a control moved"},
		{"a stage without evidence", func(_ *scenario.Scenario, f *fake) {
			f.bend = func(_ int, o *verdict.Observation) error {
				if o.Verdict.Kind == verdict.KindReplyLost {
					o.Evidence.Rules = nil
				}
				return nil
			}
		}, record.Stage, "right verdict, wrong cause: pod-a → ecs-n tcp/80: the counter of rt/rtb/blackhole at vpc did not move"},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, f := layered(), newFake()
			c.bend(&s, f)
			got := newRunner().Run(t.Context(), s, topology.Routed, f)
			if got.Outcome != record.Failure || got.Failed != c.phase || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("got %s in %q: %s\nwant a failure in %q: %s", got.Outcome, got.Failed, got.Reason, c.phase, c.reason)
			}
		})
	}
}

// A mode without a fix for a stage does without the stage.
func TestRun_leaves_out_stages_without_a_fix(t *testing.T) {
	s := small()
	s.Stages = []scenario.Stage{{Fix: scenario.PerMode[change.Change]{Tunnel: admit("sg-n", "stage")}}}
	got := newRunner().Run(t.Context(), s, topology.Routed, newFake())
	if got.Outcome != record.Success {
		t.Errorf("got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
	if whole := s.WholeRemedy(topology.Routed); whole.String() != s.Remedy.Routed.String() {
		t.Errorf("the whole remedy is %q", whole)
	}
}
