package fabric

import (
	"reflect"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Mutant falsifies what a fabric renders, asks or reads, to prove that the gate
// notices. Only what is set does anything; a nil Mutant is the genuine fabric. No
// option of a lab leads here: NewMutable is for the gate's tests of itself.
type Mutant struct {
	// World edits a copy of what is to be rendered, Plan what was rendered of it.
	World func(*topology.World)
	Plan  func(*Plan)
	// Rules edits the rules of one machine.
	Rules func(MachinePlan, *nft.Ruleset)
	// Counter falsifies by how much one counter of one hop moved during a question;
	// it is asked about those that did not move as well.
	Counter func(hop, counter string, packets uint64) uint64
	// Answer falsifies what the agent at a flow's client says.
	Answer func(topology.Flow, *probe.Answer)
}

// plan renders a world, falsely where the mutant says so.
func (x *Mutant) plan(w topology.World) Plan {
	if x == nil {
		return NewPlan(w)
	}
	if x.World != nil {
		w = w.Clone()
		x.World(&w)
	}
	p := NewPlan(w)
	if x.Plan != nil {
		x.Plan(&p)
	}
	return p
}

func (x *Mutant) rules(p MachinePlan, rules nft.Ruleset) nft.Ruleset {
	if x != nil && x.Rules != nil {
		x.Rules(p, &rules)
	}
	return rules
}

func (x *Mutant) counted(hop, counter string, packets uint64) uint64 {
	if x == nil || x.Counter == nil {
		return packets
	}
	return x.Counter(hop, counter, packets)
}

func (x *Mutant) answer(f topology.Flow, a *probe.Answer) {
	if x != nil && x.Answer != nil {
		x.Answer(f, a)
	}
}

// Renders reports whether the mutant renders anything of a world otherwise than it
// should be. It is pure. A mutant that only lies renders nothing.
func (x *Mutant) Renders(w topology.World) bool {
	if x == nil || x.World == nil && x.Plan == nil && x.Rules == nil {
		return false
	}
	genuine, mutated := NewPlan(w), x.plan(w)
	if !reflect.DeepEqual(genuine, mutated) {
		return true
	}
	return slices.ContainsFunc(genuine.Machines, func(m MachinePlan) bool {
		rules, _ := m.Rules("eth1", "")
		again, _ := m.Rules("eth1", "") // a rule's edit may be in place
		return !rules.Equal(x.rules(m, again))
	})
}

// Mutate falsifies the fabric from the next adoption, reading and answer on; nil
// makes it genuine again. It is for the gate's tests of itself.
func (f *Fabric) Mutate(x *Mutant) { f.mutant = x }
