package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/replay"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// folderOf is the sealed folder of a run of one scenario on paper.
func folderOf(t *testing.T, s scenario.Scenario) string {
	t.Helper()
	run := runner.Runner{Oracle: paperlab.New(), Timing: config.PaperTiming()}
	var results []record.Result
	for _, m := range s.Modes() {
		results = append(results, run.RunAndClose(t.Context(), s, m, paperlab.New()))
	}
	root := t.TempDir()
	r := record.Conclude(record.Run{ID: "r", Started: time.Now()}, record.Environment{}, results)
	files, err := record.Scenarios([]scenario.Scenario{s}, results)
	if err != nil {
		t.Fatal(err)
	}
	if err := record.Write(root, r, files...); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, "r")
	if _, err := record.Seal(dir, ""); err != nil {
		t.Fatal(err)
	}
	return dir
}

// Every scenario is repeated on paper from the folder of its run, and is the same.
func TestReplay_ofTheWholeCatalogue(t *testing.T) {
	for _, s := range scenarios.Catalogue() {
		r := repetition{
			settings: config.Settings{Modes: topology.Modes(), Timing: config.PaperTiming()},
			dir:      folderOf(t, s), id: s.ID, lab: lab.Paper, of: lab.Names(),
		}
		all, err := r.all(t.Context())
		if err != nil {
			t.Error(err)
			continue
		}
		if len(all) != len(s.Modes()) {
			t.Errorf("%s: %d modes are repeated of %v", s.ID, len(all), s.Modes())
		}
		for _, c := range all {
			if !c.Equal || len(c.Phases) == 0 {
				t.Errorf("%s", c.Text())
			}
		}
	}
}

// One that was recorded on paper is repeated on the wire.
func TestReplay_onNetns(t *testing.T) {
	dir := folderOf(t, scenarios.Catalogue()[0])
	out, status := vpcgate(t, "replay", dir, "SG-001", "--mode", "routed", "-o", "json")
	var all []replay.Comparison
	if err := json.Unmarshal([]byte(out), &all); err != nil || status != exitSuccess || len(all) != 1 || !all[0].Equal ||
		all[0].Recorded != lab.Paper || all[0].Repeated != lab.Netns {
		t.Errorf("status %d, %v: %s", status, err, out)
	}
}

// A mode that the lab cannot show does not hide the other, nor is it the same.
func TestReplay_ofWhatOneModeCannotShow(t *testing.T) {
	all := scenarios.Catalogue()
	i := slices.IndexFunc(all, func(s scenario.Scenario) bool { return s.ID == "PLAN-004" })
	out, status := vpcgate(t, "replay", folderOf(t, all[i]), "PLAN-004")
	for _, want := range []string{"PLAN-004 [tunnel]: recorded on paper, repeated on netns", "phases with", "replay PLAN-004 [routed]", "cannot host"} {
		if status != exitUsage || !strings.Contains(out, want) {
			t.Errorf("status %d, and want %q in\n%s", status, want, out)
		}
	}
}

// A folder that was edited is refused; taken as it is, the edited verdict is the
// difference, and so is an edited scenario.
func TestReplay_ofAnEditedFolder(t *testing.T) {
	dir := folderOf(t, scenarios.Catalogue()[0])
	edit := func(name, was, is string) {
		t.Helper()
		path := filepath.Join(dir, name)
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), was) {
			t.Fatalf("%s has no %q: %v", name, was, err)
		}
		if err := os.WriteFile(path, []byte(strings.ReplaceAll(string(text), was, is)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	again := func(want int, text string, args ...string) {
		t.Helper()
		args = append([]string{"replay", dir, "SG-001", "--lab", "paper"}, args...)
		if out, status := vpcgate(t, args...); status != want || !strings.Contains(out, text) {
			t.Errorf("%v: status %d, and want %q in\n%s", args, status, text, out)
		}
	}
	again(exitSuccess, "phases with 28 answers are equal", "--mode", "routed")
	edit("report.json", `"rule": "sg/ecs-25/ingress/default-deny"`, `"rule": "sg/ecs-25/ingress/deny"`)
	again(exitUsage, "it is not as the run left it")
	again(exitFailure, "recorded  dropped at vpc-demo by sg/ecs-25/ingress/deny\n               repeated  dropped at vpc-demo by sg/ecs-25/ingress/default-deny", "--unverified")
	edit("report.json", `"rule": "sg/ecs-25/ingress/deny"`, `"rule": "sg/ecs-25/ingress/default-deny"`)
	edit("report.json", `"seenAddress": "172.16.0.10"`, `"seenAddress": "172.16.0.66"`)
	again(exitFailure, "recorded  reached, seen as pod-a (172.16.0.66)", "--unverified", "--mode", "routed")
	edit("report.json", `"seenAddress": "172.16.0.66"`, `"seenAddress": "172.16.0.10"`)
	again(exitSuccess, "equal:")
	edit("scenarios/SG-001.yaml", "name: from-containers, direction: ingress, cidr: 172.16.0.0/16", "name: from-containers, direction: ingress, cidr: 172.16.0.0/17")
	again(exitUsage, "it is not as the run left it")
	again(exitFailure, "repeated  add rule from-containers (ingress allow all 172.16.0.0/17)", "--unverified")
}

func TestReplay_cannotSay(t *testing.T) {
	dir := folderOf(t, scenarios.Catalogue()[0])
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"replay", dir, "SG-002"}, "read scenario SG-002"},
		{[]string{"replay", "nonesuch", "SG-001"}, "give a run's id, its folder or latest"},
		{[]string{"replay", t.TempDir(), "SG-001"}, "it has no manifest.json"},
		{[]string{"replay", dir, "SG-001", "--lab", "kind"}, "--lab is paper or netns"},
		{[]string{"replay", dir, "SG-001", "--lab", "paper", "--of", "kind"}, "has no result of it that ran in modes"},
		{[]string{"replay", dir, "SG-001", "--of", "cloud"}, `unknown lab "cloud"`},
	} {
		if out, status := vpcgate(t, c.args...); status != exitUsage || !strings.Contains(out, c.want) {
			t.Errorf("%v: status %d: %s", c.args, status, out)
		}
	}
}
