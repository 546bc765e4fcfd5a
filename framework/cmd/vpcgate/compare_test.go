package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/compare"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// ran leaves the report of a run under a folder.
func ran(t *testing.T, root, id string, at time.Duration, results ...record.Result) {
	t.Helper()
	started := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC).Add(at)
	run := record.Run{ID: id, Started: started, Seconds: 3, Labs: lab.Names(), Modes: topology.Modes()}
	env := record.Environment{Kernel: "6.18.5", Git: record.Git{Commit: "9225c50", State: "clean"}}
	if err := record.Write(root, record.Conclude(run, env, results)); err != nil {
		t.Fatal(err)
	}
}

func judged(o record.Outcome, reason string) record.Result {
	return record.Result{
		Scenario: "SG-001", Title: "a title", Tier: scenario.Core, Mode: topology.Routed, Lab: lab.Netns, Outcome: o,
		Failed: record.Phase(map[bool]string{true: "remedy"}[o == record.Failure]), Reason: reason,
	}
}

// threeRuns leaves a run that passed, one that failed, and one that died.
func threeRuns(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	ran(t, root, "passed", 0, judged(record.Success, ""))
	ran(t, root, "died", time.Minute, record.Trouble("the run", "", "", errors.New("run did not finish")))
	ran(t, root, "failed", time.Hour, judged(record.Failure, "not cured"))
	return root
}

func TestCompare_statuses(t *testing.T) {
	root := threeRuns(t)
	older := filepath.Join(root, "older.json")
	text, err := os.ReadFile(filepath.Join(root, "passed", record.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	v1 := strings.Replace(string(text), record.Schema, record.Versions()[0], 1)
	if err := os.WriteFile(older, []byte(v1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "broken.json"), []byte(`{"schema":`), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		args   []string
		status int
		want   string
	}{
		{"a run with itself", []string{"passed", "passed"}, exitSuccess, "result  same; 1 of 1 unchanged"},
		{"ids", []string{"passed", "failed"}, exitFailure, "result  regression: 1 newly failing"},
		{"latest", []string{"passed", "latest"}, exitFailure, "newly failing: 1\n  SG-001 [routed] [netns] at remedy"},
		{"better", []string{"failed", "passed"}, exitSuccess, "result  better: 1 newly passing"},
		{"a folder and a file", []string{filepath.Join(root, "passed"), filepath.Join(root, "failed", record.ReportFile)}, exitFailure, "1 newly failing"},
		{"a report of the older schema", []string{older, "failed"}, exitFailure, "1 newly failing"},
		{"a new run that died", []string{"passed", "died"}, exitFailure, "no longer run: 1"},
		{"an allowed kind", []string{"passed", "failed", "--allow", "newly-failing"}, exitSuccess, "allowed: newly-failing"},
		{"with a baseline", []string{"passed", "passed", "--baseline", "passed", "--baseline", "failed"}, exitSuccess, "beside  failed"},
		{"an old run that died", []string{"died", "passed"}, exitUsage, "nothing to compare: run died executed no scenario"},
		{"a run that is not there", []string{"passed", "yesterday"}, exitUsage, "find run yesterday"},
		{"a report that is none", []string{filepath.Join(root, "broken.json"), "nowhere"}, exitUsage, "unexpected end of JSON input\ncompare: find run nowhere"},
		{"an unknown kind", []string{"passed", "failed", "--allow", "slow"}, exitUsage, "did you mean slower?"},
		{"an unknown output", []string{"passed", "failed", "-o", "markdwn"}, exitUsage, "did you mean markdown?"},
		{"one run", []string{"passed"}, exitUsage, "accepts 2 arg"},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, status := vpcgate(t, append([]string{"compare", "--artifacts", root}, c.args...)...)
			if status != c.status || !strings.Contains(out, c.want) {
				t.Errorf("status %d, want %d; %q is not in\n%s", status, c.status, c.want, out)
			}
		})
	}
}

func TestCompare_outputs(t *testing.T) {
	root := threeRuns(t)
	for output, want := range map[string]string{"markdown": "### vpcgate compare: regression", "html": "<title>vpcgate compare: passed → failed</title>"} {
		if out, status := vpcgate(t, "compare", "--artifacts", root, "passed", "failed", "-o", output); status != exitFailure || !strings.Contains(out, want) {
			t.Errorf("%s: status %d: %s", output, status, out)
		}
	}
	out, status := vpcgate(t, "compare", "--artifacts", root, "passed", "failed", "-o", "json")
	var c compare.Comparison
	if err := json.Unmarshal([]byte(out), &c); err != nil || status != exitFailure || c.Schema != compare.Schema || len(c.Of(compare.NewlyFailing)) != 1 {
		t.Errorf("status %d, %v: %s", status, err, out)
	}
}

func TestRuns_lists_the_newest_first(t *testing.T) {
	root := threeRuns(t)
	if err := os.MkdirAll(filepath.Join(root, "odd"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "odd", record.ReportFile), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, status := vpcgate(t, "runs", "--artifacts", root, "-o", "json")
	var all []ranOnce
	if err := json.Unmarshal([]byte(out), &all); err != nil || status != exitSuccess {
		t.Fatalf("status %d, %v: %s", status, err, out)
	}
	var ids []string
	for _, o := range all {
		ids = append(ids, o.ID)
	}
	if got := strings.Join(ids, " "); got != "failed died passed odd" || !all[0].Latest || all[3].Unreadable == "" {
		t.Errorf("%s: %+v", got, all)
	}
	out, status = vpcgate(t, "runs", "--artifacts", root)
	for _, want := range []string{"failed *", "2026-11-22 13:00:00", "9225c50 clean", "unreadable: "} {
		if status != exitSuccess || !strings.Contains(out, want) {
			t.Errorf("status %d, and %q is not in\n%s", status, want, out)
		}
	}
	if out, status := vpcgate(t, "runs", "--artifacts", filepath.Join(root, "none")); status != exitSuccess || !strings.Contains(out, "no runs in") {
		t.Errorf("status %d: %s", status, out)
	}
}
