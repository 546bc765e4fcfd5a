package framework_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// What CI runs is what the README says, and what a run leaves is kept whatever
// became of it. actionlint (`make lint`) looks at everything else in the workflow.
func TestWorkflow_runs_what_the_README_says_and_keeps_what_is_left(t *testing.T) {
	var w struct {
		Jobs map[string]struct {
			Steps []struct {
				Run  string
				Uses string
				If   string
				With map[string]string
			}
		}
	}
	if err := yaml.Unmarshal([]byte(read(t, ".github/workflows/vpcgate.yml")), &w); err != nil {
		t.Fatal(err)
	}
	for _, job := range []string{"test", "conformance"} {
		runs, kept, cached := "", false, false
		for _, s := range w.Jobs[job].Steps {
			runs += s.Run + "\n"
			kept = kept || strings.HasPrefix(s.Uses, "actions/upload-artifact@") && s.If == "always()" && strings.Contains(s.With["path"], "artifacts/")
			cached = cached || strings.HasPrefix(s.Uses, "actions/cache@") && s.With["path"] == "~/.cache/vpcgate"
		}
		areTargets(t, "the workflow's job "+job, runs, "make "+job)
		if !kept {
			t.Errorf("the workflow's job %s does not keep the run's folder after a failure", job)
		}
		if job == "conformance" && !cached {
			t.Error("the workflow builds the images of the clusters in each run")
		}
	}
}

func TestGitLab_runs_what_the_README_says_and_keeps_what_is_left(t *testing.T) {
	type job struct {
		Script    []string
		Artifacts struct {
			When    string
			Paths   []string
			Reports struct{ JUnit string }
		}
	}
	var all struct {
		Test        job
		Conformance job
		Variables   map[string]string
	}
	if err := yaml.Unmarshal([]byte(read(t, ".gitlab-ci.yml")), &all); err != nil {
		t.Fatal(err)
	}
	for name, j := range map[string]job{"test": all.Test, "conformance": all.Conformance} {
		areTargets(t, "GitLab's job "+name, strings.Join(j.Script, "\n"), "make "+name)
		if j.Artifacts.When != "always" || !slices.Contains(j.Artifacts.Paths, "artifacts/") || !strings.HasSuffix(j.Artifacts.Reports.JUnit, "/junit.xml") {
			t.Errorf("GitLab's job %s keeps %+v", name, j.Artifacts)
		}
	}
	if all.Variables["VPCGATE_CACHE"] == "" {
		t.Error("GitLab's jobs build the images of the clusters in each run")
	}
}

// areTargets reports what is no target of the Makefile, and a command that is missing.
func areTargets(t *testing.T, where, commands, must string) {
	t.Helper()
	makefile := read(t, "Makefile")
	found := regexp.MustCompile(`\bmake ([a-z-]+)`).FindAllStringSubmatch(commands, -1)
	for _, m := range found {
		if !strings.Contains(makefile, "\n"+m[1]+":") {
			t.Errorf("%s: the Makefile has no target %q", where, m[1])
		}
	}
	if !slices.ContainsFunc(found, func(m []string) bool { return m[0] == must }) {
		t.Errorf("%s does not run %q", where, must)
	}
}
