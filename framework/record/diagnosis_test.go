package record_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/triage"
)

func diagnosedAs(r record.Result, injected diagnose.Layer, named ...triage.Finding) record.Result {
	p := record.PhaseRecord{Phase: record.Cause}
	for _, f := range named {
		p.Diagnosed = append(p.Diagnosed, triage.Single{
			Fault: r.Scenario + " " + string(r.Mode), Flow: topology.Ping("pod-a", "ecs-25"), Injected: []diagnose.Layer{injected}, Finding: f,
		})
	}
	r.Phases = append(r.Phases, p)
	return r
}

// The report sums up lab by lab what was named for what, and the summary shows it
// with the first wrong turn.
func TestConclude_sumsUpDiagnoses(t *testing.T) {
	right, wrong := triage.Finding{Named: diagnose.Route}, triage.Finding{Named: diagnose.Engine, WrongTurn: "step 4, engine: it counted"}
	r := record.Conclude(run(), environment(), []record.Result{
		diagnosedAs(result("PEER-001", topology.Tunnel, lab.Paper, 1), diagnose.Route, right, right),
		diagnosedAs(result("PEER-001", topology.Tunnel, lab.Netns, 1), diagnose.Route, wrong, right),
		diagnosedAs(result("ENG-001", topology.Routed, lab.Netns, 1), diagnose.Engine, triage.Finding{Named: diagnose.Engine}),
	}).WithPairs(lab.Paper, []triage.PairScore{{Layers: [2]diagnose.Layer{diagnose.Engine, diagnose.Route}, Pairs: 3, PagesFirst: 2, PacketsFirst: 1, Then: 3}})
	if len(r.Diagnosis) != 2 || r.Diagnosis[0].Wrong != 0 || r.Diagnosis[1].Wrong != 1 || r.Diagnosis[1].Flows != 3 {
		t.Errorf("got %+v", r.Diagnosis)
	}
	golden.Assert(t, "testdata/summary-diagnosis.txt", record.Summary(r, seal.Manifest{}, "artifacts/"+r.Run.ID, record.Plain))
}
