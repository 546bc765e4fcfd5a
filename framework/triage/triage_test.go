package triage_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/triage"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

var web = topology.OverTCP("pod-a", "ecs-25", worlds.WebPort)

// breaking is a scenario with nothing but a fault and its remedy.
func breaking(id string, fault, remedy change.Change) scenario.Scenario {
	return scenario.Scenario{
		ID: id, World: worlds.OneVPC, Flow: web, OnlyIn: topology.Routed,
		Break: scenario.Both(fault), Remedy: scenario.Both(remedy),
	}
}

var (
	closed  = breaking("SG-901", change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"}, change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("again", worlds.ContainerCIDR)})
	bridged = breaking("ENG-901", change.InstallEngine{Host: "ecs-25", Engine: topology.Engine{BridgeIP: worlds.ContainerBridge}}, change.RemoveEngine{Host: "ecs-25"})
	halted  = breaking("NODE-901", change.StopForwarding{Node: "node-1"}, change.StartForwarding{Node: "node-1"})
)

// deaf is a lab in which no rule counts.
type deaf struct{ *paperlab.Lab }

func (d deaf) Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error) {
	o, err := d.Lab.Ask(ctx, f)
	o.Evidence.Rules = nil
	return o, err
}

func examined(t *testing.T, catalogue ...scenario.Scenario) (triage.Report, []triage.Pair) {
	t.Helper()
	oracle := paperlab.New()
	faults, err := triage.Faults(catalogue, oracle)
	if err != nil {
		t.Fatal(err)
	}
	pairs := triage.Pairs(oracle, faults)
	r, err := triage.Examine(t.Context(), paperlab.New(), oracle, faults, pairs)
	if err != nil {
		t.Fatal(err)
	}
	return r, pairs
}

func TestExamine_pairsInThePagesOrder(t *testing.T) {
	r, pairs := examined(t, bridged, closed)
	if len(r.Singles) != 2 || len(pairs) != 1 || len(r.Wrong()) > 0 {
		t.Fatalf("got %d singles, %d pairs, wrong %v", len(r.Singles), len(pairs), r.Wrong())
	}
	d := r.Doubles[0]
	if d.Before.Named != diagnose.SecurityGroup || d.After.Named != diagnose.Engine || d.Met != triage.MetFirst {
		t.Errorf("got %+v", d)
	}
	if want := "add rule again"; !strings.Contains(d.CuredBy, want) {
		t.Errorf("cured by %q, want %q", d.CuredBy, want)
	}
}

// Nothing behind a node that forwards nothing can record a packet: by evidence the
// node comes first, whatever the page's order.
func TestExamine_pairsByThePacketsWay(t *testing.T) {
	r, _ := examined(t, closed, halted)
	if len(r.Doubles) != 1 || len(r.Wrong()) > 0 {
		t.Fatalf("got %+v", r)
	}
	if d := r.Doubles[0]; d.Before.Named != diagnose.Node || d.After.Named != diagnose.SecurityGroup || d.Met != triage.MetSecond {
		t.Errorf("got %+v", d)
	}
}

func TestReport_showsWhatIsWrong(t *testing.T) {
	oracle := paperlab.New()
	faults, err := triage.Faults([]scenario.Scenario{closed, halted}, oracle)
	if err != nil {
		t.Fatal(err)
	}
	r, err := triage.Examine(t.Context(), deaf{paperlab.New()}, oracle, faults, nil)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(r.Wrong()); n != 2 {
		t.Errorf("%d diagnoses are wrong without counters, want 2", n)
	}
	scores := r.Scores()
	if len(scores) != 2 || scores[0].Recall() != 0 || scores[0].Precision() != 1 || scores[0].Confused[""] != 1 {
		t.Errorf("got %+v", scores)
	}
	for _, want := range []string{"2 wrong", "nothing 1", "SG-901 routed", "no layer recorded anything"} {
		if !strings.Contains(r.Table(), want) {
			t.Errorf("the table does not say %q:\n%s", want, r.Table())
		}
	}
}

