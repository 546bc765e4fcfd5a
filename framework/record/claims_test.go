package record_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

func claimed() (record.Documentation, []scenario.Scenario) {
	d := record.Documentation{
		Claims: []record.ClaimStatus{
			{ID: "a/core", Source: "A, line 3", Text: "Core."},
			{ID: "a/extended", Source: "A", Text: "Extended."},
			{ID: "a/disputed", Source: "A, line 4", Text: "Disputed."},
			{ID: "NODE-015", Source: "B", Text: "Not here.", Status: record.NotTestable, Reason: "R."},
		},
		Findings: []record.Finding{{
			ID: "a/finding", Kind: record.Contradiction, Title: "A says it twice.", Reading: "The second.", Claims: []string{"a/disputed"},
			Says: []record.Saying{{Where: "A, line 4", Text: ".52"}, {Where: "A, line 5", Text: ".25"}},
		}},
	}
	return d, []scenario.Scenario{
		{ID: "SG-001", Claim: "a/core", Tier: scenario.Core},
		{ID: "SG-002", Claim: "a/core", Tier: scenario.Extended},
		{ID: "SG-003", Claim: "a/extended", Tier: scenario.Extended, OnlyIn: topology.Routed},
		{ID: "SG-018", Claim: "a/disputed", Tier: scenario.Core, OnlyIn: topology.Routed},
	}
}

func ended(id string, m topology.Mode, l lab.Name, o record.Outcome, c record.Class, reason string) record.Result {
	r := result(id, m, l, 1)
	r.Outcome, r.Class, r.Reason = o, c, reason
	return r
}

func success(id string, m topology.Mode, l lab.Name) record.Result {
	return ended(id, m, l, record.Success, "", "")
}

func TestWithClaims_judges(t *testing.T) {
	both := []record.Result{success("SG-001", topology.Tunnel, lab.Netns), success("SG-001", topology.Routed, lab.Kind)}
	for _, tt := range []struct {
		name    string
		results []record.Result
		status  record.Standing
		// shown is how many results are named, reason what lacks.
		shown  int
		reason string
	}{
		{"proved, each mode on some wire lab", both, record.Proved, 2, ""},
		{"proved, though another lab could not host it", append(slices.Clone(both),
			ended("SG-001", topology.Tunnel, lab.Kind, record.NotRun, "", "no engine")), record.Proved, 2, ""},
		{"one mode only", both[:1], record.ClaimNotRun, 1, "SG-001 [routed] was not selected"},
		{"nothing", nil, record.ClaimNotRun, 0, "SG-001 [tunnel] was not selected; and 1 more"},
		{
			"paper alone",
			[]record.Result{success("SG-001", topology.Tunnel, lab.Paper), success("SG-001", topology.Routed, lab.Paper)},
			record.ClaimNotRun, 0, "SG-001 [tunnel] ran on paper only, which proves nothing; and 1 more",
		},
		{"not run on the wire", append(slices.Clone(both[:1]), success("SG-001", topology.Routed, lab.Paper),
			ended("SG-001", topology.Routed, lab.Netns, record.NotRun, "", "no namespaces")), record.ClaimNotRun, 1, "SG-001 [routed] [netns] did not run: no namespaces"},
		{
			"the wire says otherwise", append(slices.Clone(both), ended("SG-001", topology.Routed, lab.Netns, record.Failure, record.Expectation, "symptom not seen")),
			record.Refuted, 1, "SG-001 [routed] [netns]: symptom not seen",
		},
		{
			"the wire and paper disagree", append(slices.Clone(both[1:]), ended("SG-001", topology.Tunnel, lab.Netns, record.Failure, record.Disagreement, "got reached")),
			record.Refuted, 1, "SG-001 [tunnel] [netns]: got reached",
		},
		{
			"paper says otherwise", append(slices.Clone(both), ended("SG-001", topology.Routed, lab.Paper, record.Failure, record.Expectation, "symptom not seen")),
			record.ClaimNotRun, 2, "SG-001 [routed] [paper] failed without showing it (expectation): symptom not seen",
		},
		{
			"the lab broke", append(slices.Clone(both[1:]), ended("SG-001", topology.Tunnel, lab.Netns, record.Failure, record.BrokenLab, "lab error")),
			record.ClaimNotRun, 1, "SG-001 [tunnel] [netns] failed without showing it (lab): lab error",
		},
		{
			"an extended scenario refutes", append(slices.Clone(both), ended("SG-002", topology.Tunnel, lab.Netns, record.Failure, record.Lost, "lost 3")),
			record.Refuted, 1, "SG-002 [tunnel] [netns]: lost 3",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			d, catalogue := claimed()
			c := record.Conclude(run(), environment(), tt.results).WithClaims(d, catalogue).Claims[0]
			if c.Status != tt.status || len(c.Results) != tt.shown || c.Reason != tt.reason {
				t.Errorf("got %s by %v: %q", c.Status, c.Results, c.Reason)
			}
			if !slices.Equal(c.Scenarios, []string{"SG-001", "SG-002"}) {
				t.Errorf("its scenarios are %v", c.Scenarios)
			}
		})
	}
}

