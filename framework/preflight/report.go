package preflight

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Lab is one of the labs that a host may be able to run.
type Lab string

// The labs.
const (
	// Paper computes and needs nothing.
	Paper Lab = "paper"
	// Netns needs network namespaces.
	Netns Lab = "netns"
	// Kind needs an engine.
	Kind Lab = "kind"
)

// Labs returns all labs, the least demanding first.
func Labs() []Lab { return []Lab{Paper, Netns, Kind} }

// State is how a finding bears on a run.
type State string

// The states of a finding.
const (
	// OK means that it is there.
	OK State = "ok"
	// Prepared means that it is missing and a run will get it by itself.
	Prepared State = "prepared"
	// Limited means that it is missing and a run goes on without.
	Limited State = "limited"
	// Missing means that a lab cannot run without it.
	Missing State = "missing"
)

// Gap is the four parts of what to say about something that is not there.
type Gap struct {
	// What is missing.
	What string `json:"what"`
	// Why it is needed.
	Why string `json:"why"`
	// How to get it, or what happens without.
	How string `json:"how"`
	// Where that is documented.
	Where string `json:"where"`
}

// Finding is one thing that was looked at.
type Finding struct {
	// Name is what was looked at.
	Name string `json:"name"`
	// State is how it bears on a run.
	State State `json:"state"`
	// Detail is what was found.
	Detail string `json:"detail"`
	// Gap is what to say when the state is not OK; nil when it is.
	Gap *Gap `json:"gap,omitempty"`
	// Stops lists the labs that cannot run because of it.
	Stops []Lab `json:"stops,omitempty"`
}

// Report is everything that was looked at.
type Report struct {
	// Findings are in the order in which to read them.
	Findings []Finding `json:"findings"`
}

// Can reports whether the host can run a lab, perhaps after a run has prepared
// what it prepares by itself.
func (r Report) Can(lab Lab) bool { return len(r.Stoppers(lab)) == 0 }

// Stoppers returns the findings because of which a lab cannot run.
func (r Report) Stoppers(lab Lab) []Finding {
	var stoppers []Finding
	for _, f := range r.Findings {
		for _, stopped := range f.Stops {
			if stopped == lab {
				stoppers = append(stoppers, f)
			}
		}
	}
	return stoppers
}

// JSON returns the report for programs, with what each lab can do.
func (r Report) JSON() ([]byte, error) {
	labs := map[Lab]bool{}
	for _, lab := range Labs() {
		labs[lab] = r.Can(lab)
	}
	text, err := json.MarshalIndent(struct {
		Labs map[Lab]bool `json:"labs"`
		Report
	}{labs, r}, "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write doctor's report: %w", err)
	}
	return append(text, '\n'), nil
}

// Text returns the report for people: a line for each thing, four more for each
// gap, and what the host can do.
func (r Report) Text() string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%-9s %-18s %s\n", f.State, f.Name, f.Detail)
		if f.Gap == nil {
			continue
		}
		for _, part := range []struct{ label, text string }{
			{"missing", f.Gap.What}, {"needed", f.Gap.Why}, {"remedy", f.Gap.How}, {"see", f.Gap.Where},
		} {
			fmt.Fprintf(&b, "%10s%-9s%s\n", "", part.label, part.text)
		}
	}
	b.WriteString("\n")
	for _, lab := range Labs() {
		fmt.Fprintf(&b, "%-6s %s\n", lab, r.outlook(lab))
	}
	return b.String()
}

// outlook says in a few words whether and how a lab runs here.
func (r Report) outlook(lab Lab) string {
	if stoppers := r.Stoppers(lab); len(stoppers) > 0 {
		var names []string
		for _, f := range stoppers {
			names = append(names, f.Name)
		}
		return "cannot run: " + strings.Join(names, ", ")
	}
	if lab != Kind {
		return "can run"
	}
	for _, f := range r.Findings {
		if f.State == Prepared {
			return "can run; the first run prepares what is marked above"
		}
	}
	return "can run"
}
