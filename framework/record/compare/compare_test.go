package compare_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/compare"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// kept is a result that both runs have, so that they can be compared.
func kept() record.Result { return passed("PEER-001", topology.Routed, lab.Netns) }

func sg(l lab.Name) record.Result { return passed("SG-001", topology.Routed, l) }

func seenAs(r record.Result, p record.Phase, from, saw string) record.Result {
	for i := range r.Phases {
		if r.Phases[i].Phase == p {
			o := &r.Phases[i].Checks[0].Observation
			o.From = reached("pod-a", from).SeenAddress
			o.Verdict = reached("pod-a", saw)
		}
	}
	return r
}

func symptomBy(r record.Result, v verdict.Verdict) record.Result {
	for i := range r.Phases {
		if !r.Phases[i].Checks[0].Observation.Verdict.Positive() {
			r.Phases[i].Checks[0] = check(v)
		}
	}
	return r
}

// The whole table of what may become of one result.
func TestRuns_one_result(t *testing.T) {
	reply := verdict.ReplyLost("ecs-25", "vpc-demo", denied)
	seen := reached("pod-a", "172.16.0.10")
	for _, c := range []struct {
		name     string
		old, new []record.Result
		want     string
	}{
		{"nothing changed", list(sg(lab.Netns)), list(sg(lab.Netns)), "same"},
		{
			"it fails now, where it saw something else", list(sg(lab.Netns)), list(failed(sg(lab.Netns), record.Symptom, record.Expectation, seen)),
			"regression: newly-failing SG-001 [routed] [netns] at symptom: pod-a → ecs-25 icmp" +
				" | success: dropped at vpc-demo by " + denied + " | expectation: reached, seen as pod-a (172.16.0.10)",
		},
		{
			"it passes now", list(failed(sg(lab.Netns), record.Remedy, record.Expectation, dropped())), list(sg(lab.Netns)),
			"better: newly-passing SG-001 [routed] [netns] at remedy: pod-a → ecs-25 icmp | expectation: dropped at vpc-demo by " + denied + " | success",
		},
		{
			"it still fails for the same cause", list(failed(sg(lab.Netns), record.Remedy, record.Expectation, dropped())),
			list(failed(sg(lab.Netns), record.Remedy, record.Expectation, dropped())), "same",
		},
		{
			"it fails by another rule", list(failed(sg(lab.Netns), record.Remedy, record.Expectation, dropped())),
			list(failed(sg(lab.Netns), record.Remedy, record.Expectation, reply)),
			"regression: changed-cause SG-001 [routed] [netns] at remedy: pod-a → ecs-25 icmp | remedy: expectation: dropped at vpc-demo by " + denied +
				" | remedy: expectation: reply lost: arrived at ecs-25, lost at vpc-demo by " + denied,
		},
		{
			"it fails earlier", list(failed(sg(lab.Netns), record.Remedy, record.Expectation, dropped())),
			list(failed(sg(lab.Netns), record.Baseline, record.Expectation, dropped())),
			"regression: changed-cause SG-001 [routed] [netns] at baseline: pod-a → ecs-25 icmp | remedy: expectation: dropped at vpc-demo by " + denied +
				" | baseline: expectation: dropped at vpc-demo by " + denied,
		},
		{
			"it fails later, so it got further", list(failed(sg(lab.Netns), record.Baseline, record.Expectation, dropped())),
			list(failed(sg(lab.Netns), record.Remedy, record.Expectation, dropped())),
			"same: changed-cause SG-001 [routed] [netns] at remedy: pod-a → ecs-25 icmp | baseline: expectation: dropped at vpc-demo by " + denied +
				" | remedy: expectation: dropped at vpc-demo by " + denied,
		},
		{
			"it fails in another class", list(failed(sg(lab.Netns), record.Remedy, record.Expectation, dropped())),
			list(failed(sg(lab.Netns), record.Remedy, record.Disagreement, dropped())),
			"regression: changed-cause SG-001 [routed] [netns] at remedy: pod-a → ecs-25 icmp | remedy: expectation: dropped at vpc-demo by " + denied +
				" | remedy: disagreement: dropped at vpc-demo by " + denied,
		},
		{
			"the server sees another address", list(sg(lab.Netns)), list(seenAs(sg(lab.Netns), record.Remedy, "172.16.0.10", "192.168.10.11")),
			"regression: changed-source SG-001 [routed] [netns] at remedy: pod-a → ecs-25 icmp | seen as pod-a (172.16.0.10) | seen as pod-a (192.168.10.11)",
		},
		{"on kind a pod's own address says nothing", list(sg(lab.Kind)), list(seenAs(sg(lab.Kind), record.Remedy, "172.16.0.77", "172.16.0.77")), "same"},
		{
			"on kind another's address does", list(sg(lab.Kind)), list(seenAs(sg(lab.Kind), record.Remedy, "172.16.0.10", "192.168.10.11")),
			"regression: changed-source SG-001 [routed] [kind] at remedy: pod-a → ecs-25 icmp | seen as pod-a (its own address) | seen as pod-a (192.168.10.11)",
		},
		{
			"the symptom is by another rule, and both are wanted", list(sg(lab.Netns)), list(symptomBy(sg(lab.Netns), reply)),
			"same: changed-cause SG-001 [routed] [netns] at symptom: pod-a → ecs-25 icmp | dropped at vpc-demo by " + denied +
				" | reply lost: arrived at ecs-25, lost at vpc-demo by " + denied + " +2",
		},
		{
			"core did not run", list(sg(lab.Netns)), list(notRun(sg(lab.Netns))),
			"regression: no-longer-run SG-001 [routed] [netns] | success | not run: the cluster was not ready",
		},
		{
			"extended did not run", list(extended(sg(lab.Netns))), list(notRun(extended(sg(lab.Netns)))),
			"same: no-longer-run SG-001 [routed] [netns] | success | not run: the cluster was not ready",
		},
		{
			"it has no result any more", list(sg(lab.Netns)), nil,
			"regression: no-longer-run SG-001 [routed] [netns] | success | no result, although it was selected",
		},
		{"neither ran", list(notRun(sg(lab.Kind))), list(notRun(sg(lab.Kind))), "same"},
		{"it is new", nil, list(sg(lab.Netns)), "better: new SG-001 [routed] [netns] | no result | success"},
		{"it runs now", list(notRun(sg(lab.Netns))), list(sg(lab.Netns)), "better: new SG-001 [routed] [netns] | not run: the cluster was not ready | success"},
		{
			"it is new and fails", nil, list(failed(sg(lab.Netns), record.Baseline, record.Expectation, dropped())),
			"regression: new-and-failing SG-001 [routed] [netns] at baseline: pod-a → ecs-25 icmp | no result | expectation: dropped at vpc-demo by " + denied,
		},
		{
			"the run has a trouble", nil, list(record.Trouble("set-up of the lab", topology.Routed, lab.Kind, errors.New("no name resolves\nfrom pod-a"))),
			"regression: newly-failing RUN [routed] [kind] | no such trouble | run: no name resolves",
		},
		{
			"the run's trouble is over", list(record.Trouble("set-up of the lab", topology.Routed, lab.Kind, errors.New("no name resolves"))), nil,
			"better: newly-passing RUN [routed] [kind] | run: no name resolves | no such trouble",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := compare.Runs(report("old", append(c.old, kept())...), report("new", append(c.new, kept())...), compare.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if text := short(got); text != c.want {
				t.Errorf("got  %s\nwant %s", text, c.want)
			}
		})
	}
}

