package mutation_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/mutation"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// leastMutants is how many ways of being wrong the gate has to be tried with.
const leastMutants = 40

func TestCatalogue_is_well_formed(t *testing.T) {
	all := mutation.Catalogue()
	if len(all) < leastMutants {
		t.Errorf("there are only %d mutants", len(all))
	}
	seen := map[string]bool{}
	for _, m := range all {
		if m.ID == "" || seen[m.ID] || m.Says == "" || strings.HasSuffix(m.Says, ".") {
			t.Errorf("mutant %q says %q, and was seen before: %t", m.ID, m.Says, seen[m.ID])
		}
		seen[m.ID] = true
		for _, begins := range m.Try {
			if !tries(begins) {
				t.Errorf("mutant %s wants to try %q, which begins no scenario's id", m.ID, begins)
			}
		}
	}
	for _, id := range demanded {
		if !seen[id] {
			t.Errorf("there is no mutant %s", id)
		}
	}
}

// demanded are the mutants that must never be missing.
var demanded = []string{
	"sg-allows-all", "sg-wrong-direction", "masquerade-missing", "masquerade-too-much", "routed-pods-seen-as-nodes",
	"table-of-the-wrong-subnet", "local-route-not-preferred", "peering-transitive", "containment-asymmetric", "stale-conntrack",
	"blackhole-missing", "whitelist-ignored", "counter-off-by-one", "probe-always-yes", "probe-always-no", "expectation-flipped",
	"undo-skipped", "oracle-rule-inverted",
}

func tries(begins string) bool {
	for _, s := range scenarios.Catalogue() {
		if strings.HasPrefix(s.ID, begins) {
			return true
		}
	}
	return false
}

// The score that is kept with the source is of the mutants that there are; make
// mutation-accept makes a new one.
func TestCopy_is_of_the_catalogue(t *testing.T) {
	score, err := mutation.ReadScore(mutation.ScoreFile)
	if err != nil {
		t.Fatal(err)
	}
	known, scored := map[string]bool{}, map[string]bool{}
	for _, m := range mutation.Catalogue() {
		known[m.ID] = true
	}
	for _, r := range score.Mutants {
		scored[r.ID] = true
		switch {
		case !known[r.ID]:
			t.Errorf("the score has a mutant %s, and there is none", r.ID)
		case r.State == mutation.Killed && (r.Scenario == "" || r.Phase == ""):
			t.Errorf("%s was killed by %q in phase %q", r.ID, r.Scenario, r.Phase)
		case r.State == mutation.Killed && !tries(r.Scenario):
			t.Errorf("%s was killed by %s, which is no scenario any more", r.ID, r.Scenario)
		case r.State == mutation.Survived:
			t.Errorf("%s survives", r.ID)
		}
	}
	for id := range known {
		if !scored[id] {
			t.Errorf("mutant %s has no score", id)
		}
	}
	if score.Total != len(score.Mutants) || score.Killed+score.Survived+score.Void != score.Total {
		t.Errorf("the counts are %+v", score)
	}
}

// The README's line is that of the score that is kept.
func TestREADME_has_the_line_of_the_score(t *testing.T) {
	score, err := mutation.ReadScore(mutation.ScoreFile)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("..", "..", "README.md")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- mutation score: make mutation-accept -->\n", "\n<!-- end of mutation score -->"
	before, rest, ok := strings.Cut(string(text), begin)
	_, after, closed := strings.Cut(rest, end)
	if !ok || !closed {
		t.Fatalf("README.md lacks the markers %q and %q", begin, end)
	}
	golden.Assert(t, path, before+begin+score.Line()+end+after)
}

func TestScore_texts(t *testing.T) {
	score := mutation.Score{Total: 4, Killed: 2, Survived: 1, Void: 1, Mutants: []mutation.Result{
		{ID: "a", Layer: mutation.DataPlane, State: mutation.Killed, Scenario: "SG-001", Mode: "routed", Lab: "netns", Phase: "symptom", Class: "disagreement"},
		{ID: "b", Layer: mutation.Runner, State: mutation.Killed, Scenario: "SG-001", Mode: "routed", Lab: "paper", Phase: "undo", Tooth: "the remedy is not taken back"},
		{ID: "c", Layer: mutation.Oracle, State: mutation.Survived},
		{ID: "d", Layer: mutation.Judge, State: mutation.Void},
	}}
	if got := score.Survivors(); !slices.Equal(got, []string{"c"}) {
		t.Errorf("the survivors are %v", got)
	}
	golden.Assert(t, "testdata/table.txt", score.Line()+"\n\n"+score.Table())
	dir := t.TempDir()
	if err := score.Write(dir); err != nil {
		t.Fatal(err)
	}
	if again, err := mutation.ReadScore(filepath.Join(dir, mutation.ScoreFile)); err != nil || !slices.Equal(again.Mutants, score.Mutants) {
		t.Errorf("got %+v, %v", again, err)
	}
}