// A confusion counts against both layers: the one not named and the one named.
func TestScores_ofAConfusion(t *testing.T) {
	single := func(injected, named diagnose.Layer, turn string) triage.Single {
		return triage.Single{Injected: []diagnose.Layer{injected}, Finding: triage.Finding{Named: named, WrongTurn: turn}}
	}
	r := triage.Report{Singles: []triage.Single{
		single(diagnose.Route, diagnose.Route, ""), single(diagnose.Route, diagnose.Node, "step 3"), single(diagnose.Node, diagnose.Node, ""),
	}}
	scores := r.Scores()
	if len(scores) != 2 || scores[0].Layer != diagnose.Route || scores[1].Layer != diagnose.Node {
		t.Fatalf("got %+v", scores)
	}
	if scores[0].Recall() != 0.5 || scores[0].Precision() != 1 || scores[1].Recall() != 1 || scores[1].Precision() != 0.5 {
		t.Errorf("got %+v", scores)
	}
	if !strings.HasSuffix(scores[0].FirstWrongTurn, "step 3") {
		t.Errorf("first wrong turn %q", scores[0].FirstWrongTurn)
	}
}

// strange is a change that no layer is known for.
type strange struct{ change.RevokeRule }

func TestFaults_needALayer(t *testing.T) {
	fault := strange{change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"}}
	_, err := triage.Faults([]scenario.Scenario{breaking("SG-902", fault, nil)}, paperlab.New())
	if err == nil || !strings.Contains(err.Error(), "SG-902") || !strings.Contains(err.Error(), "triage.Layers") {
		t.Errorf("got %v", err)
	}
	nothing := breaking("SG-903", change.RevokeRule{Group: "no-such-group"}, nil)
	if _, err := triage.Faults([]scenario.Scenario{nothing}, paperlab.New()); err == nil {
		t.Error("a break that cannot be applied is no error")
	}
}

func TestExamine_failsWithTheLab(t *testing.T) {
	oracle, gone := paperlab.New(), errors.New("the engine is gone")
	faults, err := triage.Faults([]scenario.Scenario{closed}, oracle)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := triage.Examine(t.Context(), broken{paperlab.New(), gone}, oracle, faults, nil); !errors.Is(err, gone) {
		t.Errorf("got %v", err)
	}
}

type broken struct {
	*paperlab.Lab

	err error
}

func (b broken) Ask(context.Context, topology.Flow) (verdict.Observation, error) {
	return verdict.Observation{}, b.err
}

// Where a fault may show in several layers, the one that its cure is in is meant.
func TestFaults_areNarrowedByTheirCure(t *testing.T) {
	moved := breaking("SG-904", change.ReplaceContainers{}, nil)
	if got := triage.Layers(moved.Break.Routed, topology.World{}); len(got) < 2 {
		t.Errorf("new container addresses show in %v only", got)
	}
	faults, err := triage.Faults([]scenario.Scenario{breaking("SG-905",
		change.All(closed.Break.Routed, change.StopListening{Endpoint: "ecs-25", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.WebPort}}),
		closed.Remedy.Routed)}, paperlab.New())
	if err != nil || len(faults) != 1 || !slices.Equal(faults[0].Layers, []diagnose.Layer{diagnose.SecurityGroup}) {
		t.Errorf("got %+v and %v", faults, err)
	}
}

func TestSample_takesSomeOfEachKind(t *testing.T) {
	_, pairs := examined(t, closed, bridged, halted)
	if len(pairs) != 3 {
		t.Fatalf("%d pairs, want 3", len(pairs))
	}
	if got := triage.Sample(append(pairs, pairs...), 1); len(got) != 3 {
		t.Errorf("a sample of one each has %d pairs, want 3", len(got))
	}
}
