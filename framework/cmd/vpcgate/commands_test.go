package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// vpcgate runs a command line and returns what it printed and its exit status.
func vpcgate(t *testing.T, args ...string) (string, int) {
	t.Helper()
	var out bytes.Buffer
	c := root()
	c.SetArgs(args)
	c.SetOut(&out)
	c.SetErr(&out)
	err := c.ExecuteContext(t.Context())
	if err != nil {
		out.WriteString(err.Error())
	}
	return out.String(), statusOf(err)
}

func TestList_json_has_the_whole_catalogue(t *testing.T) {
	out, status := vpcgate(t, "list", "-o", "json")
	var all []listed
	if err := json.Unmarshal([]byte(out), &all); err != nil || status != exitSuccess {
		t.Fatalf("status %d: %v", status, err)
	}
	if len(all) != len(scenarios.Catalogue()) {
		t.Errorf("%d of %d scenarios are listed", len(all), len(scenarios.Catalogue()))
	}
	for _, l := range all {
		if l.ID == "" || l.Title == "" || l.Family == "" || l.Claim == "" || len(l.Modes) == 0 || len(l.Labs) < 2 {
			t.Errorf("%+v is incomplete, or on no wire lab", l)
		}
	}
}

func TestList_not_run_says_why(t *testing.T) {
	out, status := vpcgate(t, "list", "--not-run", "--artifacts", t.TempDir())
	for _, want := range []string{"SG-013 [tunnel] [netns]", "it has no Services", "not testable here"} {
		if status != exitSuccess || !strings.Contains(out, want) {
			t.Errorf("status %d, and %q is not in\n%s", status, want, out)
		}
	}
}

func TestUsage_suggests_the_nearest(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"list", "--focus", "SG-01x"}, "did you mean SG-01"},
		{[]string{"list", "-o", "jsn"}, "did you mean json?"},
		{[]string{"list", "--lab", "netn"}, "did you mean netns?"},
		{[]string{"run", "--label-filter", "famili: containsAny peering"}, `unknown label "famili"; did you mean family?`},
		{[]string{"run", "--label-filter", "mode: containsAny routet"}, `unknown mode "routet"; did you mean routed?`},
		{[]string{"run", "--label-filter", "scenario: containsAny {SG-001, PEER-01}"}, `unknown scenario "PEER-01"; did you mean PEER-001`},
	} {
		if out, status := vpcgate(t, c.args...); status != exitUsage || !strings.Contains(out, c.want) {
			t.Errorf("%v: status %d, %s", c.args, status, out)
		}
	}
}

const ownScenario = "../../../fixtures/worlds/own-scenario.yaml"

// What the README shows: a scenario of one's own, on paper and on the wire.
func TestRun_file(t *testing.T) {
	out, status := vpcgate(t, "run", ownScenario, "--lab", "paper", "--artifacts", t.TempDir())
	if status != exitSuccess || !strings.Contains(out, "success  OWN-001 [routed] [paper]") {
		t.Errorf("status %d: %s", status, out)
	}
}

func TestRun_file_is_read_strictly(t *testing.T) {
	text, err := os.ReadFile(ownScenario)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, from, to, want string }{
		{"an unknown field", "title:", "titel:", "field titel not found"},
		{"an unknown change", "revokeRule:", "revokeRul:", `unknown change "revokeRul"`},
		{"a rule that is not there", "rule: from-containers}", "rule: from-container}", `has no rule "from-container"`},
		{"a symptom that is none", "kind: dropped", "kind: droped", `unknown kind "droped"`},
		{"a host that is not there", "to: db-1, protocol: tcp, port: 5432}\nbreak", "to: db-2, protocol: tcp, port: 5432}\nbreak", `unknown host, node, pod or name "db-2"`},
	} {
		bad := strings.Replace(string(text), c.from, c.to, 1)
		if bad == string(text) {
			t.Fatalf("%s: the example does not hold %q", c.name, c.from)
		}
		path := filepath.Join(t.TempDir(), "bad.yaml")
		if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
			t.Fatal(err)
		}
		if out, status := vpcgate(t, "run", path, "--lab", "paper", "--artifacts", t.TempDir()); status != exitUsage || !strings.Contains(out, c.want) {
			t.Errorf("%s: status %d: %s", c.name, status, out)
		}
	}
}

