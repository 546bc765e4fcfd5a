package scenarios_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/claims"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
	"github.com/vpcgate/vpcgate/suites/scenarios"
)

// eachMode runs a check for every scenario in both modes.
func eachMode(t *testing.T, check func(t *testing.T, s scenario.Scenario, m topology.Mode)) {
	t.Helper()
	for _, s := range scenarios.Catalogue() {
		for _, m := range s.Modes() {
			t.Run(fmt.Sprintf("%s/%s", s.ID, m), func(t *testing.T) { check(t, s, m) })
		}
	}
}

func TestCatalogue_ids(t *testing.T) {
	wellFormed := regexp.MustCompile(`^[A-Z]+-[0-9]{3}$`)
	last := ""
	for _, s := range scenarios.Catalogue() {
		switch {
		case !wellFormed.MatchString(s.ID):
			t.Errorf("%q is not an id such as SG-001", s.ID)
		case s.Family() == "":
			t.Errorf("%s belongs to no family", s.ID)
		case sameFamily(last, s.ID) && last >= s.ID:
			t.Errorf("%s is listed after %s", s.ID, last)
		}
		last = s.ID
	}
}

func sameFamily(a, b string) bool {
	x, _, _ := strings.Cut(a, "-")
	y, _, _ := strings.Cut(b, "-")
	return x == y
}

func TestCatalogue_literalsAreComplete(t *testing.T) {
	for _, s := range scenarios.Catalogue() {
		if s.Title == "" || strings.Contains(s.Title, " and ") || strings.HasSuffix(s.Title, ".") {
			t.Errorf("%s: the title %q is not one fact", s.ID, s.Title)
		}
		if !slices.Contains([]scenario.Origin{scenario.Seed, scenario.Documented, scenario.Derived}, s.Origin) {
			t.Errorf("%s: unknown origin %q", s.ID, s.Origin)
		}
		if s.Tier != scenario.Core && s.Tier != scenario.Extended {
			t.Errorf("%s: unknown tier %q", s.ID, s.Tier)
		}
		if len(s.Controls) == 0 {
			t.Errorf("%s has no control", s.ID)
		}
		if len(s.Decoys.Tunnel)+len(s.Decoys.Routed) == 0 {
			t.Errorf("%s has no decoy", s.ID)
		}
		if (s.OnlyIn != "") != (s.OnlyBecause != "") {
			t.Errorf("%s: one mode only and the reason for it go together", s.ID)
		}
		stateful := s.Flow.Use != "" && s.Flow.Use != topology.UseHTTPS
		if s.Produces && (s.Planning() || len(s.Stages) > 0 || len(s.Also) == 0 || !stateful) {
			t.Errorf("%s: what goes on writing is a client of a service that keeps it, through one fault that others meet as well", s.ID)
		}
		for _, c := range s.Controls {
			if c.Why == "" {
				t.Errorf("%s: control %s does not say why", s.ID, c.Flow)
			}
		}
	}
}

// A scenario that shows nothing in either mode would prove nothing.
func TestCatalogue_someModeShowsASymptom(t *testing.T) {
	for _, s := range scenarios.Catalogue() {
		if !s.Shows(topology.Tunnel) && !s.Shows(topology.Routed) {
			t.Errorf("%s shows no symptom in any mode", s.ID)
		}
	}
	eachMode(t, func(t *testing.T, s scenario.Scenario, m topology.Mode) {
		if s.Shows(m) && len(s.Decoys.In(m)) == 0 {
			t.Error("a symptom without decoys: what does not cure it is not shown")
		}
	})
}

// What a fault shows is cured: nothing that fails in the broken world alone may go
// on in the remedied one.
func TestCatalogue_whatShowsIsCured(t *testing.T) {
	eachMode(t, func(t *testing.T, s scenario.Scenario, m topology.Mode) {
		cured := slices.ContainsFunc(s.Expectations(m), func(e scenario.Expect) bool { return !e.Symptom.SatisfiedBy(e.Cured) })
		if len(s.Refused.In(m)) == 0 && s.Shows(m) != cured {
			t.Errorf("the fault shows: %t, and the remedy cures something: %t", s.Shows(m), cured)
		}
	})
}

