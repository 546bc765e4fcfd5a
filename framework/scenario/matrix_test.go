package scenario_test

import (
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func TestFlows(t *testing.T) {
	got := scenario.Flows([]string{"a", "b"}, []string{"x"}, topology.Ping, scenario.OverTCP(80), scenario.OverUDP(514))
	want := []topology.Flow{
		topology.Ping("a", "x"), topology.OverTCP("a", "x", 80), topology.OverUDP("a", "x", 514),
		topology.Ping("b", "x"), topology.OverTCP("b", "x", 80), topology.OverUDP("b", "x", 514),
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	symptom, cured := scenario.Both(verdict.Refused()), scenario.Both(verdict.ReachedAs("a"))
	for i, c := range scenario.Cases(got, symptom, cured) {
		if want := (scenario.Case{Flow: got[i], Symptom: symptom, Cured: cured}); c != want {
			t.Errorf("got the case %v, want %v", c, want)
		}
	}
	for i, c := range scenario.Controls(got, cured, "it lives") {
		if want := (scenario.Control{Flow: got[i], Verdict: cured, Why: "it lives"}); c != want {
			t.Errorf("got the control %v, want %v", c, want)
		}
	}
}