// A claim without core scenarios rests on its extended ones; what is not testable
// stays so; nothing asked for leaves no claims.
func TestWithClaims_theOthers(t *testing.T) {
	d, catalogue := claimed()
	r := record.Conclude(run(), environment(), []record.Result{success("SG-003", topology.Routed, lab.Netns)}).WithClaims(d, catalogue)
	if r.Claims[1].Status != record.Proved || r.Claims[3].Status != record.NotTestable || r.Claims[3].Reason != "R." {
		t.Errorf("got %+v", r.Claims)
	}
	if r := record.Conclude(run(), environment(), nil).WithClaims(record.Documentation{}, catalogue); r.Claims != nil || r.Findings != nil {
		t.Errorf("got %+v", r)
	}
	if d.Claims[0].Status != "" {
		t.Error("the documentation itself was judged")
	}
}

// A disputed claim names its finding, and the finding shows what the wire answered,
// flow by flow, with the host that did.
func TestWithClaims_findings(t *testing.T) {
	d, catalogue := claimed()
	wire := symptomMissed()
	wire.Scenario, wire.Outcome, wire.Class, wire.Reason = "SG-018", record.Success, "", ""
	paper := wire
	paper.Lab = lab.Paper
	r := record.Conclude(run(), environment(), []record.Result{wire, paper}).WithClaims(d, catalogue)
	c, f := r.Claims[2], r.Findings[0]
	if c.Status != record.Disputed || c.Finding != "a/finding" || f.Status != record.Proved {
		t.Errorf("claim %+v, finding %+v", c, f)
	}
	if len(f.Evidence) != 1 || f.Evidence[0].Result != "SG-018 [routed] [netns]" || f.Evidence[0].Phase != record.Symptom ||
		!strings.Contains(f.Evidence[0].Flow, "192.168.10.52") || !strings.Contains(f.Evidence[0].Saw, "answered by ecs-25") {
		t.Errorf("evidence %+v", f.Evidence)
	}
	golden.Assert(t, "testdata/summary-claims.txt", record.Summary(r, seal.Manifest{}, "artifacts/"+r.Run.ID, record.Plain))
	golden.Assert(t, "testdata/claims.txt", r.Claimed().Text())
	golden.Assert(t, "testdata/claims.md", r.Claimed().Markdown())
	golden.Assert(t, "testdata/claims-before.txt", d.Bound(catalogue).Text())
	only := r.Claimed().Only([]record.Standing{record.Disputed, record.NotTestable})
	if len(only.Claims) != 2 || len(only.Findings) != 0 {
		t.Errorf("got %+v", only)
	}

	wire.Outcome, wire.Class, wire.Reason = record.Failure, record.Expectation, "got reached"
	r = record.Conclude(run(), environment(), []record.Result{wire}).WithClaims(d, catalogue)
	if r.Claims[2].Status != record.Refuted || r.Findings[0].Status != record.Refuted || !strings.Contains(r.Findings[0].Reason, "got reached") {
		t.Errorf("claim %+v, finding %+v", r.Claims[2], r.Findings[0])
	}
}
