package main

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// reported writes a newest report with these results and returns the settings that find it.
func reported(t *testing.T, results ...record.Result) config.Settings {
	t.Helper()
	root := t.TempDir()
	text, err := json.Marshal(record.Report{Schema: record.Schema, Run: record.Run{Outcome: record.Failure}, Results: results})
	if err == nil {
		err = os.Mkdir(filepath.Join(root, record.Latest), 0o755)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join(root, record.Latest, record.ReportFile), text, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
	return config.Settings{ArtifactRoot: root, Labs: lab.Names(), Modes: topology.Modes()}
}

func suiteNamed(t *testing.T, name string) suite {
	t.Helper()
	c := listCommand()
	if err := c.Flags().Set("suite", name); err != nil {
		t.Fatal(err)
	}
	s, err := suiteOf(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What failed in the newest report is run again, in its mode on its lab, in either suite, and nothing else.
func TestOnlyFailed(t *testing.T) {
	for name, id := range map[string]string{conformanceSuite: "SG-001", chaosSuite: "CHA-rule-revoked"} {
		s := suiteNamed(t, name)
		settings := reported(t,
			record.Result{Scenario: id, Mode: topology.Routed, Lab: lab.Netns, Outcome: record.Failure},
			record.Result{Scenario: id, Mode: topology.Tunnel, Lab: lab.Netns, Outcome: record.Success},
			record.Result{Scenario: record.RunItself, Outcome: record.Failure},
		)
		settings, err := onlyFailed(settings, s)
		if err != nil {
			t.Fatal(err)
		}
		texts, err := s.Selected(settings)
		if err != nil || len(texts) != 1 || !regexp.MustCompile(id+` \[routed\] \[netns\]`).MatchString(texts[0]) {
			t.Errorf("%s: %v %q", name, err, texts)
		}
	}
}

func TestOnlyFailed_says_why_not(t *testing.T) {
	for _, c := range []struct {
		result record.Result
		want   error
	}{
		{record.Result{Scenario: "SG-001", Mode: topology.Routed, Lab: lab.Netns, Outcome: record.Success}, errNothingFailed},
		{record.Result{Scenario: "CHA-rule-revoked", Mode: topology.Routed, Lab: lab.Netns, Outcome: record.Failure}, errOtherSuite},
	} {
		if _, err := onlyFailed(reported(t, c.result), suiteNamed(t, conformanceSuite)); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.result.Name(), err, c.want)
		}
	}
}

// The specs of chaos are listed as the catalogue is; what the newest report of another suite has not run is not theirs.
func TestList_suite_chaos(t *testing.T) {
	settings := reported(t, record.Result{Scenario: "SG-013", Mode: topology.Tunnel, Lab: lab.Netns, Outcome: record.NotRun, Reason: "no Services"})
	out, status := vpcgate(t, "list", "--suite", chaosSuite, "-o", "json")
	var all []listed
	if err := json.Unmarshal([]byte(out), &all); err != nil || status != exitSuccess || len(all) == 0 {
		t.Fatalf("status %d: %v, %d listed", status, err, len(all))
	}
	for _, l := range all {
		if l.ID == "" || l.Title == "" || len(l.Modes) == 0 || len(l.Labs) == 0 {
			t.Errorf("%+v is incomplete, or on no lab", l)
		}
	}
	out, status = vpcgate(t, "list", "--suite", chaosSuite, "--not-run", "-o", "json", "--artifacts", settings.ArtifactRoot)
	var none []absent
	if err := json.Unmarshal([]byte(out), &none); err != nil || status != exitSuccess || len(none) == 0 {
		t.Fatalf("status %d: %v, %d not run", status, err, len(none))
	}
	for _, a := range none {
		if !regexp.MustCompile(`^CHA-`).MatchString(a.Name) || a.Reason == "" {
			t.Errorf("%+v is listed", a)
		}
	}
	if out, status := vpcgate(t, "list", "--suite", chaosSuite, "-o", "markdown"); status != exitUsage {
		t.Errorf("status %d: %s", status, out)
	}
}