func TestPlan(t *testing.T) {
	const good = "../../../fixtures/worlds/one-vpc.routed.yaml"
	if out, status := vpcgate(t, "plan", good); status != exitSuccess || !strings.Contains(out, "plan one-vpc: accepted; 0 problems") {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status := vpcgate(t, "plan", "-o", "yaml", good); status != exitUsage || !strings.Contains(out, `unknown output "yaml"`) {
		t.Errorf("status %d: %s", status, out)
	}
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "bad.yaml")
	bad := strings.Replace(string(text), "serviceCIDR: 10.247.0.0/16", "serviceCIDR: 172.16.0.0/12", 1)
	if err := os.WriteFile(path, []byte(bad), 0o600); err != nil {
		t.Fatal(err)
	}
	out, status := vpcgate(t, "plan", "-o", "json", path)
	out, _, _ = strings.Cut(out, "\n}")
	var p plan
	if err := json.Unmarshal([]byte(out+"\n}"), &p); err != nil || status != exitFailure {
		t.Fatalf("status %d: %v\n%s", status, err, out)
	}
	if len(p.Problems) != 1 || p.Problems[0].Rule != "service-cidr-overlaps-containers" || len(p.Problems[0].Instead) == 0 {
		t.Errorf("problems are %+v", p.Problems)
	}
}

func TestDiagnose_matrix(t *testing.T) {
	out, status := vpcgate(t, "diagnose", "matrix", "--focus", "TRI-00")
	for _, want := range []string{"diagnosis on paper", "0 wrong", "security-group", "precision", "all "} {
		if status != exitSuccess || !strings.Contains(out, want) {
			t.Errorf("status %d, and %q is not in\n%s", status, want, out)
		}
	}
	if out, status := vpcgate(t, "diagnose", "matrix", "--lab", "kind"); status != exitFailure || !strings.Contains(out, "on paper and netns") {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status := vpcgate(t, "diagnose", "matrix", "--focus", "SG-1"); status != exitUsage || !strings.Contains(out, "matches no scenario") {
		t.Errorf("status %d: %s", status, out)
	}
}

// A report is rendered again from the run's folder.
func TestReport(t *testing.T) {
	artifacts := t.TempDir()
	if out, status := vpcgate(t, "run", ownScenario, "--lab", "paper", "--artifacts", artifacts, "--run", "own"); status != exitSuccess {
		t.Fatalf("status %d: %s", status, out)
	}
	left, err := os.ReadFile(filepath.Join(artifacts, "own", "report.html"))
	if err != nil {
		t.Fatal(err)
	}
	to := filepath.Join(t.TempDir(), "page.html")
	out, status := vpcgate(t, "report", "latest", "--artifacts", artifacts, "--to", to, "-o", "json")
	var w written
	if err := json.Unmarshal([]byte(out), &w); err != nil || status != exitSuccess || w.Run != "own" || w.File != to {
		t.Errorf("status %d: %v\n%s", status, err, out)
	}
	again, err := os.ReadFile(to)
	if err != nil || len(again) != w.Bytes || !bytes.Contains(again, []byte(`id="drawing-OWN-001-routed`)) || !bytes.Equal(left, again) {
		t.Errorf("%d bytes were written, %d left by the run, %v", len(again), len(left), err)
	}
	if out, status := vpcgate(t, "report", "nonesuch", "--artifacts", artifacts); status != exitFailure || !strings.Contains(out, "give a run's id, its folder or latest") {
		t.Errorf("status %d: %s", status, out)
	}
	if out, status := vpcgate(t, "report", "own", "--artifacts", artifacts, "-o", "jsn"); status != exitUsage || !strings.Contains(out, "did you mean json?") {
		t.Errorf("status %d: %s", status, out)
	}
}
