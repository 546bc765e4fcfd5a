package storm_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/stages"
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

const hold = 600 * time.Millisecond

func open(ctx context.Context) (storm.Lab, error) {
	return netnslab.Open(ctx, netnslab.Options{Run: "storm", Timing: config.DefaultTiming()})
}

func stage(m topology.Mode) chaos.Stage {
	return chaos.Stage{Name: "peered-cache/" + string(m), World: worlds.PeeredCache(m)}
}

// short is a schedule of three faults, of which the last concerns a flow that is forbidden all the time.
func short(s chaos.Stage) chaos.Schedule {
	step := func(inject, heal string) chaos.Step {
		x := chaos.Step{Hold: hold}
		if inject != "" {
			x.Inject = []string{inject}
		}
		if heal != "" {
			x.Heal = []string{heal}
		}
		return x
	}
	const route, node, list = "route-withdrawn rtb-demo2/192.168.0.0/16", "forwarding-off node-1", "peering-deleted peering-demo"
	return chaos.Schedule{
		Stage: s.Name, Warm: hold,
		Flows: []topology.Flow{
			topology.OverTCP("node-1", "ecs-p", worlds.WebPort), topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
			topology.Established("node-1", "ecs-p", worlds.WebPort), topology.Ping("node-2", "ecs-25"), topology.Ping("ecs-p2", "node-1"),
			topology.OverRedis("node-2", "cache"), topology.OverTCP("ecs-25", "ecs-p2", worlds.WebPort),
		},
		Steps: []chaos.Step{step(route, ""), step("", route), step(node, ""), step("", node), step(list, ""), step("", list)},
	}
}

func options(t *testing.T, o storm.Opener) storm.Options {
	t.Helper()
	pace := config.DefaultChaos()
	s := stage(topology.Routed)
	return storm.Options{
		Labs: 1, Open: o, Oracle: paperlab.New(), Pace: pace, Again: 3, Small: 6, Every: time.Minute, Seed: 1,
		Drawing: chaos.Drawing{
			Stages: []chaos.Stage{s}, Oracle: paperlab.New(), Shortest: pace.Enough(), Longest: pace.Enough() + pace.Spread,
			CanHost: func(w topology.World) error { return lab.CanHost(lab.Netns, w) },
		},
		Schedules: []chaos.Schedule{short(s)},
		Tell:      func(line string) { t.Log(line) },
	}
}

func TestRun_genuine_lab(t *testing.T) {
	o := options(t, open)
	folder := t.TempDir()
	w, err := storm.NewWriter(folder, storm.About{Seed: o.Seed}, 0)
	if err != nil {
		t.Fatal(err)
	}
	o.Judged, o.Look, o.Glance = w.Judged, w.Look, o.Pace.Glance
	sum, err := storm.Run(t.Context(), o)
	if _, err := w.Close(sum, err); err != nil {
		t.Error(err)
	}
	text, readErr := os.ReadFile(filepath.Join(folder, "timeline.txt"))
	if err != nil || readErr != nil || sum.Violations > 0 || sum.Faults != 3 || sum.Operations == 0 {
		t.Fatalf("%s, %v, %v\n%s", sum, err, readErr, text)
	}
	if !strings.Contains(string(text), "inject forwarding-off node-1") {
		t.Errorf("the timeline is\n%s", text)
	}
	report, err := os.ReadFile(filepath.Join(folder, "report.json"))
	if err != nil {
		t.Fatal(err)
	}
	var r storm.Report
	if err := json.Unmarshal(report, &r); err != nil || r.Schema != storm.ReportSchema || r.Faults != 3 || len(r.Rows) != 6 {
		t.Errorf("%v: %+v", err, r)
	}
	if len(r.Traces) != 1 || len(r.Traces[0].Tracks) != 7 || len(r.Traces[0].Bands) != 3 || len(r.Budgets) != 3 || len(r.Soak.Points) < 2 {
		t.Errorf("it has no picture: %+v", r.Traces)
	}
}

// The schedules that are kept go through without a violation, on the labs as they are.
func TestRun_kept_schedules(t *testing.T) {
	o := options(t, open)
	o.Labs, o.Schedules, o.Drawing.Stages = 2, nil, stages.All()
	paths, err := filepath.Glob("../testdata/schedules/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("%v, %v", paths, err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		s, found, err := chaos.ParseYAML(text)
		if err != nil || len(found) == 0 {
			t.Fatalf("%s: %v, found %v", path, err, found)
		}
		for _, st := range o.Drawing.Stages {
			if st.Name == s.Stage {
				if err := s.Validate(st); err != nil {
					t.Errorf("%s: %v", path, err)
				}
			}
		}
		o.Schedules = append(o.Schedules, s)
	}
	o.Judged = func(e storm.Episodic) {
		if e.Judgement.Result == chaos.Invalid {
			t.Error(chaos.Story(e.Number, e.Schedule, e.Judgement))
		}
	}
	sum, err := storm.Run(t.Context(), o)
	if err != nil || sum.Schedules != len(paths) {
		t.Errorf("%s, %v", sum, err)
	}
}

// leaky is a lab that fails open for a moment whenever it gives a peering back: it lets everybody in before the rules are what
// they should be.
type leaky struct{ storm.Lab }

const leak = 200 * time.Millisecond

func (l leaky) Adopt(ctx context.Context, w topology.World) error {
	before := l.World()
	if len(w.Peerings) > len(before.Peerings) && len(before.VPCs) > 0 {
		open := w.Clone()
		for i := range open.SecurityGroups {
			g := &open.SecurityGroups[i]
			g.Rules = append(g.Rules, worlds.AtPriority(1, worlds.AllowFrom("leak", worlds.Anywhere)))
		}
		if err := l.Lab.Adopt(ctx, open); err != nil {
			return err
		}
		if err := poll.Sleep(ctx, leak); err != nil {
			return err
		}
	}
	return l.Lab.Adopt(ctx, w)
}

// A plane that fails open for 200 ms during a rule update is found, and the schedule that shows it shrinks to one fault.
func TestRun_finds_a_plane_that_fails_open(t *testing.T) {
	var found []storm.Episodic
	o := options(t, func(ctx context.Context) (storm.Lab, error) {
		l, err := open(ctx)
		return leaky{l}, err
	})
	o.Judged = func(e storm.Episodic) { found = append(found, e) }
	sum, err := storm.Run(t.Context(), o)
	if err != nil || sum.Violations == 0 || len(found) != 1 {
		t.Fatalf("%s, %v", sum, err)
	}
	if !chaos.Shows(found[0].Judgement, chaos.FailClosed) {
		t.Errorf("found %v", found[0].Judgement.Violations)
	}
	least := found[0].Least
	if least == nil || least.Schedule.Faults() != 1 || least.Schedule.Steps[0].Inject[0] != "peering-deleted peering-demo" {
		t.Errorf("the least schedule is %v", least)
	}
}

func TestOptions_Validate(t *testing.T) {
	err := storm.Options{}.Validate()
	for _, want := range []string{"the time is not positive", "there must be one"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}
