package record_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/record"
)

// older is a report that vpcgate wrote when v1alpha1 was its version: a run on kind,
// cut to five results with a check for each phase.
const older = "testdata/report-v1alpha1.json"

func TestRead_upgrades_an_older_version(t *testing.T) {
	r, err := record.Read(older)
	if err != nil {
		t.Fatal(err)
	}
	if r.Schema != record.Schema {
		t.Errorf("its schema is %q", r.Schema)
	}
	if len(r.Results) != 5 || r.Run.Counts.Success != 4 || r.Ledger == nil || len(r.Bites) != 2 || r.Environment.NodeImage.Digest == "" {
		t.Errorf("something was lost: %+v", r.Run)
	}
	for _, result := range r.Results {
		if result.Outcome == record.Success && (len(result.Phases) == 0 || len(result.Phases[2].Checks) != 1) {
			t.Errorf("%s lost its checks", result.Name())
		}
	}
	root := t.TempDir()
	if err := record.Write(root, r); err != nil {
		t.Fatal(err)
	}
	again, err := record.Read(filepath.Join(root, record.Latest, record.ReportFile))
	if err != nil || again.Schema != record.Schema || len(again.Results) != len(r.Results) {
		t.Errorf("written again it is %v, %v", again.Schema, err)
	}
}

// What is neither is refused, also where only the last letter is wrong.
func TestRead_refuses_a_version_that_it_does_not_know(t *testing.T) {
	text, err := os.ReadFile(older)
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"v1alpha3", "v1", ""} {
		path := filepath.Join(t.TempDir(), record.ReportFile)
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), "/v1alpha1", "/"+version, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := record.Read(path); err == nil || !strings.Contains(err.Error(), `this vpcgate reads vpcgate.dev/report/v1alpha1 and `+record.Schema) {
			t.Errorf("%s: got %v", version, err)
		}
	}
}
