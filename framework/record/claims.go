package record

import (
	"fmt"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Documentation is what the documentation claims and where it contradicts itself.
// A claim that is not testable says so before any run has judged it.
type Documentation struct {
	// Run is the id of the run that has judged it; it is empty before one.
	Run      string        `json:"run,omitempty"`
	Claims   []ClaimStatus `json:"claims"`
	Findings []Finding     `json:"findings"`
}

// Bound names the scenarios of each claim, and the finding that it is part of; of
// several the first.
func (d Documentation) Bound(catalogue []scenario.Scenario) Documentation {
	claims := slices.Clone(d.Claims)
	for i := range claims {
		claims[i].Scenarios = nil
		for _, s := range catalogue {
			if s.Claim == claims[i].ID {
				claims[i].Scenarios = append(claims[i].Scenarios, s.ID)
			}
		}
		if of := d.findingOf(claims[i].ID); of >= 0 {
			claims[i].Finding = d.Findings[of].ID
		}
	}
	return Documentation{Claims: claims, Findings: d.Findings}
}

func (d Documentation) findingOf(claim string) int {
	return slices.IndexFunc(d.Findings, func(f Finding) bool { return slices.Contains(f.Claims, claim) })
}

// WithClaims judges what the documentation claims by the report's results.
//
// A claim is proved when each of its scenarios, in every mode in which its case can
// arise, has succeeded on some wire lab, and nothing of it failed on any lab. So a
// partial selection proves a claim only if it holds all of that, and paper alone
// proves nothing. Scenarios of the extended tier count where a claim has no others,
// and where they failed. An answer of a wire lab that is not as the scenario says,
// or not as paper predicted, or something lost, refutes a claim. Every other failure
// says nothing about it: the claim is then not run, with that reason.
func (r Report) WithClaims(d Documentation, catalogue []scenario.Scenario) Report {
	d = d.Bound(catalogue)
	r.Claims = slices.Clone(d.Claims)
	standing := map[string]ClaimStatus{}
	for i, c := range r.Claims {
		if c.Status != NotTestable {
			r.Claims[i] = r.judged(c, catalogue)
		}
		standing[c.ID] = r.Claims[i]
	}
	r.Findings = slices.Clone(d.Findings)
	for i, f := range r.Findings {
		r.Findings[i] = r.judgedFinding(f, standing, catalogue)
	}
	// What is disputed is as good as proved for the finding itself.
	for i, c := range r.Claims {
		of := d.findingOf(c.ID)
		if c.Status == Proved && of >= 0 && d.Findings[of].Kind == Contradiction {
			r.Claims[i].Status = Disputed
		}
	}
	return r
}

// judged is a claim with its status.
func (r Report) judged(c ClaimStatus, catalogue []scenario.Scenario) ClaimStatus {
	var proofs, against, lacking []string
	for _, s := range catalogue {
		if s.Claim != c.ID {
			continue
		}
		for _, m := range s.Modes() {
			p := r.proofOf(s, m)
			proofs, against = append(proofs, p.successes...), append(against, p.refutations...)
			lacking = append(lacking, p.failures...)
			if p.missing != "" && counts(s, c, catalogue) {
				lacking = append(lacking, p.missing)
			}
		}
	}
	switch {
	case len(against) > 0:
		c.Status, c.Results, c.Reason = Refuted, against, r.reasonOf(against[0])
	case len(lacking) > 0 || len(proofs) == 0:
		c.Status, c.Results, c.Reason = ClaimNotRun, proofs, andMore(lacking)
	default:
		c.Status, c.Results = Proved, proofs
	}
	return c
}

// counts reports whether a claim lacks something as long as the scenario was not
// run: it is a core one, or the claim has no core one.
func counts(s scenario.Scenario, c ClaimStatus, catalogue []scenario.Scenario) bool {
	return s.Tier != scenario.Extended || !slices.ContainsFunc(catalogue, func(o scenario.Scenario) bool {
		return o.Claim == c.ID && o.Tier != scenario.Extended
	})
}

// proof is what the results say of one scenario in one mode.
type proof struct {
	// successes and refutations are names of wire labs' results, failures say which
	// other results failed; missing says why there is no success.
	successes, refutations, failures []string
	missing                          string
}

func (r Report) proofOf(s scenario.Scenario, m topology.Mode) proof {
	var p proof
	name := Result{Scenario: s.ID, Mode: m}.Name()
	p.missing = name + " was not selected"
	for _, result := range r.Results {
		if result.Scenario != s.ID || result.Mode != m {
			continue
		}
		wire := result.Lab != lab.Paper
		switch {
		case result.Outcome == Success && wire:
			p.successes = append(p.successes, result.Name())
		case result.Outcome == Success:
			p.missing = name + " ran on paper only, which proves nothing"
		case result.Outcome == NotRun:
			p.missing = fmt.Sprintf("%s did not run: %s", result.Name(), firstLine(result.Reason))
		case wire && slices.Contains([]Class{Expectation, Disagreement, Lost}, result.Class):
			p.refutations = append(p.refutations, result.Name())
		default:
			p.failures = append(p.failures, fmt.Sprintf("%s failed without showing it (%s): %s", result.Name(), result.Class, firstLine(result.Reason)))
		}
	}
	if len(p.successes)+len(p.refutations)+len(p.failures) > 0 {
		p.missing = ""
	}
	return p
}

func (r Report) reasonOf(name string) string {
	i := slices.IndexFunc(r.Results, func(result Result) bool { return result.Name() == name })
	return name + ": " + firstLine(r.Results[i].Reason)
}

func andMore(reasons []string) string {
	switch len(reasons) {
	case 0:
		return "it has no scenario"
	case 1:
		return reasons[0]
	default:
		return fmt.Sprintf("%s; and %d more", reasons[0], len(reasons)-1)
	}
}

// judgedFinding is a finding with what its claims make of it, and what was seen.
func (r Report) judgedFinding(f Finding, standing map[string]ClaimStatus, catalogue []scenario.Scenario) Finding {
	f.Status = Proved
	for _, id := range f.Claims {
		c := standing[id]
		if c.Status == Refuted || c.Status != Proved && f.Status == Proved {
			f.Status, f.Reason = c.Status, c.Reason
		}
		for _, s := range catalogue {
			if s.Claim == id {
				f.Evidence = append(f.Evidence, r.sightsOf(s)...)
			}
		}
	}
	return f
}

// sightsOf lists what wire labs answered to the scenario's flows in the broken world
// and in the remedied one.
func (r Report) sightsOf(s scenario.Scenario) []Sight {
	var all []Sight
	for _, result := range r.Results {
		if result.Scenario != s.ID || result.Lab == lab.Paper {
			continue
		}
		for _, p := range result.Phases {
			if p.Phase != Symptom && p.Phase != Remedy {
				continue
			}
			for _, c := range last(p.Checks) {
				all = append(all, Sight{Result: result.Name(), Phase: p.Phase, Flow: flowLine(c), Saw: sawLine(c)})
			}
		}
	}
	return all
}

// last keeps of each flow, asked again until the answer is the wanted one, the last
// answer; controls are left out.
func last(checks []Check) []Check {
	var kept []Check
	for _, c := range checks {
		if c.Role == "control" {
			continue
		}
		same := func(k Check) bool { return k.Observation.Flow == c.Observation.Flow }
		if i := slices.IndexFunc(kept, same); i >= 0 {
			kept[i] = c
			continue
		}
		kept = append(kept, c)
	}
	return kept
}

// sawLine is the verdict and who answered; flowLine has said from where to where.
func sawLine(c Check) string {
	text := c.Observation.Verdict.String()
	if by := c.Observation.Evidence.Server; by != "" && c.Observation.Verdict.Positive() {
		text += ", answered by " + by
	}
	return text
}

// claimsLine is how the claims stand, in one line of the summary.
func claimsLine(b *strings.Builder, r Report) {
	if len(r.Claims) == 0 {
		return
	}
	fmt.Fprintf(b, "claims     %s; findings: %d\n", TallyOfClaims(r.Claims), len(r.Findings))
}

// TallyOfClaims counts the claims by their standing, "120 proved, 2 not testable".
func TallyOfClaims(claims []ClaimStatus) string {
	var parts []string
	for _, s := range Standings() {
		n := 0
		for _, c := range claims {
			if c.Status == s {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, strings.ReplaceAll(string(s), "-", " ")))
		}
	}
	return strings.Join(parts, ", ")
}
