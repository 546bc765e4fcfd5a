package record_test

import (
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/internal/golden"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/ledger"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/record/seal"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/triage"
)

// green is a run of everything on every lab, with everything that a summary
// speaks of and nothing wrong.
func green() record.Report {
	var results []record.Result
	var env record.Environment
	for _, l := range lab.Names() {
		for _, m := range topology.Modes() {
			results = append(results,
				diagnosedAs(result("TRI-007", m, l, 9.7), diagnose.Route, triage.Finding{Named: diagnose.Route}),
				result("SG-001", m, l, 0.0021),
				unplaced("ENG-013", m, l, "a tunnel cluster has no nonMasqueradeCIDRs: the case cannot arise in this mode"),
				unplaced("SG-013", m, l, "netns lab: it has no Services, which kube-proxy makes: the lab cannot host this world"),
			)
		}
		for _, u := range topology.Uses() {
			env.Services = append(env.Services, record.Service{Lab: l, Program: managed.Program{Use: u, Name: "a server", Version: "1", StandIn: "for another"}})
		}
	}
	r := record.Conclude(run(), env, results)
	r = r.WithPairs(lab.Paper, []triage.PairScore{{Pairs: 231, PagesFirst: 231}}) // as a run does
	r.Claims = []record.ClaimStatus{{Status: record.Standings()[0]}}
	own := ledger.Ledger{Run: r.Run.ID, Compared: map[ledger.Section]int{ledger.Containers: 1180}}
	return r.WithLedgers(&own, []ledger.Ledger{own})
}

func unplaced(id string, m topology.Mode, l lab.Name, reason string) record.Result {
	return record.NotRunBecause(scenario.Scenario{ID: id, Title: "a title", Tier: scenario.Extended}, m, l, reason)
}

// A run in which all is well is told on one screen, whatever it had selected.
func TestSummary_of_a_green_run_fits_a_screen(t *testing.T) {
	const rows, columns = 24, 80
	r := green()
	if r.Run.Outcome != record.Success {
		t.Fatalf("the run is a %s: %s", r.Run.Outcome, r.Run.Reason)
	}
	sealed := seal.Manifest{Run: r.Run.ID, Head: strings.Repeat("0f", 32)}
	text := record.Summary(r, sealed, "artifacts/"+r.Run.ID, record.Plain)
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	if len(lines) > rows-2 { // one above it is empty, one below it is the prompt's
		t.Errorf("%d lines", len(lines))
	}
	for _, l := range lines {
		if w := ansi.StringWidth(l); w > columns {
			t.Errorf("%d characters: %s", w, l)
		}
	}
	golden.Assert(t, "testdata/summary-green.txt", text)
}

func TestFailures_shows_every_block(t *testing.T) {
	report := record.Conclude(run(), environment(), mixed())
	for name, p := range map[string]record.Palette{"failures": record.Plain, "failures-coloured": record.Coloured} {
		golden.Assert(t, "testdata/"+name+".txt", record.Failures(report.Results, "artifacts/"+report.Run.ID+"/report.json", p))
	}
}
