package chaos_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/draws"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func drawing() chaos.Drawing {
	d := chaos.Drawing{
		Oracle: paperlab.New(), Shortest: 200 * ms, Longest: 400 * ms,
		CanHost:   func(w topology.World) error { return lab.CanHost(lab.Netns, w) },
		CanHappen: func(topology.World, lab.Happening) error { return nil },
	}
	for _, m := range topology.Modes() {
		d.Stages = append(d.Stages, chaos.Stage{Name: "peered-cache/" + string(m), World: worlds.PeeredCache(m)})
	}
	return d
}

func stageOf(d chaos.Drawing, s chaos.Schedule) chaos.Stage {
	for _, stage := range d.Stages {
		if stage.Name == s.Stage {
			return stage
		}
	}
	return chaos.Stage{}
}

func TestDraw_same_number_same_schedule(t *testing.T) {
	d := drawing()
	for n := range uint64(5) {
		one, again := d.Draw(draws.Number(7, n)), d.Draw(draws.Number(7, n))
		if !reflect.DeepEqual(one, again) {
			t.Fatalf("schedule %d of seed 7 is drawn in two ways", n)
		}
		stage := stageOf(d, one)
		if err := one.Validate(stage); err != nil {
			t.Fatalf("schedule %d: %v", n, err)
		}
		plan, err := one.Plan(stage)
		if err != nil || len(plan[len(plan)-1].Active) != 0 || one.Faults() == 0 {
			t.Fatalf("schedule %d of %d faults ends with %v: %v", n, one.Faults(), plan[len(plan)-1].Active, err)
		}
	}
}

func TestFaults_have_names_changes_and_budgets(t *testing.T) {
	for _, s := range drawing().Stages {
		names := map[string]bool{}
		for _, f := range chaos.Faults(s.World) {
			if names[f.Name()] {
				t.Errorf("%s: %s twice", s.Name, f.Name())
			}
			names[f.Name()] = true
			if _, err := chaos.World(s.World, f); err != nil {
				t.Errorf("%s: %s: %v", s.Name, f.Name(), err)
			}
			if b, ok := config.BudgetOf(string(f.Kind)); !ok || b.Here <= 0 && !f.Kind.Unnoticed() || b.Source == "" {
				t.Errorf("%s: %s has no budget with a source", s.Name, f.Kind)
			}
		}
	}
}

func TestSchedule_YAML_there_and_back(t *testing.T) {
	s := drawing().Draw(3)
	text, err := chaos.MarshalYAML(s, "because")
	if err != nil {
		t.Fatal(err)
	}
	back, found, err := chaos.ParseYAML(text)
	if err != nil || !reflect.DeepEqual(s, back) || !reflect.DeepEqual(found, []string{"because"}) {
		t.Errorf("got %+v, %v, %v of\n%s", back, found, err, text)
	}
}

func TestParseYAML_refuses(t *testing.T) {
	const head = "apiVersion: vpcgate.dev/v1alpha1\nkind: ChaosSchedule\n"
	const flows = "stage: x\nwarm: 1s\nflows: [{from: a, to: b, protocol: icmp}]\n"
	for text, want := range map[string]string{
		"": "empty",
		head + flows + "steps: [{inject: [a b], hold: soon}]":        `"soon" is not a positive duration`,
		head + flows + "steps: [{inject: [a b], hold: -1s}]":         `"-1s" is not a positive duration`,
		head + flows + "steps: [{inject: [a b], hold: 1s, wait: 2}]": "field wait not found",
		head + flows: "it needs a stage",
	} {
		if _, _, err := chaos.ParseYAML([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}

func TestSchedule_Validate_reports_everything(t *testing.T) {
	d := drawing()
	s := chaos.Schedule{Stage: "elsewhere", Flows: []topology.Flow{topology.Ping("pod-a", "nobody")}, Steps: []chaos.Step{
		{Hold: time.Second}, {Inject: []string{"rule-revoked sg-none/none"}, Hold: time.Second},
	}}
	err := s.Validate(d.Stages[0])
	for _, want := range []string{`for stage "elsewhere"`, `"nobody"`, "step 0: it has to", `"rule-revoked sg-none/none": stage peered-cache/tunnel has no such fault`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestSchedule_Without(t *testing.T) {
	s := chaos.Schedule{Steps: []chaos.Step{
		{Inject: []string{"a", "b"}, Hold: time.Second}, {Heal: []string{"a"}, Hold: time.Second}, {Heal: []string{"b"}, Hold: time.Second},
	}}
	want := []chaos.Step{{Inject: []string{"b"}, Hold: time.Second}, {Heal: []string{"b"}, Hold: time.Second}}
	if got := s.Without("a"); !reflect.DeepEqual(got.Steps, want) || s.Faults() != 2 || got.Faults() != 1 {
		t.Errorf("got %+v", got.Steps)
	}
}
