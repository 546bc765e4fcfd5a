package compare_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/compare"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// mixed has something of every kind.
func mixed(t *testing.T) compare.Comparison {
	t.Helper()
	old, run := whole("20261122-233000-3f2a"), whole("20261123-091500-77c1")
	old.Diagnosis = []record.Diagnosis{{Lab: lab.Netns, Flows: 30}}
	run.Diagnosis = []record.Diagnosis{{Lab: lab.Netns, Flows: 30, Wrong: 1}}
	run.Environment.Kernel = "6.19.0"
	run.Environment.Git = record.Git{Commit: "77c1d02", State: "dirty"}
	run = later(run, of("PEER-", record.Remedy), plus(0.15))
	set := func(r *record.Report, with record.Result) {
		for i := range r.Results {
			if r.Results[i].Name() == with.Name() {
				r.Results[i] = with
				return
			}
		}
		r.Results = append(r.Results, with)
	}
	for _, id := range []string{"SG-001", "SG-002", "SG-003"} {
		set(&run, failed(passed(id, topology.Routed, lab.Netns), record.Baseline, record.Disagreement, dropped()))
	}
	set(&run, failed(passed("SG-004", topology.Routed, lab.Netns), record.Symptom, record.Expectation, reached("pod-a", "172.16.0.10")))
	set(&run, failed(passed("SG-030", topology.Routed, lab.Netns), record.Baseline, record.Expectation, dropped()))
	set(&run, notRun(passed("SG-005", topology.Tunnel, lab.Netns)))
	set(&run, seenAs(passed("SG-005", topology.Routed, lab.Netns), record.Remedy, "172.16.0.10", "192.168.10.11"))
	set(&old, failed(passed("SG-006", topology.Tunnel, lab.Netns), record.Remedy, record.Expectation, dropped()))
	set(&old, failed(passed("SG-006", topology.Routed, lab.Netns), record.Remedy, record.Expectation, dropped()))
	set(&run, failed(passed("SG-006", topology.Routed, lab.Netns), record.Remedy, record.Expectation, dropped()))
	broken := passed("PEER-001", topology.Routed, lab.Netns)
	broken.Outcome, broken.Failed, broken.Class, broken.Reason, broken.Phases = record.Failure, record.Adopt, record.BrokenLab, "adopt world a|b: <script> `x`\nmore", nil
	set(&old, failed(passed("PEER-001", topology.Routed, lab.Netns), record.Remedy, record.Expectation, dropped()))
	set(&run, broken)
	set(&run, passed("SG-031", topology.Tunnel, lab.Netns))
	set(&run, record.Trouble("set-up of the lab", topology.Routed, lab.Kind, errors.New("check cluster routed: no name resolves\nfrom pod-a")))
	old = keep(old, record.Conclude(old.Run, old.Environment, old.Results))
	run = keep(run, record.Conclude(run.Run, run.Environment, run.Results))
	c, err := compare.Runs(old, run, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range compare.Kinds() {
		if len(c.Of(k)) == 0 {
			t.Errorf("nothing is %s", k)
		}
	}
	return c
}

// keep keeps what Conclude works out anew.
func keep(from, to record.Report) record.Report {
	to.Diagnosis = from.Diagnosis
	return to
}

func same(t *testing.T) compare.Comparison {
	t.Helper()
	c, err := compare.Runs(whole("20261122-233000-3f2a"), whole("20261123-091500-77c1"), compare.Options{Allowed: []compare.Kind{compare.Slower}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestText(t *testing.T) {
	for name, c := range map[string]compare.Comparison{"mixed": mixed(t), "same": same(t)} {
		text := c.Text()
		golden.Assert(t, "testdata/"+name+".txt", text)
		for _, line := range strings.Split(text, "\n") {
			if n := utf8.RuneCountInString(line); n > 80 {
				t.Errorf("%s: a line has %d characters: %s", name, n, line)
			}
		}
	}
}

func TestMarkdown(t *testing.T) {
	for name, c := range map[string]compare.Comparison{"mixed": mixed(t), "same": same(t)} {
		golden.Assert(t, "testdata/"+name+".md", c.Markdown())
	}
}

// A pull request takes 65,536 characters, however much went wrong.
func TestMarkdown_and_text_are_bounded(t *testing.T) {
	old, run := whole("old"), record.Unfinished(run("new"), environment())
	for i := range 30 {
		for _, r := range whole("old").Results {
			r.Scenario += strings.Repeat("1", i)
			old.Results = append(old.Results, r)
		}
	}
	c, err := compare.Runs(old, run, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(c.Markdown()); n > 65536 {
		t.Errorf("the Markdown has %d bytes", n)
	}
	if n := strings.Count(c.Text(), "\n"); n > 24 {
		t.Errorf("the text has %d lines", n)
	}
}

func TestHTML_is_whole_and_asks_nobody(t *testing.T) {
	page, err := mixed(t).HTML()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := html.Parse(strings.NewReader(string(page))); err != nil {
		t.Error(err)
	}
	golden.Assert(t, "testdata/mixed.html", string(page))
	for _, no := range []string{"http://", "https://", "<script", "url("} {
		if strings.Contains(string(page), no) {
			t.Errorf("it has %q", no)
		}
	}
}

func TestJSON_comes_back(t *testing.T) {
	text, err := json.Marshal(mixed(t))
	if err != nil {
		t.Fatal(err)
	}
	var c compare.Comparison
	if err := json.Unmarshal(text, &c); err != nil || c.Text() != mixed(t).Text() {
		t.Errorf("it is not what it was: %v", err)
	}
}
