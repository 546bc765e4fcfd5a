package verdict

import "fmt"

// Seen is the path that a flow has shown on the wire: at each hop, in the order of
// the evidence, where its packets were counted and which rule dropped them. It is
// what a prediction's path is laid beside.
func (e Evidence) Seen() Path {
	return Path{Forth: e.seen(Request), Back: e.seen(Reply)}
}

func (e Evidence) seen(w Way) []Step {
	var steps []Step
	for _, s := range e.Sightings {
		if s.Way == w {
			steps = append(steps, Step{Hop: s.Hop, Did: fmt.Sprintf("%s with client %s ×%d", s.Point, s.Client, s.Packets)})
		}
	}
	for _, r := range e.Rules {
		if r.Way == w || r.Way == "" && w == Request {
			steps = append(steps, Step{Hop: r.Hop, Did: fmt.Sprintf("dropped ×%d", r.Packets), Rule: r.Rule})
		}
	}
	return steps
}

// String prints the step in one line.
func (s Step) String() string {
	if s.Rule == "" {
		return s.Hop + ": " + s.Did
	}
	return s.Hop + ": " + s.Did + " by " + s.Rule
}