func TestCatalogue_oneFilePerScenario(t *testing.T) {
	dirs := map[scenario.Family]string{
		scenario.SecurityGroup: "securitygroup", scenario.Peering: "peering", scenario.Service: "managed", scenario.Engine: "engine",
		scenario.Planning: "planning", scenario.Node: "node", scenario.Hybrid: "hybrid", scenario.Triage: "triage",
	}
	want := map[string]bool{}
	for _, s := range scenarios.Catalogue() {
		prefix := strings.ToLower(strings.ReplaceAll(s.ID, "-", ""))
		found := glob(t, filepath.Join(dirs[s.Family()], prefix+"_*.go"))
		if len(found) != 1 {
			t.Errorf("%s: files %v; want exactly one", s.ID, found)
			continue
		}
		want[found[0]] = true
		checkFile(t, s, found[0])
	}
	for _, file := range glob(t, filepath.Join("*", "*_*.go")) {
		if !want[file] && !strings.HasSuffix(file, "_test.go") {
			t.Errorf("%s holds no scenario of the catalogue", file)
		}
	}
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// maxLines is one page: a scenario is to be read at a glance.
const maxLines = 80

var address = regexp.MustCompile(`"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+`)

func checkFile(t *testing.T, s scenario.Scenario, file string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if lines := strings.Count(string(text), "\n"); lines > maxLines {
		t.Errorf("%s has %d lines; at most %d are allowed", file, lines, maxLines)
	}
	if found := address.Find(text); found != nil {
		t.Errorf("%s holds the literal address %s; name it in the registry of worlds", file, found)
	}
	parts := []string{"// Claim: " + s.Claim + ".", "──"}
	for _, m := range s.Modes() {
		parts = append(parts, map[topology.Mode]string{topology.Tunnel: "// Tunnel mode ", topology.Routed: "// Routed mode "}[m])
	}
	for _, part := range parts {
		if !strings.Contains(string(text), part) {
			t.Errorf("%s: the header lacks %q", file, part)
		}
	}
}

func TestCatalogue_claims(t *testing.T) {
	all, err := claims.Load()
	if err != nil {
		t.Fatal(err)
	}
	proved := map[string][]string{}
	for _, s := range scenarios.Catalogue() {
		proved[s.Claim] = append(proved[s.Claim], s.ID)
	}
	for _, c := range all {
		if len(proved[c.ID]) == 0 {
			t.Errorf("claim %s has no scenario", c.ID)
		}
		delete(proved, c.ID)
	}
	for claim, ids := range proved {
		t.Errorf("scenarios %v prove %q, which no file of claims states", ids, claim)
	}
}

// What the documentation contradicts is disputed in the scenario and in the claims
// alike.
func TestCatalogue_disputes(t *testing.T) {
	findings, err := claims.LoadFindings()
	if err != nil {
		t.Fatal(err)
	}
	contradicted := map[string]string{}
	for _, f := range findings {
		if f.Kind == record.Contradiction {
			for _, c := range f.Claims {
				contradicted[c] = f.ID
			}
		}
	}
	for _, s := range scenarios.Catalogue() {
		switch finding, is := contradicted[s.Claim]; {
		case is && s.Disputed == "":
			t.Errorf("%s proves %s, which finding %s contradicts, and does not say that it is disputed", s.ID, s.Claim, finding)
		case !is && s.Disputed != "":
			t.Errorf("%s is disputed, and no contradiction among the findings has its claim %s", s.ID, s.Claim)
		}
	}
}

// Every row has a scenario, or says why it cannot have one; never both.
func TestCatalogue_everyRow(t *testing.T) {
	list, err := claims.LoadNotTestable()
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{}
	for _, s := range scenarios.Catalogue() {
		known[s.ID] = true
	}
	for _, n := range list {
		known[n.ID] = true
		if slices.ContainsFunc(scenarios.Catalogue(), func(s scenario.Scenario) bool { return s.ID == n.ID }) {
			t.Errorf("%s is listed as not testable and has a scenario", n.ID)
		}
		if (scenario.Scenario{ID: n.ID}).Family() == "" {
			t.Errorf("%s belongs to no family", n.ID)
		}
	}
	rows := map[string]int{"SG": 22, "PEER": 28, "SVC": 24, "ENG": 13, "PLAN": 7, "NODE": 27, "HYB": 4, "TRI": 7}
	for prefix, last := range rows {
		for n := 1; n <= last; n++ {
			if id := fmt.Sprintf("%s-%03d", prefix, n); !known[id] {
				t.Errorf("%s has no scenario and no reason", id)
			}
		}
	}
}

// Every edit applies to the world that it is meant for and leaves a valid one.
func TestCatalogue_worldsAndChanges(t *testing.T) {
	eachMode(t, func(t *testing.T, s scenario.Scenario, m topology.Mode) {
		healthy := healthyWorld(t, s, m)
		mustBeValid(t, "healthy world", healthy)
		if rules := s.Refused.In(m); len(rules) > 0 {
			mustBeRefused(t, s, m, healthy, rules)
			return
		}
		broken := edited(t, "broken world", healthy, s.Break.In(m))
		remedied := edited(t, "remedied world", broken, s.WholeRemedy(m))
		for i, decoy := range s.Decoys.In(m) {
			w := edited(t, fmt.Sprintf("decoy %d", i), broken, decoy)
			if reflect.DeepEqual(w, remedied) {
				t.Errorf("decoy %d is the remedy", i)
			}
		}
	})
}

// mustBeRefused holds a planning scenario against validation: the broken world
// violates exactly the named rules, every decoy some, the remedied one none.
func mustBeRefused(t *testing.T, s scenario.Scenario, m topology.Mode, healthy topology.World, rules []topology.RuleID) {
	t.Helper()
	broken, refusal := requested(t, healthy, s.Break.In(m))
	if got := topology.Violations(refusal); !slices.Equal(got, rules) {
		t.Errorf("violates %v, want %v: %v", got, rules, refusal)
	}
	for i, decoy := range s.Decoys.In(m) {
		if _, refusal := requested(t, broken, decoy); len(topology.Violations(refusal)) == 0 {
			t.Errorf("decoy %d is not refused: %v", i, refusal)
		}
	}
	edited(t, "remedied world", broken, s.Remedy.In(m))
}

// requested is the world that a change would make, and why it is refused.
func requested(t *testing.T, w topology.World, c change.Change) (after topology.World, refusal error) {
	t.Helper()
	after, refusal, err := change.Request(w, c)
	if err != nil {
		t.Fatalf("%s: %v", c, err)
	}
	if refusal == nil {
		refusal = after.Validate()
	}
	return after, refusal
}

func healthyWorld(t *testing.T, s scenario.Scenario, m topology.Mode) topology.World {
	t.Helper()
	w, err := s.HealthyWorld(m)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func edited(t *testing.T, what string, w topology.World, c change.Change) topology.World {
	t.Helper()
	after, err := change.Edit(w, c)
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	mustBeValid(t, what, after)
	return after
}

func mustBeValid(t *testing.T, what string, w topology.World) {
	t.Helper()
	if err := w.Validate(); err != nil {
		t.Fatalf("%s: %v", what, err)
	}
}

func TestCatalogue_flowsAndVerdicts(t *testing.T) {
	eachMode(t, func(t *testing.T, s scenario.Scenario, m topology.Mode) {
		w := healthyWorld(t, s, m)
		for _, e := range s.Expectations(m) {
			if len(s.Refused.In(m)) > 0 {
				e.Symptom = e.Healthy
			}
			mustBeAskable(t, w, e.Flow, e.Healthy, e.Symptom, e.Cured)
			// An exposure is cured by a drop, and what a mode never allows stays one,
			// by whatever rule.
			exposure := e.Symptom.Positive()
			never := !e.Healthy.Positive() && !e.Symptom.Positive() && !e.Cured.Positive() && hasPositiveTwin(s, m)
			if !e.Cured.Positive() && !exposure && !never {
				t.Errorf("%s: cured is %s; a cure is an answer", e.Flow, e.Cured)
			}
		}
		for _, c := range s.Controls {
			mustBeAskable(t, w, c.Flow, c.Verdict.In(m))
		}
	})
}

// hasPositiveTwin reports whether another flow of the scenario, or a control, is
// answered in the mode where its own never is.
func hasPositiveTwin(s scenario.Scenario, m topology.Mode) bool {
	for _, e := range s.Expectations(m) {
		if e.Cured.Positive() {
			return true
		}
	}
	return slices.ContainsFunc(s.Controls, func(c scenario.Control) bool { return c.Verdict.In(m).Positive() })
}

func mustBeAskable(t *testing.T, w topology.World, f topology.Flow, vs ...verdict.Verdict) {
	t.Helper()
	if err := w.ValidateFlow(f); err != nil {
		t.Error(err)
	}
	for _, v := range vs {
		if !v.SatisfiedBy(v) {
			t.Errorf("%s: %q satisfies nothing", f, v)
		}
		if v.SeenAs != "" {
			isGateway := func(g topology.NATGateway) bool { return g.Name == v.SeenAs }
			if _, known := w.Endpoint(v.SeenAs); !known && !slices.ContainsFunc(w.NATGateways, isGateway) {
				t.Errorf("%s: nobody is called %q", f, v.SeenAs)
			}
		}
	}
}
