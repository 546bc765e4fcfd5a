package compare_test

import (
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/compare"
	"github.com/vpcgate/vpcgate/framework/topology"
)

type effects = func(record.Result, record.PhaseRecord) bool

func all(record.Result, record.PhaseRecord) bool { return true }

// of selects the effects of scenarios whose ids begin so, in one phase, or in all
// phases but the baseline.
func of(id string, p record.Phase) effects {
	return func(r record.Result, is record.PhaseRecord) bool {
		return strings.HasPrefix(r.Scenario, id) && (is.Phase == p || p == "" && is.Phase != record.Baseline)
	}
}

// one is a single effect.
func one(r record.Result, p record.PhaseRecord) bool {
	return r.Scenario == "SG-003" && r.Mode == topology.Tunnel && p.Change == "add rule b"
}

func times(factor float64) func(float64) float64 {
	return func(s float64) float64 { return s * factor }
}

func plus(seconds float64) func(float64) float64 {
	return func(s float64) float64 { return s + seconds }
}

// What noise does is not slower, and what is over it is found, at the widest grain
// that shows it.
func TestRuns_slower(t *testing.T) {
	for _, c := range []struct {
		name  string
		which effects
		how   func(float64) float64
		want  string
	}{
		{"nothing is", all, plus(0), ""},
		{"one question lost its packet", one, plus(2.6), ""},
		{"one effect is later than any question waits", one, plus(3.1), "SG-003 [tunnel] [netns] at decoy after 10 ms → after 3.1 s"},
		{"all of a scenario's effects in a phase are", of("SG-003", record.Decoy), plus(1.2), "SG-003, every effect [netns] at decoy after 10 ms (the fastest of 4) → after 1.2 s"},
		{"all of a scenario's effects in a phase are, a little", of("SG-003", record.Decoy), plus(0.5), ""},
		{"a scenario is in all phases", of("SG-003", ""), plus(0.7), "SG-003, all phases [netns] after 10 ms (median of 10) → after 710 ms"},
		{"a scenario is in all phases, a little", of("SG-003", ""), plus(0.5), ""},
		{"a family is in one phase", of("SG-", record.Remedy), plus(0.15), "security-group, all scenarios [netns] at remedy after 10 ms (median of 12) → after 160 ms"},
		{"a family is in one phase, a little", of("SG-", record.Remedy), plus(0.04), ""},
		{"a machine is twice as busy", all, times(2.5), ""},
		{"a machine is idle again", all, times(0.3), ""},
		{
			"everything is slower than any machine was", all, times(20),
			"peering, all scenarios [netns] at baseline after 10 ms (median of 12) → after 200 ms",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := compare.Runs(whole("old"), later(whole("new"), c.which, c.how), compare.Options{})
			if err != nil {
				t.Fatal(err)
			}
			first := ""
			slow := got.Of(compare.Slower)
			if len(slow) > 0 {
				f := slow[0]
				first = f.Name
				if f.Phase != "" {
					first += " at " + string(f.Phase)
				}
				first += " " + f.Old + " → " + f.New
			}
			if first != c.want || (len(slow) > 0) != (got.Outcome == compare.Regression) {
				t.Errorf("%s: got %q, want %q", got.Outcome, first, c.want)
			}
			if c.want != "" && len(slow) != 1 && c.name != "everything is slower than any machine was" {
				t.Errorf("said %d times: %+v", len(slow), slow)
			}
		})
	}
}

// A lab that is slower as a whole is told once, as environment.
func TestRuns_slower_as_a_whole_is_environment(t *testing.T) {
	got, err := compare.Runs(whole("old"), later(whole("new"), all, times(2.5)), compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Environment) != 1 || got.Environment[0].What != "speed of netns" || got.Environment[0].New != "2.50 times as late (median of 24 baselines)" {
		t.Errorf("environment: %+v", got.Environment)
	}
	// A family that is slower still is found all the same.
	busy := later(later(whole("new"), all, times(2.5)), of("SG-", record.Undo), plus(0))
	got, err = compare.Runs(whole("old"), later(busy, of("SG-", record.Remedy), plus(0.15)), compare.Options{})
	if err != nil || len(got.Of(compare.Slower)) != 1 {
		t.Errorf("%+v, %v", got.Findings, err)
	}
}

// A run of one scenario says nothing about the machine, so that nothing is excused.
func TestRuns_slower_of_few(t *testing.T) {
	few := func(id string) record.Report {
		return report(id, passed("SG-001", topology.Tunnel, lab.Netns), passed("SG-001", topology.Routed, lab.Netns))
	}
	got, err := compare.Runs(few("old"), later(few("new"), all, plus(0.7)), compare.Options{})
	if err != nil || len(got.Of(compare.Slower)) == 0 || got.Timing[0].Drift != 0 || got.Timing[0].Believed != 1 {
		t.Errorf("%+v, %+v, %v", got.Findings, got.Timing, err)
	}
}

// What was as late in one of several old runs is not slower.
func TestRuns_slower_than_each_baseline(t *testing.T) {
	slow := later(whole("new"), one, plus(3.2))
	for _, c := range []struct {
		name      string
		baselines []record.Report
		want      int
	}{
		{"one old run", nil, 1},
		{"others were as fast", []record.Report{whole("b"), whole("c")}, 1},
		{"another was as slow", []record.Report{whole("b"), later(whole("c"), one, plus(2))}, 0},
	} {
		got, err := compare.Runs(whole("old"), slow, compare.Options{Baselines: c.baselines})
		if err != nil || len(got.Of(compare.Slower)) != c.want {
			t.Errorf("%s: %+v, %v", c.name, got.Findings, err)
		}
	}
}

// What paper takes is the machine's time.
func TestRuns_slower_is_not_asked_of_paper(t *testing.T) {
	old := report("old", passed("SG-001", topology.Tunnel, lab.Paper))
	run := report("new", passed("SG-001", topology.Tunnel, lab.Paper))
	got, err := compare.Runs(old, later(run, all, plus(9)), compare.Options{})
	if err != nil || got.Outcome != compare.Same || len(got.Timing) != 0 {
		t.Errorf("%s, %+v, %v", got.Outcome, got.Timing, err)
	}
}
