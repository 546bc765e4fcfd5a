package chaos_test

import (
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
)

// What comes back after its budget is named with its step, and counted there and in the table.
func TestJudge_counts_breaches(t *testing.T) {
	line := story("closed")
	h := traffic(line, web, other)
	forge(&h, 0, 2150*ms, silent)
	j := chaos.Judge(paper{}, h, line, terms())
	if len(j.Violations) != 1 || j.Violations[0].Invariant != chaos.Recovers || j.Effects[0].Breaches != 0 || j.Effects[1].Breaches != 1 {
		t.Fatalf("%v, effects %+v", j.Violations, j.Effects)
	}
	var table chaos.Table
	table.Add("a/routed", j.Effects)
	rows := table.Rows()
	if len(rows) != 2 || rows[1].Breaches != 1 || rows[1].Breached != 1 || !strings.Contains(table.String(), "1 of 1") {
		t.Errorf("%+v\n%s", rows, table.String())
	}
	if again := j.Unsteady(); again.Effects[1].Breaches != 0 || j.Effects[1].Breaches != 1 {
		t.Errorf("not seen again: %+v", again.Effects)
	}
}

// A lab with a grace may show the old world for a while, and no longer than the budget.
func TestJudge_takes_effect_within_the_budget(t *testing.T) {
	for _, c := range []struct {
		name  string
		until time.Duration
		want  chaos.Result
	}{
		{"within the budget", 1100 * ms, chaos.Valid},
		{"after the budget", 1150 * ms, chaos.Invalid},
	} {
		line := story("closed")
		h := traffic(line, web, other)
		for at := 1000 * ms; at <= c.until; at += 50 * ms {
			forge(&h, 0, at, answered)
		}
		graceful := terms()
		graceful.Grace = 300 * ms
		j := chaos.Judge(paper{}, h, line, graceful)
		if j.Result != c.want || c.want == chaos.Invalid && (j.Violations[0].Invariant != chaos.TakesEffect || j.Effects[0].Breaches == 0) {
			t.Errorf("%s: %s %v %v", c.name, j.Result, j.Violations, j.Reasons)
		}
		if e := j.Effects[0]; e.Old == nil || *e.Old <= 100*ms || *e.Old > 200*ms {
			t.Errorf("%s: the old world was met until %v", c.name, e.Old)
		}
	}
}

func TestTraced(t *testing.T) {
	line := story("closed")
	h := traffic(line, web, kept, other)
	forge(&h, 2, 500*ms, silent)
	s := chaos.Schedule{Stage: "a/routed", Flows: h.Flows, Steps: []chaos.Step{{Inject: []string{"rule-revoked x"}}, {Heal: []string{"rule-revoked x"}}}}
	j := chaos.Judge(paper{}, h, line, terms())
	r := chaos.Traced(7, s, h, line, j)
	if len(r.Bands) != 1 || r.Bands[0] != (chaos.Band{Fault: "rule-revoked x", From: 1000 * ms, To: 2010 * ms}) || len(r.Changes) != 2 {
		t.Errorf("bands %+v, changes %+v", r.Bands, r.Changes)
	}
	if len(r.Tracks) != 3 || len(r.Tracks[0].Stretches) != 3 || len(r.Tracks[2].Stretches) != 3 {
		t.Fatalf("tracks %+v", r.Tracks)
	}
	broken := r.Tracks[0].Stretches[1]
	if broken.Sort != chaos.SortSilent || broken.From != 1005*ms || broken.To != 1955*ms || broken.Count != 20 {
		t.Errorf("stretch %+v", broken)
	}
	if len(r.Marks) != 1 || r.Marks[0].Track != 2 || r.Marks[0].At != 505*ms || r.Marked != 1 || r.Result != chaos.Invalid {
		t.Errorf("marks %+v", r.Marks)
	}
	// What alternates for ever is cut off, and counted.
	for i := range 3000 {
		op := chaos.Operation{Flow: 0, Sent: time.Duration(i) * ms, Outcome: chaos.Answered}
		if i%2 == 0 {
			op.Outcome = chaos.Refused
		}
		h.Operations = append(h.Operations, op)
	}
	if r = chaos.Traced(7, s, h, line, j); len(r.Tracks[0].Stretches) != 200 || r.Tracks[0].More < 2500 {
		t.Errorf("%d stretches, %d more", len(r.Tracks[0].Stretches), r.Tracks[0].More)
	}
}

// A fault that comes right by itself is there for the time of its step.
func TestTraced_restart(t *testing.T) {
	line := story("closed")
	s := chaos.Schedule{Steps: []chaos.Step{{Inject: []string{"router-restarted vpc", "rule-revoked x"}}, {Heal: []string{"rule-revoked x"}}}}
	r := chaos.Traced(1, s, chaos.History{}, line, chaos.Judgement{})
	if len(r.Bands) != 2 || r.Bands[0].To != 1010*ms || r.Bands[1].To != 2010*ms {
		t.Errorf("bands %+v", r.Bands)
	}
}