func list(all ...record.Result) []record.Result { return all }

// short is a comparison with its findings in a line.
func short(c compare.Comparison) string {
	text := string(c.Outcome)
	for i, f := range c.Findings {
		text += map[bool]string{true: ": ", false: "; "}[i == 0] + string(f.Kind) + " " + f.Name
		if f.Phase != "" {
			text += " at " + string(f.Phase)
		}
		if f.Flow != "" {
			text += ": " + f.Flow
		}
		text += " | " + f.Old + " | " + f.New
		if f.More > 0 {
			text += fmt.Sprintf(" +%d", f.More)
		}
	}
	return text
}

// What a run was not asked for is no regression; what it was asked for is one.
func TestRuns_selections(t *testing.T) {
	for _, c := range []struct {
		name        string
		narrow      func(old, run *record.Run)
		gone        int
		notSelected int
	}{
		{"the same selection", func(_, _ *record.Run) {}, 1, 0},
		{"another lab", func(_, r *record.Run) { r.Labs = []lab.Name{lab.Paper} }, 0, 1},
		{"another mode", func(_, r *record.Run) { r.Modes = []topology.Mode{topology.Tunnel} }, 0, 1},
		{"a focus without it", func(_, r *record.Run) { r.Focus = "PEER-0" }, 0, 1},
		{"a focus with it", func(_, r *record.Run) { r.Focus = "^SG-0.*container CIDR" }, 1, 0},
		{"a filter that the old run had not", func(_, r *record.Run) { r.Filter = "family: containsAny peering" }, 0, 1},
		{"a filter that both had", func(o, r *record.Run) {
			o.Filter = "family: containsAny peering"
			r.Filter = o.Filter
		}, 1, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			old, run := report("old", kept(), sg(lab.Netns)), report("new", kept())
			c.narrow(&old.Run, &run.Run)
			got, err := compare.Runs(old, run, compare.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if gone := len(got.Of(compare.NoLongerRun)); gone != c.gone || got.NotSelected != c.notSelected || (got.Outcome == compare.Regression) != (c.gone > 0) {
				t.Errorf("%s: %d no longer run, %d not selected; want %d and %d", got.Outcome, gone, got.NotSelected, c.gone, c.notSelected)
			}
			// The other way round nothing is new that had not been asked for.
			got, err = compare.Runs(run, old, compare.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Of(compare.New)) != c.gone || got.NotSelectedBefore != c.notSelected {
				t.Errorf("back: %d new, %d not selected before", len(got.Of(compare.New)), got.NotSelectedBefore)
			}
		})
	}
}

