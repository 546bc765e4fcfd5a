package teeth_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/teeth"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func inAHurry() runner.Runner {
	return runner.Runner{Oracle: paperlab.New(), Timing: config.TeethTiming()}
}

// named finds the teeth whose names begin so.
func named(all []teeth.Tooth, begins string) []teeth.Tooth {
	return slices.DeleteFunc(slices.Clone(all), func(t teeth.Tooth) bool { return !strings.HasPrefix(t.Name, begins) })
}

// Every kind of tooth is made of a scenario that has something of each kind.
func TestOf_makes_every_kind(t *testing.T) {
	s := scenarios.Catalogue()[0]
	all := teeth.Of(s, topology.Routed)
	for _, begins := range []string{
		"the fault changes nothing", "the fault has no effect", "the remedy changes nothing", "the remedy has no effect",
		"decoy 1 is taken for the remedy", "a decoy cures", "the client's agent is dead", "the client's agent claims an answer",
		"the client's agent hides the answer", "the server is dead", "no counter is read", "another rule's counter",
		"the remedy is not taken back", "something is left behind", "paper predicts another verdict", "paper predicts another rule",
		s.Flow.String() + " answers otherwise in phase undo", s.Flow.String() + " names another rule in phase symptom",
		s.Flow.String() + " answers rightly once in phase remedy", s.Controls[0].Flow.String() + " answers otherwise in phase decoy",
		s.Also[0].Flow.String() + " answers otherwise in phase baseline",
	} {
		if len(named(all, begins)) == 0 {
			t.Errorf("no tooth begins with %q", begins)
		}
	}
	names := map[string]bool{}
	for _, x := range all {
		if names[x.Name] {
			t.Errorf("two teeth are called %q", x.Name)
		}
		names[x.Name] = true
	}
}

// A tooth that does not bite says so: here the scenario has nothing that the fault
// moves but what is expected all the same.
func TestShow_tells_what_was_not_found_out(t *testing.T) {
	s := scenarios.Catalogue()[0]
	blunt := named(teeth.Of(s, topology.Routed), "the fault has no effect")[0]
	if _, err := blunt.Show(t.Context(), inAHurry(), paperlab.New(), teeth.RunOnce); err != nil {
		t.Fatal(err)
	}
	blunt.Must.Phase = "remedy"
	_, err := blunt.Show(t.Context(), inAHurry(), paperlab.New(), teeth.RunOnce)
	if err == nil || !strings.Contains(err.Error(), "it failed in phase symptom as expectation and must fail in phase remedy") {
		t.Errorf("got %v", err)
	}
	s.Remedy = scenario.Both[change.Change](s.WholeRemedy(topology.Routed))
	s.Decoys = scenario.PerMode[[]change.Change]{Routed: []change.Change{s.WholeRemedy(topology.Routed)}}
	cures := named(teeth.Of(s, topology.Routed), "decoy 1 is taken for the remedy")[0]
	_, err = cures.Show(t.Context(), inAHurry(), paperlab.New(), teeth.RunOnce)
	if err == nil || !strings.Contains(err.Error(), "it is success and must fail in phase remedy") {
		t.Errorf("got %v", err)
	}
}

// Turns go round: after enough of them each tooth was shown, and none is shown
// twice before.
func TestTurn_goes_round(t *testing.T) {
	all := teeth.Wired(teeth.Of(scenarios.Catalogue()[0], topology.Routed))
	const some = 2
	shown := map[string]int{}
	for turn := range (len(all) + some - 1) / some {
		picked := teeth.Turn(all, turn, some)
		if len(picked) != some {
			t.Fatalf("turn %d shows %d", turn, len(picked))
		}
		for _, x := range picked {
			shown[x.Name]++
		}
	}
	for _, x := range all {
		if n := shown[x.Name]; n == 0 || n > 1+len(all)%some {
			t.Errorf("%s was shown %d times", x.Name, n)
		}
	}
	if got := teeth.Turn(all, 1, len(all)+1); len(got) != len(all) {
		t.Errorf("more than all are %d", len(got))
	}
	if got := teeth.Edited(all); len(got) == 0 || len(named(got, "the server is dead")) > 0 || len(named(got, "the remedy is not taken back")) > 0 {
		t.Errorf("the edited ones are %d", len(got))
	}
}
