package record_test

import (
	"encoding/xml"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// The part of JUnit that the readers of GitLab (docs.gitlab.com, unit test reports)
// and of actions for GitHub take: anything else they ignore.
type readSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Suites  []struct {
		Name     string `xml:"name,attr"`
		Tests    int    `xml:"tests,attr"`
		Failures int    `xml:"failures,attr"`
		Skipped  int    `xml:"skipped,attr"`
		Cases    []struct {
			Name    string   `xml:"name,attr"`
			Class   string   `xml:"classname,attr"`
			Time    string   `xml:"time,attr"`
			Failure *readWhy `xml:"failure"`
			Skipped *readWhy `xml:"skipped"`
			Error   *readWhy `xml:"error"`
		} `xml:"testcase"`
	} `xml:"testsuite"`
}

type readWhy struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func readJUnit(t *testing.T, r record.Report) readSuites {
	t.Helper()
	text, err := record.JUnit(r)
	if err != nil {
		t.Fatal(err)
	}
	var all readSuites
	if err := xml.Unmarshal(text, &all); err != nil || len(all.Suites) != 1 {
		t.Fatalf("%v: %s", err, text)
	}
	return all
}

// What CI systems keep over runs by their names: the same case has the same name
// in each run, and no two have one.
func TestJUnit_names_are_identities(t *testing.T) {
	results := append(mixed(), green().Results...)
	for range 2 { // as when closing fails twice
		results = append(results, record.Trouble("closing of the lab", topology.Routed, lab.Kind, errors.New("it hangs\x1b[0m")))
	}
	first := record.Conclude(run(), environment(), results)
	later := run()
	later.ID, later.Started, later.Seconds = "20270101-000000-beef", later.Started.AddDate(0, 1, 1), 3
	second := record.Conclude(later, record.Environment{}, results)
	a, b := readJUnit(t, first).Suites[0], readJUnit(t, second).Suites[0]
	form := regexp.MustCompile(`^([A-Z]+-\d{3}( \[(tunnel|routed)\] \[(paper|netns|kind)\])|RUN( \[\w+\]){0,2} [a-z -]+)( \(\d\))?$`)
	seen := map[string]bool{}
	for i, c := range a.Cases {
		if seen[c.Name] || !form.MatchString(c.Name) || !strings.HasPrefix(c.Class, "vpcgate.") {
			t.Errorf("case %d of class %s is %q: used before, or of no known form", i, c.Class, c.Name)
		}
		seen[c.Name] = true
		if b.Cases[i].Name != c.Name || b.Cases[i].Class != c.Class {
			t.Errorf("%q is %q in a later run", c.Name, b.Cases[i].Name)
		}
	}
}

// Counts are those of the cases, a failure carries its block, and what did not run
// its reason.
func TestJUnit_says_what_happened(t *testing.T) {
	report := record.Conclude(run(), environment(), mixed())
	suite := readJUnit(t, report).Suites[0]
	if suite.Tests != len(suite.Cases) || suite.Tests != len(report.Results) {
		t.Errorf("%d tests, %d cases, %d results", suite.Tests, len(suite.Cases), len(report.Results))
	}
	failures, skipped := 0, 0
	for i, c := range suite.Cases {
		r := report.Results[i]
		if _, err := strconv.ParseFloat(c.Time, 64); err != nil || c.Error != nil {
			t.Errorf("%s took %q: %v, error %v", c.Name, c.Time, err, c.Error)
		}
		switch {
		case c.Failure != nil:
			failures++
			if !strings.Contains(c.Failure.Text, "\n  evidence  ") || c.Failure.Message == "" || r.Outcome != record.Failure {
				t.Errorf("%s is a %s and failed with %q: %q", c.Name, r.Outcome, c.Failure.Message, c.Failure.Text)
			}
		case c.Skipped != nil:
			skipped++
			if c.Skipped.Text != r.Reason || r.Reason == "" || r.Outcome != record.NotRun {
				t.Errorf("%s is a %s and was skipped for %q", c.Name, r.Outcome, c.Skipped.Text)
			}
		case r.Outcome != record.Success:
			t.Errorf("%s is a %s and a pass", c.Name, r.Outcome)
		}
	}
	if failures != suite.Failures || skipped != suite.Skipped || failures != 5 || skipped != 2 {
		t.Errorf("%d failures and %d skipped of %d and %d", failures, skipped, suite.Failures, suite.Skipped)
	}
}

func TestMarkdown_goldens(t *testing.T) {
	golden.Assert(t, "testdata/summary-mixed.md", record.Markdown(record.Conclude(run(), environment(), mixed())))
	golden.Assert(t, "testdata/summary-green.md", record.Markdown(green()))
}

// A summary that a CI would refuse for its size says nothing.
func TestMarkdown_of_many_failures_is_bounded(t *testing.T) {
	results := make([]record.Result, 2000)
	for i := range results {
		results[i] = symptomMissed()
		results[i].Reason += " ```|<b>"
	}
	text := record.Markdown(record.Conclude(run(), environment(), results))
	if len(text) > 100<<10 || !strings.Contains(text, "and 1975 more, in the report.") || regexp.MustCompile("(?m)^<details>.*<b>").MatchString(text) {
		t.Errorf("%d bytes: %.3000s", len(text), text)
	}
	if !strings.Contains(text, "\n````\n") {
		t.Error("a fence in a reason ends the block")
	}
}

func TestBadge_goldens(t *testing.T) {
	ok := result("SG-001", topology.Tunnel, lab.Paper, 1)
	partial := record.Conclude(run(), environment(), []record.Result{ok, mixed()[8]})
	for name, r := range map[string]record.Report{
		"success": green(), "partial": partial, "failure": record.Conclude(run(), environment(), mixed()), "nothing": record.Conclude(run(), environment(), nil),
	} {
		text := record.Badge(r)
		if err := xml.Unmarshal([]byte(text), new(struct{})); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden.Assert(t, "testdata/badge-"+name+".svg", text)
	}
}