func TestRuns_what_cannot_be_compared(t *testing.T) {
	unfinished := record.Unfinished(run("dead"), environment())
	if _, err := compare.Runs(unfinished, whole("new"), compare.Options{}); !errors.Is(err, compare.ErrNothingToCompare) {
		t.Errorf("an old run without results: %v", err)
	}
	if _, err := compare.Runs(report("old", kept()), report("new", sg(lab.Netns)), compare.Options{}); !errors.Is(err, compare.ErrNothingToCompare) {
		t.Errorf("nothing in common: %v", err)
	}
	// A new run that died is worse than one that did not.
	got, err := compare.Runs(whole("old"), unfinished, compare.Options{})
	if err != nil || got.Outcome != compare.Regression {
		t.Fatalf("%s, %v", got.Outcome, err)
	}
	if dead, gone := got.Of(compare.NewlyFailing), got.Of(compare.NoLongerRun); len(dead) != 1 || len(gone) != 2*len(ids()) {
		t.Errorf("%d newly failing and %d no longer run", len(dead), len(gone))
	}
}

func TestRuns_allowed_kinds_are_shown_and_do_not_count(t *testing.T) {
	got, err := compare.Runs(report("old", kept(), sg(lab.Netns)), report("new", kept()), compare.Options{Allowed: []compare.Kind{compare.NoLongerRun}})
	if err != nil || got.Outcome != compare.Same || len(got.Findings) != 1 || got.Regressions() != 0 {
		t.Errorf("%s with %d findings, %v", got.Outcome, len(got.Findings), err)
	}
}

func TestRuns_diagnosis(t *testing.T) {
	old, run := whole("old"), whole("new")
	old.Diagnosis = []record.Diagnosis{{Lab: lab.Netns, Flows: 30, Wrong: 1}}
	run.Diagnosis = []record.Diagnosis{{Lab: lab.Netns, Flows: 30, Wrong: 3}, {Lab: lab.Paper, Flows: 30, Wrong: 9}}
	got, err := compare.Runs(old, run, compare.Options{})
	if err != nil {
		t.Fatal(err)
	}
	const want = "regression: misdiagnosed diagnosis [netns] | 1 of 30 faults diagnosed wrongly | 3 of 30 faults diagnosed wrongly"
	if short(got) != want {
		t.Errorf("got %s", short(got))
	}
}

func TestRuns_environment(t *testing.T) {
	old, run := whole("old"), whole("new")
	e := &run.Environment
	e.Kernel, e.Kubernetes, e.Engine, e.Git.Commit, e.NodeImage.Digest = "6.19.0", "v1.38.0", "", "0123456789abcdef", "sha256:9"
	e.Services = slices.Clone(e.Services)
	e.Services[0].Version, e.Services[0].StandIn = "v2.41.0", "for Redis"
	e.Services = append(e.Services, record.Service{Lab: lab.Kind, Program: e.Services[0].Program})
	run.Run.Focus = "SG-0"
	got, err := compare.Runs(old, run, compare.Options{})
	if err != nil || got.Outcome != compare.Same {
		t.Fatalf("%s, %v", got.Outcome, err)
	}
	var lines []string
	for _, d := range got.Environment {
		lines = append(lines, d.What+": "+d.Old+" → "+d.New)
	}
	want := []string{
		"git: 9225c50aaaa clean → 0123456789ab clean",
		"selection: labs paper, netns, kind; modes tunnel, routed → labs paper, netns, kind; modes tunnel, routed; focus SG-0",
		"kernel: 6.18.5 → 6.19.0",
		"engine: docker 20.10.24 → none",
		"kubernetes: v1.37.2 → v1.38.0",
		"node image: vpcgate/node:v1.37.2 sha256:0a1b2c → vpcgate/node:v1.37.2 sha256:9",
		"redis on netns: miniredis v2.40.0 → miniredis v2.41.0, stands in for Redis",
	}
	if !slices.Equal(lines, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(lines, "\n"), strings.Join(want, "\n"))
	}
}
