package record_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func TestFailureBlock_has_always_six_lines(t *testing.T) {
	for name, r := range map[string]record.Result{
		"symptom-missed": symptomMissed(), "wrong-cause": wrongCause(), "lab-error": labError(),
		"trouble": mixed()[10], "empty": {},
	} {
		block := record.FailureBlock(r, "artifacts/20261122-233000-3f2a/report.json")
		if n := strings.Count(block, "\n") + 1; n != 6 {
			t.Errorf("%s: %d lines", name, n)
		}
		golden.Assert(t, "testdata/block-"+name+".txt", block+"\n")
	}
}

// A disagreement shows both paths side by side.
func TestFailureBlock_of_a_disagreement_shows_both_paths(t *testing.T) {
	block := record.FailureBlock(disagreeing(), "artifacts/20261122-233000-3f2a/report.json")
	golden.Assert(t, "testdata/block-disagreement.txt", block+"\n")
}

func TestReport_goldens(t *testing.T) {
	report := record.Conclude(run(), environment(), mixed())
	text, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "testdata/report.json", string(text)+"\n")
	junit, err := record.JUnit(report)
	if err != nil {
		t.Fatal(err)
	}
	golden.Assert(t, "testdata/junit.xml", string(junit))
	golden.Assert(t, "testdata/summary.txt", record.Summary(report, seal.Manifest{}, "artifacts/"+report.Run.ID, record.Plain))
	golden.Assert(t, "testdata/summary-coloured.txt", record.Summary(report, seal.Manifest{}, "artifacts/"+report.Run.ID, record.Coloured))
	var lines strings.Builder
	for _, r := range report.Results {
		lines.WriteString(record.Line(r, record.Plain) + "\n")
	}
	golden.Assert(t, "testdata/lines.txt", lines.String())
}

func TestConclude_judges_the_run(t *testing.T) {
	ok := result("SG-001", topology.Tunnel, lab.Paper, 1)
	failed := symptomMissed()
	core := record.NotRunBecause(scenario.Scenario{ID: "SG-002", Tier: scenario.Core}, topology.Tunnel, lab.Kind, "no engine")
	extended := record.NotRunBecause(scenario.Scenario{ID: "SG-003", Tier: scenario.Extended}, topology.Tunnel, lab.Kind, "no engine")
	for _, c := range []struct {
		name    string
		results []record.Result
		want    record.Outcome
		reason  string
	}{
		{"all passed", []record.Result{ok}, record.Success, ""},
		{"nothing at all", nil, record.Failure, "nothing was executed"},
		{"nothing executed", []record.Result{core}, record.Failure, "nothing was executed"},
		{"something core did not run", []record.Result{ok, core}, record.Partial, "core results that did not run: 1"},
		{"something extended did not run", []record.Result{ok, extended}, record.Success, ""},
		{"one failed", []record.Result{ok, core, failed}, record.Failure, "failed results: 1 of 3"},
		{"a result without an outcome", []record.Result{ok, {}}, record.Failure, "failed results: 1 of 2"},
	} {
		got := record.Conclude(run(), environment(), c.results).Run
		if got.Outcome != c.want || got.Reason != c.reason {
			t.Errorf("%s: got %s %q, want %s %q", c.name, got.Outcome, got.Reason, c.want, c.reason)
		}
	}
}

func TestWrite_then_Read_gives_the_same_report(t *testing.T) {
	root := t.TempDir()
	want := record.Conclude(run(), environment(), mixed())
	if err := record.Write(root, record.Unfinished(run(), environment())); err != nil {
		t.Fatal(err)
	}
	if err := record.Write(root, want); err != nil {
		t.Fatal(err)
	}
	got, err := record.Read(filepath.Join(root, record.Latest, record.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	left, err := filepath.Glob(filepath.Join(root, "*", ".*"))
	if err != nil || len(left) != 0 {
		t.Errorf("temporary files left: %v, %v", left, err)
	}
}

func TestUnfinished_is_a_failure_with_a_failed_entry(t *testing.T) {
	root := t.TempDir()
	if err := record.Write(root, record.Unfinished(run(), environment())); err != nil {
		t.Fatal(err)
	}
	r, err := record.Read(filepath.Join(root, record.Latest, record.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	if r.Run.Outcome != record.Failure || len(r.Results) != 1 || r.Results[0].Outcome != record.Failure ||
		!strings.HasPrefix(r.Results[0].Reason, "run did not finish") {
		t.Errorf("got %+v", r)
	}
}

func TestWrite_leaves_a_foreign_latest_alone(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, record.Latest), 0o755); err != nil {
		t.Fatal(err)
	}
	err := record.Write(root, record.Unfinished(run(), environment()))
	if err == nil || !strings.Contains(err.Error(), "it exists and is no symbolic link") {
		t.Errorf("got %v", err)
	}
}

func TestRead_refuses_what_is_not_a_report(t *testing.T) {
	good := `{"schema":"vpcgate.dev/report/v1alpha2","run":{"result":"success"},"results":[]}`
	for text, want := range map[string]string{
		`{"schema":"vpcgate.dev/report/v9"}`:              `its schema is "vpcgate.dev/report/v9"; this vpcgate reads vpcgate.dev/report/v1alpha1 and vpcgate.dev/report/v1alpha2`,
		strings.Replace(good, `"results"`, `"reslts"`, 1): `unknown field "reslts"`,
		good + "{}": "invalid character",
		strings.Replace(good, `"success"`, `"green"`, 1):         `run result "green" is unknown`,
		strings.Replace(good, `[]`, `[{"result":"skipped"}]`, 1): `result "skipped" is unknown`,
	} {
		path := filepath.Join(t.TempDir(), record.ReportFile)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := record.Read(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want %s", text, err, want)
		}
	}
}
