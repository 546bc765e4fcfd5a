package chaos_test

import (
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Pods are told a name's address; without a DNS their own node refuses their questions, aloud.
func TestJudge_names(t *testing.T) {
	w := worlds.NamedVPC(topology.Tunnel)
	named, _ := w.Endpoint("app-server")
	h := lab.Happening{Kind: lab.DNSGone, On: w.Clusters[0].Name}
	line := story("open")
	for i := range line.Moments {
		line.Moments[i].World = w
		if i > 0 {
			line.Moments[i].Step, line.Moments[i].Kinds, line.Moments[i].Proofs = h.String(), []chaos.Kind{chaos.DNSGone}, []string{"seen"}
		}
	}
	line.Moments[1].Happenings = []lab.Happening{h}
	told := func(op chaos.Operation) chaos.Operation {
		op.Outcome, op.Server, op.Ended = chaos.Answered, named.Address.String(), op.Sent+2*ms
		return op
	}
	is := func(o chaos.Outcome, code string) func(chaos.Operation) chaos.Operation {
		return func(op chaos.Operation) chaos.Operation {
			op.Outcome, op.Code, op.Server = o, code, ""
			return op
		}
	}
	elsewhere := func(op chaos.Operation) chaos.Operation {
		op = told(op)
		op.Server = "192.168.10.99"
		return op
	}
	genuine := func() chaos.History {
		history := chaos.History{Flows: []topology.Flow{topology.Resolve("pod-a", "app-server"), topology.Resolve("pod-b", "app-server")}}
		for flow := range history.Flows {
			for at := 5 * ms; at < line.End-50*ms; at += 50 * ms {
				op := told(chaos.Operation{Number: uint64(at / (50 * ms)), Flow: flow, Sent: at})
				if at >= line.Moments[1].Began && at < line.Moments[2].Began {
					op = is(chaos.Refused, "")(op)
				}
				history.Operations = append(history.Operations, op)
			}
		}
		return history
	}
	good := genuine()
	if j := chaos.Judge(paperlab.New(), good, line, terms()); j.Result != chaos.Valid || j.Effects[0].Shown != 2 || j.Effects[1].Recover == nil {
		t.Fatalf("%s: %v %v %+v", j.Result, j.Violations, j.Reasons, j.Effects)
	}
	for name, c := range map[string]struct {
		at   time.Duration
		as   func(chaos.Operation) chaos.Operation
		want chaos.Invariant
	}{
		"who is gone answers":                        {1500 * ms, told, chaos.FailClosed},
		"who is gone is silent":                      {1500 * ms, is(chaos.Silent, ""), chaos.Manner},
		"who is gone knows no such name":             {1500 * ms, is(chaos.Denied, verdict.NoSuchName), chaos.Manner},
		"the name is another's":                      {2500 * ms, elsewhere, chaos.Delivered},
		"the server fails when it is back":           {2500 * ms, is(chaos.Denied, ""), chaos.Recovers},
		"the name is unknown in between":             {500 * ms, is(chaos.Denied, verdict.NoSuchName), chaos.BlastRadius},
		"the server is silent when nothing is wrong": {500 * ms, is(chaos.Silent, ""), chaos.BlastRadius},
	} {
		bad := genuine()
		forge(&bad, 1, c.at, c.as)
		if j := chaos.Judge(paperlab.New(), bad, line, terms()); !chaos.Shows(j, c.want) {
			t.Errorf("%s: %s: %v", name, j.Result, j.Violations)
		}
	}
}
