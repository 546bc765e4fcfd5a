package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/claims"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

func TestClaims_json_has_them_all_with_their_scenarios(t *testing.T) {
	out, status := vpcgate(t, "claims", "-o", "json")
	var d record.Documentation
	if err := json.Unmarshal([]byte(out), &d); err != nil || status != exitSuccess {
		t.Fatalf("status %d: %v", status, err)
	}
	proving := 0
	for _, c := range d.Claims {
		if len(c.Scenarios) == 0 && c.Status != record.NotTestable {
			t.Errorf("%s has no scenario", c.ID)
		}
		proving += len(c.Scenarios)
	}
	if proving != len(scenarios.Catalogue()) || len(d.Findings) == 0 {
		t.Errorf("%d of %d scenarios prove something, %d findings", proving, len(scenarios.Catalogue()), len(d.Findings))
	}
}

// A run of one's own on paper proves nothing; what a wire lab has shown counts.
func TestClaims_of_a_run(t *testing.T) {
	root := t.TempDir()
	documentation, err := claims.Documentation()
	if err != nil {
		t.Fatal(err)
	}
	write := func(id string, d record.Documentation) {
		r := record.Conclude(record.Run{ID: id}, record.Environment{}, nil).WithClaims(d, scenarios.Catalogue())
		if err := record.Write(root, r); err != nil {
			t.Fatal(err)
		}
	}
	write("with", documentation)
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"with"}, exitSuccess, "was not selected"},
		{[]string{"latest", "--status", "not-testable"}, exitSuccess, "\n2 not testable\n"},
		{[]string{filepath.Join(root, "with"), "-o", "markdown"}, exitSuccess, "| not-run | intra-vpc/tunnel-admit-node |"},
		{[]string{filepath.Join(root, "with", record.ReportFile)}, exitSuccess, "finding intra-vpc/example-host-address"},
		{[]string{"other"}, exitUsage, "there is no such folder"},
		{[]string{"with", "--status", "provd"}, exitUsage, "did you mean proved?"},
		{[]string{"--status", "proved"}, exitUsage, "--status needs a run"},
		{[]string{"-o", "jsn"}, exitUsage, "did you mean json?"},
	} {
		out, status := vpcgate(t, append([]string{"claims", "--artifacts", root}, c.args...)...)
		if status != c.status || !strings.Contains(out, c.want) {
			t.Errorf("%v: status %d, and %q is not in\n%s", c.args, status, c.want, out)
		}
	}
	write("without", record.Documentation{})
	if out, status := vpcgate(t, "claims", "without", "--artifacts", root); status != exitFailure || !strings.Contains(out, "it has no claims") {
		t.Errorf("status %d: %s", status, out)
	}
}

func TestClaims_page_that_is_another(t *testing.T) {
	path := filepath.Join(t.TempDir(), "page.txt")
	if err := os.WriteFile(path, []byte("Another page.\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, status := vpcgate(t, "claims", "--page", path)
	for _, want := range []string{"line 1 is not what it was\n  now      Another page.", "line 34 is not what it was\n  now      nothing", "intra-vpc/engine-conflict"} {
		if status != exitFailure || !strings.Contains(out, want) {
			t.Errorf("status %d, and %q is not in\n%s", status, want, out)
		}
	}
	if out, status := vpcgate(t, "claims", "latest", "--page", path); status != exitUsage || !strings.Contains(out, "needs no run") {
		t.Errorf("status %d: %s", status, out)
	}
}
