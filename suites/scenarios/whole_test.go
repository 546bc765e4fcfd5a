package scenarios_test

import (
	"reflect"
	"testing"

	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// What a run's folder holds of a scenario is all of it: read again, it is the same
// value and has the same worlds, and writing it again gives the same text.
func TestCatalogue_isWrittenWhole(t *testing.T) {
	for _, want := range scenarios.Catalogue() {
		text, err := scenario.MarshalYAML(want)
		if err != nil {
			t.Error(err)
			continue
		}
		got, err := scenario.ParseWhole(text)
		if err != nil {
			t.Errorf("%v\n%s", err, text)
			continue
		}
		for _, m := range want.Modes() {
			same(t, want.ID+" world "+string(m), got.World(m), want.World(m))
			after, err := got.Worlds(m)
			if err != nil {
				t.Errorf("%s %s: %v", want.ID, m, err)
			}
			before, err := want.Worlds(m)
			if err != nil {
				t.Errorf("%s %s: %v", want.ID, m, err)
			}
			same(t, want.ID+" worlds "+string(m), after, before)
		}
		again, err := scenario.MarshalYAML(got)
		if err != nil || string(again) != string(text) {
			t.Errorf("%s: written again it is another text, %v", want.ID, err)
		}
		got.World, want.World = nil, nil
		same(t, want.ID, got, want)
	}
}

func same(t *testing.T, what string, got, want any) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got\n%+v\nwant\n%+v", what, got, want)
	}
}

// A world is the reader's own: who edits it does not edit the scenario.
func TestCatalogue_wholeGivesWorldsAway(t *testing.T) {
	text, err := scenario.MarshalYAML(scenarios.Catalogue()[0])
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.ParseWhole(text)
	if err != nil {
		t.Fatal(err)
	}
	w := s.World(topology.Routed)
	w.VPCs[0].Name = "edited"
	if s.World(topology.Routed).VPCs[0].Name == "edited" {
		t.Error("the scenario was edited")
	}
}
