package page

import (
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/record"
)

// claimGroup is the claims that stand alike.
type claimGroup struct {
	Status record.Standing
	Claims []record.ClaimStatus
}

// Open reports whether the group is shown unfolded: what is not as it should be is.
func (g claimGroup) Open() bool { return g.Status == record.Refuted }

// scenarioLink is a scenario that something refers to, and whether it is in the page.
type scenarioLink struct {
	ID    string
	Shown bool
}

// TallyOfClaims counts the claims by their standing.
func (d *document) TallyOfClaims() string { return record.TallyOfClaims(d.Claims) }

// ClaimGroups are the claims by their standing: what was refuted first.
func (d *document) ClaimGroups() []claimGroup {
	order := []record.Standing{record.Refuted, record.Disputed, record.ClaimNotRun, record.Proved, record.NotTestable}
	var all []claimGroup
	for _, s := range order {
		of := slices.DeleteFunc(slices.Clone(d.Claims), func(c record.ClaimStatus) bool { return c.Status != s })
		if len(of) > 0 {
			all = append(all, claimGroup{Status: s, Claims: of})
		}
	}
	return all
}

// Link is a link to a scenario by its id.
func (d *document) Link(id string) scenarioLink {
	return scenarioLink{ID: id, Shown: slices.ContainsFunc(d.Scenarios, func(s scenarioView) bool { return s.ID == id })}
}

// claimAnchor is what links to a claim end with.
func claimAnchor(id string) string { return "claim-" + strings.ReplaceAll(id, "/", "-") }

// standing is how a claim stands, in words.
func standing(s record.Standing) string { return strings.ReplaceAll(string(s), "-", " ") }

// findingAnchor is what links to a finding end with.
func findingAnchor(id string) string { return "finding-" + strings.ReplaceAll(id, "/", "-") }
