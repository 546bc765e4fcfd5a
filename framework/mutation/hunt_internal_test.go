package mutation

import (
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// What the data plane's mutants render is different in some world: none is void. It
// takes no privilege to know.
func TestDataPlane_no_mutant_is_void(t *testing.T) {
	h := hunt{options: Options{Scenarios: scenarios.Catalogue()}}
	for _, m := range Catalogue() {
		if m.Layer != DataPlane {
			continue
		}
		if !slices.ContainsFunc(h.trials(m, "netns"), func(t trial) bool { return h.rendered(m, t) }) {
			t.Errorf("mutant %s renders every world as it should be", m.ID)
		}
	}
}

// Rendering falsely must not touch the world that it renders.
func TestDataPlane_mutants_leave_worlds_alone(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range scenarios.Catalogue() {
		w := s.World(s.Modes()[0])
		if seen[w.Name] {
			continue
		}
		seen[w.Name] = true
		before := topology.Sketch(w)
		for _, m := range Catalogue() {
			if m.Layer == DataPlane {
				m.renders(w)
			}
		}
		if after := topology.Sketch(w); after != before {
			t.Fatalf("the world of %s was edited", s.ID)
		}
	}
}

// On paper the states can be seen in milliseconds: a mutant that somebody notices,
// one that nobody can, and one that makes no difference.
func TestRun_tells_killed_from_survived_and_void(t *testing.T) {
	some := scenarios.Catalogue()[:2]
	harmless := func(_ topology.World, o *verdict.Observation) {
		// Paper and lab agree on an address that no scenario states.
		if o.Verdict.Positive() {
			o.Verdict.SeenAddress = o.Verdict.SeenAddress.Next()
		}
	}
	score, err := Run(t.Context(), Options{
		Scenarios: some, Timing: config.TeethTiming(), Workers: 2,
		Mutants: []Mutant{
			{ID: "noticed", Layer: Oracle, world: eachGroupRule(inverted)},
			{ID: "unnoticed", Layer: Oracle, predict: harmless},
			{ID: "hollow", Layer: Oracle, world: func(*topology.World) {}},
			{ID: "lenient", Layer: Runner, Phase: record.Undo, run: forgiving(failedAt(record.Undo))},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []State{Killed, Survived, Void, Killed}
	for i, r := range score.Mutants {
		if r.State != want[i] {
			t.Errorf("%s is %s", r.ID, r.State)
		}
	}
	if r := score.Mutants[0]; r.Scenario != "SG-001" || r.Phase != record.Baseline || r.Lab != "paper" || r.Reason == "" {
		t.Errorf("the first was noticed by %+v", r)
	}
	if r := score.Mutants[3]; r.Tooth == "" || r.Phase != record.Undo {
		t.Errorf("the last was noticed by %+v", r)
	}
	if score.Total != 4 || score.Killed != 2 || score.Survived != 1 || score.Void != 1 {
		t.Errorf("the score is %+v", score)
	}
}

// Whom a former score names is asked first.
func TestTrials_begin_with_who_noticed_before(t *testing.T) {
	h := hunt{options: Options{
		Scenarios: scenarios.Catalogue(),
		Before:    Score{Mutants: []Result{{ID: "x", Scenario: "PEER-014", Mode: topology.Routed}}},
	}}
	all := h.trials(Mutant{ID: "x", Try: []string{"ENG-005", "NODE-"}}, "paper")
	if all[0].String() != "PEER-014 [routed]" || all[1].scenario.ID != "ENG-005" || all[3].scenario.Family() != scenario.Node {
		t.Errorf("the order is %v, %v, %v, %v", all[0], all[1], all[2], all[3])
	}
}
