package chaos_test

import (
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestJudge_lost_production(t *testing.T) {
	line := story("closed")
	h := traffic(line, web, other)
	h.Productions = []chaos.Production{{Flow: cache, Begun: true, Tally: managed.Tally{Attempted: 3, Acknowledged: 3, Found: 2, Missing: 1}}}
	j := chaos.Judge(paper{}, h, line, terms())
	if j.Result != chaos.Invalid || j.Violations[0].Invariant != chaos.Acknowledged {
		t.Errorf("%s: %v", j.Result, j.Violations)
	}
}

// Neither who cannot begin to write nor who cannot read back has an excuse; both are silences.
func TestJudge_production_that_fails(t *testing.T) {
	for want, p := range map[chaos.Invariant]chaos.Production{
		chaos.BlastRadius: {Flow: cache, Failed: "no answer"},
		chaos.Recovers:    {Flow: cache, Begun: true, Failed: "no answer", Tally: managed.Tally{Attempted: 3, Acknowledged: 3}},
	} {
		line := story("closed")
		h := traffic(line, web, other)
		h.Productions = []chaos.Production{p}
		j := chaos.Judge(paper{}, h, line, terms())
		if len(j.Violations) != 1 || j.Violations[0].Invariant != want || !j.Silences() || j.Written.Clients != 1 || j.Written.Tally != p.Tally {
			t.Errorf("%s: %v, %s", j.Result, j.Violations, j.Written)
		}
	}
}

// A broker may hold messages for a connection that was cut, for a while, and at no other time.
func TestJudge_broker_that_holds(t *testing.T) {
	broker := topology.OverAMQP("pod", "server")
	for _, c := range []struct {
		name string
		line chaos.Timeline
		at   time.Duration
		want chaos.Result
	}{
		{"before", story("closed"), 500 * ms, chaos.Invalid},
		{"after a cut", story("closed"), 2300 * ms, chaos.Valid},
		{"long after", story("closed"), 2700 * ms, chaos.Invalid},
		{"before packets are lost", happened(chaos.PacketsLost), 500 * ms, chaos.Invalid},
		{"while packets are lost", happened(chaos.PacketsLost), 1500 * ms, chaos.Valid},
		{"after packets were lost", happened(chaos.PacketsLost), 2300 * ms, chaos.Valid},
		{"long after packets were lost", happened(chaos.PacketsLost), 2700 * ms, chaos.Invalid},
	} {
		line := c.line
		h := traffic(line, broker, web, other)
		forge(&h, 0, c.at, func(op chaos.Operation) chaos.Operation {
			op = silent(op)
			op.Outcome = chaos.Denied
			return op
		})
		limited := terms()
		limited.Held = 500 * ms
		if j := chaos.Judge(paper{}, h, line, limited); j.Result != c.want {
			t.Errorf("%s: %s, want %s: %v %v", c.name, j.Result, c.want, j.Violations, j.Reasons)
		}
	}
}
