package page_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/page"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// root is the repository's root, seen from this package.
const root = "../../.."

// shown are the scenarios of the test's report: each family, a plan that is refused,
// several stages, a service that is written to, a mode of its own, a Service.
func shown() []string {
	return []string{
		"SG-001", "SG-013", "PEER-001", "PEER-002", "SVC-001", "SVC-023", "ENG-001", "PLAN-001", "NODE-007", "NODE-024", "HYB-001", "TRI-003",
	}
}

// theReport is what paper says of some scenarios, as the results of paper and of a
// lab that ran them as slowly as a wire: one of them fails, since its remedy is a decoy.
func theReport(t *testing.T) (record.Report, map[string]scenario.Scenario) {
	t.Helper()
	all := page.ByID(scenarios.Catalogue())
	var results []record.Result
	for _, id := range shown() {
		s, found := all[id]
		if !found {
			t.Fatalf("the catalogue has no %s", id)
		}
		for _, m := range s.Modes() {
			r := onPaper(t, s, m)
			results = append(results, r, asWire(r))
		}
	}
	broken := all["SG-001"]
	broken.Remedy = scenario.Both(broken.Decoys.Routed[0])
	at := slices.IndexFunc(results, func(r record.Result) bool {
		return r.Scenario == "SG-001" && r.Mode == topology.Routed && r.Lab == lab.Netns
	})
	results[at] = asWire(onPaper(t, broken, topology.Routed))
	if results[at].Outcome != record.Failure {
		t.Fatal("a scenario whose remedy is a decoy does not fail")
	}
	results[at].Bundle = []string{"bundles/SG-001-routed-netns/ruleset.txt"}
	for _, m := range topology.Modes() {
		results = append(results, record.NotRunBecause(all["SG-001"], m, lab.Kind, "there is no engine </script><script>alert(1)</script>"))
	}
	results = append(results, record.Trouble("set-up of the lab", topology.Routed, lab.Kind, errors.New("no engine\nanswers <b>here</b>")))
	falsified, err := record.ReadMutation(root)
	if err != nil || falsified == nil {
		t.Fatal(falsified, err)
	}
	own := ledger.Ledger{Run: "20261124-230000-0a1b", Leaves: ledger.Gone, Compared: map[ledger.Section]int{ledger.Links: 6, ledger.Sysctls: 1078}}
	r := record.Conclude(record.Run{
		ID: "20261124-230000-0a1b", Started: time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC), Seconds: 71.4, Labs: lab.Names(), Modes: topology.Modes(),
	}, record.Environment{
		Kernel: "6.18.5", OS: "Debian GNU/Linux 12 (bookworm)", Go: "go1.26.8", CPUs: 2, MemoryBytes: 24 << 30,
		Services: []record.Service{
			{Lab: lab.Netns, Program: managed.Program{Use: topology.UseRedis, Name: "miniredis", Version: "v2.40.0", StandIn: "for Redis, which is not installed here"}},
		},
		Git: record.Git{Commit: "9225c50", State: "clean"},
	}, results)
	r.Bites = []record.Bite{{Scenario: "SG-001", Mode: topology.Routed, Lab: lab.Kind, Broken: "the remedy changes nothing", Phase: record.Remedy, Seconds: 4.2}}
	r.Claims = []record.ClaimStatus{
		{ID: "intra-vpc/routed-admit-container-cidr", Source: "a page, line 7", Text: "The peer's group has to admit containers.", Status: record.Proved, Scenarios: []string{"SG-001", "SG-999"}},
		{ID: "intra-vpc/slip", Source: "a page, line 9", Text: "The peer is .52.", Status: record.Disputed, Finding: "address-planning/slip"},
	}
	r.Findings = []record.Finding{{
		ID: "address-planning/slip", Kind: record.Contradiction, Title: "two addresses for one host", Status: record.Proved, Reading: "the address of the transcript",
		Says:     []record.Saying{{Where: "a page, line 9", Text: "it is .52"}, {Where: "a page, line 12", Text: "it is .25"}},
		Evidence: []record.Sight{{Result: "SG-001 [routed] [netns]", Phase: record.Baseline, Flow: "pod-a → ecs-25 icmp", Saw: "reached"}},
	}}
	return r.WithLedgers(&own, nil).WithMutation(falsified), all
}

func onPaper(t *testing.T, s scenario.Scenario, m topology.Mode) record.Result {
	t.Helper()
	run := runner.Runner{Oracle: paperlab.New(), Timing: config.PaperTiming(), Diagnose: runner.MainFlow}
	return run.RunAndClose(t.Context(), s, m, paperlab.New())
}

// asWire is a result as a wire lab could have it: slower, and with transcripts.
func asWire(r record.Result) record.Result {
	const slower = 100
	r.Lab = lab.Netns
	r.Seconds *= slower
	r.Phases = slices.Clone(r.Phases)
	for i := range r.Phases {
		p := &r.Phases[i]
		p.Seconds, p.EffectSeconds = slower*p.Seconds, slower*p.EffectSeconds
		p.Checks = slices.Clone(p.Checks)
		for j := range p.Checks {
			p.Checks[j].Observation.Transcript = strings.ReplaceAll(p.Checks[j].Observation.Flow.String(), "→", "asks")
		}
	}
	return r
}
