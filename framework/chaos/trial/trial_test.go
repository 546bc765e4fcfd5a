package trial_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/stages"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/chaos/trial"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func pace(lab.Name) config.Chaos { return config.DefaultChaos() }

func trials(t *testing.T) *trial.Trials {
	t.Helper()
	all, err := trial.New(trial.Options{Stages: stages.All(), Oracle: paperlab.New(), Kept: "../testdata/schedules", Pace: pace})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func find(t *testing.T, of *trial.Trials, id string) scenario.Scenario {
	t.Helper()
	all := of.Catalogue()
	at := slices.IndexFunc(all, func(s scenario.Scenario) bool { return s.ID == id })
	if at < 0 {
		t.Fatalf("there is no %s", id)
	}
	return all[at]
}

// Every kind of faults that a lab can show has a spec on it, and what it cannot show says why.
func TestNew_places_every_kind(t *testing.T) {
	all := trials(t)
	placed := map[lab.Name]int{}
	for _, s := range all.Catalogue() {
		if s.Family() != scenario.Chaos || s.Title == "" || s.World(topology.Routed).Validate() != nil {
			t.Errorf("%+v", s)
		}
		shown := false
		for _, m := range topology.Modes() {
			if err := all.Placed(s, m, lab.Paper); err == nil {
				t.Errorf("%s is placed on paper", s.ID)
			}
			for _, l := range []lab.Name{lab.Netns, lab.Kind} {
				if err := all.Placed(s, m, l); err == nil {
					if w, err := all.Worlds(s, m, l); err != nil || len(w) < 2 {
						t.Errorf("%s %s %s: %d worlds, %v", s.ID, m, l, len(w), err)
					}
					placed[l]++
					shown = true
				} else if err.Error() == "" {
					t.Errorf("%s %s %s: no reason", s.ID, m, l)
				}
			}
		}
		// What happens to the platform needs traffic that a stage may not have; edits of the world show.
		kind := lab.HappeningKind(strings.TrimPrefix(s.ID, "CHA-"))
		if !shown && !slices.Contains(lab.HappeningKinds(), kind) {
			t.Errorf("%s is shown by no lab in no mode", s.ID)
		}
	}
	if placed[lab.Netns] < 30 || placed[lab.Kind] < placed[lab.Netns]/2 {
		t.Errorf("placed %v", placed)
	}
	t.Log(placed)
	kept, err := filepath.Glob("../testdata/schedules/*.yaml")
	if err != nil || len(kept) == 0 {
		t.Fatalf("%v, %v", kept, err)
	}
	for _, path := range kept {
		find(t, all, "CHA-kept-"+strings.TrimSuffix(filepath.Base(path), ".yaml"))
	}
}

func TestNew_refuses(t *testing.T) {
	o := trial.Options{Stages: stages.All(), Oracle: paperlab.New(), Kept: t.TempDir(), Pace: pace}
	if _, err := trial.New(o); err == nil || !strings.Contains(err.Error(), "no schedule is kept") {
		t.Error(err)
	}
	if err := os.WriteFile(filepath.Join(o.Kept, "x.yaml"), []byte("kind: Nothing\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := trial.New(o); err == nil || !strings.Contains(err.Error(), "x.yaml") {
		t.Error(err)
	}
}

func open(t *testing.T) storm.Lab {
	t.Helper()
	l, err := netnslab.Open(t.Context(), netnslab.Options{Run: "trial", Timing: config.DefaultTiming()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return l
}

// deaf is a lab that says it has adopted a world and has not: it leaves out what it was told to.
type deaf struct {
	storm.Lab
	// skips reports whether a world is not adopted.
	skips func(w topology.World) bool
	told  topology.World
	// adopting and recovering are what comes of that, beside what the lab says.
	adopting, recovering error
}

func (d *deaf) Recover(context.Context) error { return d.recovering }

func (d *deaf) World() topology.World { return d.told }

func (d *deaf) Adopt(ctx context.Context, w topology.World) error {
	d.told = w
	switch {
	case d.adopting != nil:
		return d.adopting
	case d.skips(w):
		return nil
	}
	return d.Lab.Adopt(ctx, w)
}

const proven = "CHA-peering-deleted"

// A spec passes on a genuine lab, and leaves what a page needs.
func TestRun_genuine_lab(t *testing.T) {
	all := trials(t)
	folder := t.TempDir()
	r := all.Run(t.Context(), folder, find(t, all, proven), topology.Routed, open(t))
	if r.Outcome != record.Success || len(r.Phases) != 7 || r.Sketch == "" || r.Seconds == 0 {
		t.Fatalf("%s: %s %+v", r.Outcome, r.Reason, r.Phases)
	}
	for _, p := range r.Phases[1:] {
		if p.EffectSeconds <= 0 || p.Change == "" {
			t.Errorf("%s %s: no effect was measured", p.Phase, p.Change)
		}
	}
	files, err := all.Page(folder, record.Run{ID: "r"})
	if err != nil || len(files) != 1 || !strings.Contains(string(files[0].Content), "peering-deleted peering-demo") {
		t.Errorf("%d files, %v", len(files), err)
	}
	if _, err := os.Stat(filepath.Join(folder, trial.Folder, proven+"-routed-netns.yaml")); err != nil {
		t.Error(err)
	}
}

// It can fail: a fault that does not come, and one that is not healed, are found out.
func TestRun_finds_labs_that_do_nothing(t *testing.T) {
	all := trials(t)
	for _, c := range []struct {
		name, want string
		skips      func(w topology.World) bool
		failed     record.Phase
	}{
		{"the fault is not injected", "was not proven", func(w topology.World) bool { return len(w.Peerings) == 0 }, record.Break},
		{"the fault is not healed", "was not proven", healed(), record.Remedy},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := all.Run(t.Context(), "", find(t, all, proven), topology.Routed, &deaf{Lab: open(t), skips: c.skips})
			if r.Outcome != record.Failure || r.Failed != c.failed || !strings.Contains(r.Reason, c.want) {
				t.Errorf("%s in %s: %s", r.Outcome, r.Failed, r.Reason)
			}
		})
	}
}

// What was found on a lab stands also when the lab cannot be made well again; and a lab that is ill is none that cannot.
func TestRun_on_a_lab_that_does_not_recover(t *testing.T) {
	all, ill := trials(t), errors.New("a node is lost for good")
	d := &deaf{Lab: open(t), skips: func(w topology.World) bool { return len(w.Peerings) == 0 }, recovering: ill}
	folder := t.TempDir()
	r := all.Run(t.Context(), folder, find(t, all, proven), topology.Routed, d)
	if r.Failed != record.Break || r.Class == record.BrokenLab || !strings.Contains(r.Reason, "was not proven") || !strings.Contains(r.Reason, ill.Error()) {
		t.Errorf("%s in %s: %s", r.Class, r.Failed, r.Reason)
	}
	if _, err := os.Stat(filepath.Join(folder, trial.Folder, proven+"-routed-netns.yaml")); err != nil {
		t.Error(err)
	}
	for recovering, want := range map[error]record.Outcome{nil: record.NotRun, ill: record.Failure} {
		d.adopting, d.recovering = lab.ErrCannotHost, recovering
		if r := all.Run(t.Context(), "", find(t, all, proven), topology.Routed, d); r.Outcome != want || (want == record.Failure) != (r.Class == record.BrokenLab) {
			t.Errorf("recovering %v: %s, %s: %s", recovering, r.Outcome, r.Class, r.Reason)
		}
	}
}

// healed skips the worlds that give back what was broken.
func healed() func(w topology.World) bool {
	broken := false
	return func(w topology.World) bool {
		if len(w.Peerings) == 0 {
			broken = true
			return false
		}
		return broken
	}
}

// A lab whose agents send no traffic while its world changes shows nothing, which is no pass.
func TestRun_needs_traffic(t *testing.T) {
	all := trials(t)
	r := all.Run(t.Context(), "", find(t, all, proven), topology.Routed, paperlab.New())
	if r.Outcome != record.NotRun || !strings.Contains(r.Reason, "send no traffic") {
		t.Errorf("%s: %s", r.Outcome, r.Reason)
	}
}
