package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/record"
)

// completions are what a shell would offer for the last word of a command line.
func completions(t *testing.T, words ...string) []string {
	t.Helper()
	out, status := vpcgate(t, append([]string{"__completeNoDesc"}, words...)...)
	if status != exitSuccess {
		t.Fatalf("%v: status %d: %s", words, status, out)
	}
	var all []string
	for line := range strings.Lines(out) {
		if line = strings.TrimSpace(line); strings.HasPrefix(line, ":") {
			break
		}
		all = append(all, line)
	}
	return all
}

func TestCompletion_completes(t *testing.T) {
	artifacts := t.TempDir()
	t.Setenv("VPCGATE_ARTIFACTS", artifacts)
	for _, id := range []string{"20261101-000000-aaaa", "20261102-000000-bbbb"} {
		dir := filepath.Join(artifacts, id)
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, record.ReportFile), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink("20261102-000000-bbbb", filepath.Join(artifacts, record.Latest)); err != nil {
		t.Fatal(err)
	}
	runs := []string{"20261102-000000-bbbb", "20261101-000000-aaaa", "latest"}
	for _, c := range []struct {
		words []string
		want  []string
	}{
		{[]string{"verif"}, []string{"verify"}},
		{[]string{"verify", ""}, runs},
		{[]string{"report", "lat"}, []string{"latest"}},
		{[]string{"compare", runs[1], "20261102"}, runs[:1]},
		{[]string{"compare", runs[1], runs[0], ""}, nil},
		{[]string{"run", "--lab", ""}, []string{"paper", "netns", "kind"}},
		{[]string{"run", "--lab", "paper,"}, []string{"paper,netns", "paper,kind"}},
		{[]string{"run", "--mode=tunnel,r"}, []string{"tunnel,routed"}},
		{[]string{"run", "--focus", "sg-01"}, []string{"SG-010", "SG-011", "SG-012", "SG-013", "SG-014", "SG-015", "SG-016", "SG-017", "SG-018", "SG-019"}},
		{[]string{"run", "--run", ""}, nil},
		{[]string{"list", "-o", ""}, []string{"text", "json", "markdown"}},
		{[]string{"report", "-o", ""}, []string{"text", "json"}},
		{[]string{"completion", ""}, []string{"bash", "zsh", "fish", "powershell"}},
	} {
		if got := completions(t, c.words...); !slices.Equal(got, c.want) {
			t.Errorf("%q: got %q, want %q", c.words, got, c.want)
		}
	}
}

// Each shell gets a script, and bash takes its own.
func TestCompletion_scripts(t *testing.T) {
	for _, shell := range []string{"bash", "zsh", "fish", "powershell"} {
		out, status := vpcgate(t, "completion", shell)
		if status != exitSuccess || !strings.Contains(out, "__complete") {
			t.Errorf("%s: status %d: %.200s", shell, status, out)
		}
	}
	if out, status := vpcgate(t, "completion", "bsh"); status != exitUsage || !strings.Contains(out, "bash") {
		t.Errorf("status %d: %s", status, out)
	}
	script, _ := vpcgate(t, "completion", "bash")
	c := exec.CommandContext(t.Context(), "bash", "-n")
	c.Stdin = strings.NewReader(script)
	if out, err := c.CombinedOutput(); err != nil {
		t.Errorf("bash: %v: %s", err, out)
	}
}
