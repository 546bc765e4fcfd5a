package replay_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/replay"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// answered is a result of two phases that answers with a verdict in the second.
func answered(l lab.Name, v verdict.Verdict) record.Result {
	o := verdict.Observation{Flow: topology.Ping("pod-a", "ecs-25"), Verdict: v}
	return record.Result{
		Scenario: "SG-001", Mode: topology.Routed, Lab: l, Outcome: record.Success, Seconds: 0.5,
		Phases: []record.PhaseRecord{
			{Phase: record.Break, Change: "remove rule from-containers from security group sg-ecs"},
			{Phase: record.Symptom, Checks: []record.Check{{Role: "flow", Observation: o, OK: true}}},
			{Phase: record.Close},
		},
	}
}

func TestCompare(t *testing.T) {
	dropped := verdict.Dropped("vpc-demo", "sg/ecs-25/ingress/default-deny")
	was := answered(lab.Kind, dropped)
	open := answered(lab.Netns, dropped)
	open.Phases = open.Phases[:2]
	if c := replay.Compare(was, open); !c.Equal || len(c.Phases) != 2 {
		t.Errorf("a lab that stays open: %s", c.Text())
	}
	shorter, failed, edited, asks := answered(lab.Netns, dropped), answered(lab.Netns, dropped), answered(lab.Netns, dropped), answered(lab.Netns, dropped)
	shorter.Phases = shorter.Phases[:1]
	failed.Outcome, failed.Failed, failed.Class, failed.Reason = record.Failure, record.Symptom, record.Expectation, "symptom not seen"
	edited.Phases[0].Change = "remove rule from-nodes from security group sg-ecs"
	asks.Phases[1].Checks[0].Observation.Flow = topology.Ping("pod-b", "ecs-25")
	for name, is := range map[string]record.Result{
		"the rule":    answered(lab.Netns, verdict.Dropped("vpc-demo", "sg/node-1/egress/default-deny")),
		"the hop":     answered(lab.Netns, verdict.Dropped("vpc-demo2", "sg/ecs-25/ingress/default-deny")),
		"the verdict": answered(lab.Netns, verdict.Refused()),
		"no verdict":  answered(lab.Netns, verdict.Inconclusive("no counter moved")),
		"a phase":     shorter, "the end": failed, "the change": edited, "the flow": asks,
	} {
		if replay.Compare(was, is).Equal || replay.Compare(is, was).Equal {
			t.Errorf("%s differs and is found equal", name)
		}
	}
	unknown := answered(lab.Netns, verdict.Inconclusive("no counter moved"))
	if replay.Compare(unknown, unknown).Equal {
		t.Error("not knowing is no answer, and so none that is the same")
	}
	golden.Assert(t, "testdata/different.txt", replay.Compare(was, failed).Text()+replay.Compare(was, answered(lab.Netns, verdict.Refused())).Text())
}
