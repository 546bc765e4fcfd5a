package schema_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/schema"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// compiled is the published schema as a validator of other hands understands it.
func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema.Report()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	if err := c.AddResource(schema.File, doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile(schema.File)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func validate(t *testing.T, s *jsonschema.Schema, text []byte) error {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Validate(doc)
}

// onPaper is the report of a small run on paper, as the run's folder has it: a
// scenario of each kind that has phases of its own.
func onPaper(t *testing.T) []byte {
	t.Helper()
	lab := paperlab.New()
	run := runner.Runner{Oracle: lab, Timing: config.PaperTiming(), Diagnose: runner.EveryFlow}
	var results []record.Result
	for _, s := range scenarios.Catalogue() {
		if !slices.Contains([]string{"SG-001", "PLAN-001", "TRI-001", "SVC-024"}, s.ID) {
			continue
		}
		for _, m := range s.Modes() {
			results = append(results, run.Run(t.Context(), s, m, lab))
		}
	}
	const both = 2
	if len(results) != 4*both {
		t.Fatalf("%d results", len(results))
	}
	r := record.Conclude(record.Run{ID: "paper", Started: time.Now()}, record.Environment{}, results)
	if r.Run.Outcome != record.Success {
		t.Fatalf("the run is no success: %s", r.Run.Reason)
	}
	return written(t, r)
}

func written(t *testing.T, r record.Report) []byte {
	t.Helper()
	root := t.TempDir()
	if err := record.Write(root, r); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(root, record.Latest, record.ReportFile))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestSchema_acceptsReports(t *testing.T) {
	s := compiled(t)
	golden, err := os.ReadFile("../testdata/report.json")
	if err != nil {
		t.Fatal(err)
	}
	older, err := record.Read("../testdata/report-v1alpha1.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{
		"the golden one":        golden,
		"an older one upgraded": written(t, older),
		"one of a run on paper": onPaper(t),
		"one that did not end":  written(t, record.Unfinished(record.Run{ID: "r", Started: time.Now()}, record.Environment{})),
		"one without results":   written(t, record.Conclude(record.Run{ID: "r", Started: time.Now()}, record.Environment{}, nil)),
	} {
		if err := validate(t, s, text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What is wrong is refused where it is wrong.
func TestSchema_refuses(t *testing.T) {
	s := compiled(t)
	good := string(onPaper(t))
	for _, c := range []struct{ was, is, where string }{
		{`"schema": "vpcgate.dev/report/v1alpha2"`, `"schema": "vpcgate.dev/report/v1alpha1"`, "/schema"},
		{`"schema": `, `"skema": `, "''"},
		{`"run": {`, `"note": "", "run": {`, "''"},
		{`"result": "success"`, `"result": "green"`, "/run/result"},
		{`"started": "2`, `"started": "yesterday 2`, "/run/started"},
		{`"success": 8`, `"success": "8"`, "/run/counts/success"},
		{`"lab": "paper"`, `"lab": "cloud"`, "/results/0/lab"},
		{`"mode": "tunnel"`, `"mode": "bridged"`, "/results/0/mode"},
		{`"phase": "preflight"`, `"phase": "before"`, "/results/0/phases/0/phase"},
		{`"ok": true`, `"ok": "yes"`, "/results/0/phases/2/checks/0/ok"},
		{`"ok": true`, `"okay": true`, "/results/0/phases/2/checks/0'"},
		{`"kind": "reached"`, `"kind": "arrived"`, "/results/0/phases/2/checks/0/want/kind"},
		{`"title": `, `"titel": `, "/results/0'"},
	} {
		if !strings.Contains(good, c.was) {
			t.Fatalf("the report has no %s", c.was)
		}
		err := validate(t, s, []byte(strings.Replace(good, c.was, c.is, 1)))
		if !errors.As(err, new(*jsonschema.ValidationError)) || !strings.Contains(err.Error(), c.where) {
			t.Errorf("%s: got %v, want something about %s", c.is, err, c.where)
		}
	}
}
