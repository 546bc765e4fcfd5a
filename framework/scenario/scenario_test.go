package scenario_test

import (
	"slices"
	"testing"

	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func TestPerMode_In(t *testing.T) {
	p := scenario.PerMode[int]{Tunnel: 1, Routed: 2}
	if p.In(topology.Tunnel) != 1 || p.In(topology.Routed) != 2 {
		t.Errorf("got %d and %d", p.In(topology.Tunnel), p.In(topology.Routed))
	}
	if both := scenario.Both(3); both.In(topology.Tunnel) != 3 || both.In(topology.Routed) != 3 {
		t.Errorf("both are %+v", both)
	}
}

// The main flow comes first, and the healthy world answers like the cured one
// unless the scenario says otherwise.
func TestExpectations(t *testing.T) {
	ill, well, other := verdict.Refused(), verdict.ReachedAs("pod-a"), verdict.ReachedAs("node-1")
	s := scenario.Scenario{
		Flow: topology.Ping("a", "b"), Symptom: scenario.Both(ill),
		Cured: scenario.PerMode[verdict.Verdict]{Tunnel: other, Routed: well},
		Also: []scenario.Case{
			{Flow: topology.Ping("c", "d"), Healthy: scenario.Both(other), Symptom: scenario.Both(ill), Cured: scenario.Both(well)},
		},
	}
	want := map[topology.Mode][]scenario.Expect{
		topology.Tunnel: {{s.Flow, other, ill, other}, {s.Also[0].Flow, other, ill, well}},
		topology.Routed: {{s.Flow, well, ill, well}, {s.Also[0].Flow, other, ill, well}},
	}
	for m, expected := range want {
		if got := s.Expectations(m); !slices.Equal(got, expected) {
			t.Errorf("%s: got %v, want %v", m, got, expected)
		}
	}
}

func TestFamily(t *testing.T) {
	for id, want := range map[string]scenario.Family{
		"SG-001": scenario.SecurityGroup, "PEER-028": scenario.Peering, "SVC-001": scenario.Service,
		"ENG-001": scenario.Engine, "PLAN-001": scenario.Planning, "NODE-001": scenario.Node,
		"HYB-001": scenario.Hybrid, "TRI-001": scenario.Triage,
		"SGX-001": "", "sg-001": "", "": "", "-001": "",
	} {
		if got := (scenario.Scenario{ID: id}).Family(); got != want {
			t.Errorf("%q is of family %q, want %q", id, got, want)
		}
	}
}
