package page_test

import (
	"net/netip"
	"regexp"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/page"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

var began = time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)

// asked is a check of the main flow that was answered with what was wanted, or not.
func asked(want, got verdict.Verdict, e verdict.Evidence, p verdict.Path) record.Check {
	return record.Check{
		Role: "flow", Want: want, Predicted: want, OK: want.SatisfiedBy(got),
		Observation: verdict.Observation{
			Flow: topology.OverTCP("pod-a", "ecs-25", 80), From: netip.MustParseAddr("172.16.0.10"), To: netip.MustParseAddr("192.168.10.25"),
			Verdict: got, Evidence: e, Path: p, Transcript: "Trying 192.168.10.25...\n", Milliseconds: 3.2,
		},
	}
}

// small is a report of one scenario that failed in the end, and of one that did not run.
func small() record.Report {
	reached, rule := verdict.ReachedAs("pod-a"), verdict.DefaultDeny("ecs-25", topology.Ingress)
	dropped := verdict.Dropped("vpc-demo", rule)
	sent := verdict.Step{Hop: "pod-a", Did: "sent 172.16.0.10 → 192.168.10.25"}
	arrives := verdict.Path{Forth: []verdict.Step{sent, {Hop: "ecs-25", Did: "delivered"}}, Back: []verdict.Step{{Hop: "pod-a", Did: "delivered"}}}
	ends := verdict.Path{Forth: []verdict.Step{sent, {Hop: "vpc-demo", Did: "routed to <ecs-25>"}, {Hop: "vpc-demo", Did: "dropped", Rule: rule}}}
	answered := verdict.Evidence{Sent: 1, Received: 1, Server: "ecs-25"}
	lost := verdict.Evidence{
		Sent: 1, Rules: []verdict.RuleCount{{Hop: "vpc-demo", Rule: rule, Way: verdict.Request, Packets: 1}},
		Sightings: []verdict.Sighting{{Hop: "vpc-demo", Way: verdict.Request, Point: verdict.Entered, Client: netip.MustParseAddr("172.16.0.10"), Packets: 1}},
	}
	r := record.Result{
		Scenario: "SG-001", Title: "peer's group omits <containers> & more", Family: scenario.SecurityGroup, Origin: scenario.Seed, Tier: scenario.Core,
		Claim: "intra-vpc/security-group", Mode: topology.Routed, Lab: lab.Netns, Outcome: record.Failure, Failed: record.Remedy,
		Class: record.Expectation, Reason: "not cured: pod-a → ecs-25 tcp/80", Started: began, Seconds: 0.41, Sketch: "pod-a ── ecs-25\n",
		Phases: []record.PhaseRecord{
			{Phase: record.Baseline, Seconds: 0.1, EffectSeconds: 0.02, Checks: []record.Check{asked(reached, reached, answered, arrives)}},
			{Phase: record.Break, Change: "remove rule from-containers", Seconds: 0.05},
			{Phase: record.Symptom, Seconds: 0.1, EffectSeconds: 0.01, Checks: []record.Check{asked(dropped, dropped, lost, ends)}},
			{Phase: record.Decoy, Change: "add rule from-vpc", Seconds: 0.06, Checks: []record.Check{asked(dropped, dropped, lost, ends)}},
			{Phase: record.Remedy, Change: "add rule from-nodes", Seconds: 0.1, EffectSeconds: 0.01, Error: "not cured", Checks: []record.Check{asked(reached, dropped, lost, ends)}},
		},
	}
	missing := record.NotRunBecause(scenario.Scenario{ID: "PEER-001", Title: "no peering", Tier: scenario.Core}, topology.Tunnel, lab.Kind, "no engine")
	return record.Conclude(record.Run{ID: "20261124-230000-0a1b", Started: began, Seconds: 1.5}, record.Environment{Kernel: "6.18.5", CPUs: 2}, []record.Result{r, missing})
}

func TestRender(t *testing.T) {
	text, err := page.Render(small(), nil)
	if err != nil {
		t.Fatal(err)
	}
	body := string(text)
	for _, own := range []string{`(?s)(<style>).*?(</style>)`, `(?s)(<script>).*?(</script>)`, `(sha256-).*?(&#39;)`} {
		body = regexp.MustCompile(own).ReplaceAllString(body, "$1$2")
	}
	golden.Assert(t, "testdata/page.html", body)
}
