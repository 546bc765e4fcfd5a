package specs_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/cmd"
	"github.com/vpcgate/vpcgate/framework/record"
)

// A module elsewhere imports the framework, registers a scenario of its own and
// runs it with its own Ginkgo suite: fixtures/module does.
func TestBuild_in_a_module_elsewhere(t *testing.T) {
	artifacts := t.TempDir()
	_, err := cmd.Run(t.Context(), cmd.Command{
		Name: "go", Args: []string{"test", "-count=1", "./..."}, Dir: filepath.Join("..", "..", "fixtures", "module"),
		Env: []string{"VPCGATE_LAB=paper,netns", "VPCGATE_MODE=", "VPCGATE_FOCUS=", "VPCGATE_RUN=own", "VPCGATE_ARTIFACTS=" + artifacts},
	})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(artifacts, "own", record.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	var report record.Report
	if err := json.Unmarshal(text, &report); err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Results {
		// A machine without user namespaces cannot show the netns lab.
		if r.Scenario != "SG-901" || r.Outcome == record.Failure || r.Lab == "paper" && r.Outcome != record.Success {
			t.Errorf("%s: %s %s", r.Name(), r.Outcome, strings.TrimSpace(r.Reason))
		}
	}
	if len(report.Results) != 4 {
		t.Errorf("%d results, want 2 modes on 2 labs", len(report.Results))
	}
}
