package chaos

import (
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/topology"
)

// How many flows of each sort an exemplar asks: those that the fault concerns, and those that it must leave alone.
const (
	concernedFlows = 3
	controlFlows   = 2
)

// Kinds lists the kinds of faults that stages have, in their order, of those that the lab can have happen to it.
func (d Drawing) Kinds() []Kind {
	var kinds []Kind
	for _, s := range d.hosted() {
		for _, f := range d.possible(s.World) {
			if !slices.Contains(kinds, f.Kind) {
				kinds = append(kinds, f.Kind)
			}
		}
	}
	return kinds
}

// Exemplar is the schedule of one fault of a kind that comes and goes so many times, with the traffic that shows it by the oracle and
// traffic that must not notice: always the same one. It is false when no stage has such a fault that shows.
func (d Drawing) Exemplar(k Kind, cycles int) (Schedule, bool) {
	for _, stage := range d.hosted() {
		for _, f := range d.exemplary(stage.World, k) {
			if flows, shows := d.showing(stage.World, f); shows {
				s := cycled(stage.Name, f, flows, cycles, d.Longest)
				if k == ServiceRestarted {
					s.Writes = d.writing(stage.World, f.On, flows)
				}
				return s, true
			}
		}
	}
	return Schedule{}, false
}

// writing chooses a client that goes on writing into an instance, if there is one: what it was acknowledged has to be there afterwards.
// Nothing that is asked uses the instance from where it is.
func (d Drawing) writing(w topology.World, instance string, asked []topology.Flow) []topology.Flow {
	for _, f := range Traffic(w)[4] {
		elsewhere := all(asked, func(g topology.Flow) bool { return g.Use == "" || g.From != f.From })
		if f.To == instance && Keeps(f.Use) && elsewhere && d.Oracle.Predict(w, f).Verdict.Positive() {
			return []topology.Flow{f}
		}
	}
	return nil
}

// exemplary lists the faults of a kind in a world, those of the clusters' nodes first where the lab is a cluster.
func (d Drawing) exemplary(w topology.World, k Kind) []Fault {
	some := slices.DeleteFunc(d.possible(w), func(f Fault) bool { return f.Kind != k })
	if d.NodesFirst {
		node := func(f Fault) int {
			if e, _ := w.Endpoint(f.On); e.Kind == topology.KindNode {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(some, func(a, b Fault) int { return node(a) - node(b) })
	}
	return some
}

// cycled is a schedule of one fault; what comes right by itself is not healed.
func cycled(stage string, f Fault, flows []topology.Flow, cycles int, hold time.Duration) Schedule {
	s := Schedule{Stage: stage, Warm: hold, Flows: flows}
	for range cycles {
		s.Steps = append(s.Steps, Step{Inject: []string{f.Name()}, Hold: hold})
		if !f.Kind.Momentary() {
			s.Steps = append(s.Steps, Step{Heal: []string{f.Name()}, Hold: hold})
		}
	}
	return s
}

// showing chooses flows of every sort, and reports whether some of them show the fault.
func (d Drawing) showing(w topology.World, f Fault) ([]topology.Flow, bool) {
	broken, err := World(w, f)
	if err != nil || d.CanHost(broken) != nil {
		return nil, false
	}
	hs := happeningsOf([]Fault{f})
	shows := f.Kind.Momentary() || f.Kind.Unnoticed()
	var chosen []topology.Flow
	for _, sort := range Traffic(w) {
		concerned, controls := 0, 0
		for _, flow := range sort {
			if concerned >= concernedFlows && controls >= controlFlows {
				break
			}
			if !serverStays(w, broken, flow) {
				continue // clients ask the address that they were told
			}
			fresh := flow
			fresh.Live = false
			was, is := expect(d.Oracle, w, nil, fresh), expect(d.Oracle, broken, hs, fresh)
			if vague(was.Verdict) || vague(is.Verdict) || is.bearing == Absent {
				continue
			}
			noticed := visiblyOther(flow, was.Verdict, is.Verdict) || is.met && is.bearing != Clear
			switch {
			case noticed && concerned < concernedFlows:
				concerned++
				shows = shows || !flow.Live && noticeable(f.Kind, flow)
			case !noticed && was.met && controls < controlFlows:
				controls++
			default:
				continue
			}
			chosen = append(chosen, flow)
		}
	}
	return chosen, shows
}
