package record_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// The folder of a run holds the scenarios of its results, and only those.
func TestScenarios_are_in_the_folder(t *testing.T) {
	results := []record.Result{
		result("SG-001", topology.Tunnel, lab.Paper, 1), result("SG-001", topology.Routed, lab.Paper, 1),
		result("PEER-001", topology.Routed, lab.Netns, 1), record.Trouble("the run", "", "", errors.New("it ended")),
	}
	files, err := record.Scenarios(scenarios.Catalogue(), results)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	r := record.Conclude(run(), environment(), results)
	if err := record.Write(root, r, files...); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(root, r.Run.ID)
	found, err := filepath.Glob(filepath.Join(dir, record.ScenariosDir, "*"))
	if err != nil || len(found) != 2 {
		t.Fatalf("found %v, %v", found, err)
	}
	s, err := record.ReadScenario(dir, "SG-001")
	if err != nil || s.ID != "SG-001" || s.World(topology.Routed).Name == "" {
		t.Errorf("read %q, %v", s.ID, err)
	}
	if _, err := record.ReadScenario(dir, "SG-002"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("one that is not there: %v", err)
	}
	if err := os.Rename(found[0], filepath.Join(dir, record.ScenariosDir, "SG-009.yaml")); err != nil {
		t.Fatal(err)
	}
	if _, err := record.ReadScenario(dir, "SG-009"); err == nil || !strings.Contains(err.Error(), `it is "PEER-001"`) {
		t.Errorf("one under another's name: %v", err)
	}
}

// A file is written into the run's folder or nowhere.
func TestWrite_keeps_to_the_folder(t *testing.T) {
	for _, name := range []string{"../beside", "/tmp/elsewhere", ""} {
		err := record.Write(t.TempDir(), record.Unfinished(run(), environment()), record.File{Name: name})
		if err == nil || !strings.Contains(err.Error(), "it is no path in the run's folder") {
			t.Errorf("%q: got %v", name, err)
		}
	}
}
