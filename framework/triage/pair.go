package triage

import (
	"reflect"
	"slices"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Pair is two faults of different layers in one world, each of which alone makes
// the flow fail.
type Pair struct {
	// First is the one whose layer the page looks at first, Second the other.
	First, Second Fault
	// Broken has both faults; OnlyFirst and OnlySecond have one.
	Broken, OnlyFirst, OnlySecond topology.World
	Flow                          topology.Flow
	// Met is the fault that the packet meets first, by the oracle: with both, the
	// flow ends as it does with this one alone.
	Met Order
}

// Order says which of two faults is first.
type Order string

const (
	// MetFirst: the packet meets the fault that the page looks at first.
	MetFirst Order = "the page's first"
	// MetSecond: the packet meets the other fault first. The first one then records
	// nothing, since no packet comes to it.
	MetSecond Order = "the packet's first"
	// MetNeither: with both faults the flow ends in a third way.
	MetNeither Order = "neither"
)

// Pairs lists the pairs that compose: of the same mode, from different layers, on
// the world of one of them, so that the world is valid and each fault alone breaks
// the flow. Pairs that break the same world in the same way are listed once.
func Pairs(oracle lab.Oracle, faults []Fault) []Pair {
	var all []Pair
	seen := map[string]bool{}
	for _, a := range faults {
		for _, b := range faults {
			if a.Break == nil || b.Break == nil || a.Mode != b.Mode || a.Name == b.Name {
				continue
			}
			if p, composes := compose(oracle, a, b); composes && !seen[p.key()] {
				seen[p.key()] = true
				all = append(all, p)
			}
		}
	}
	return all
}

// key tells pairs apart by what they do.
func (p Pair) key() string {
	return string(p.First.Mode) + "|" + p.First.Break.String() + "|" + p.Second.Break.String() + "|" + p.Flow.String() + "|" + p.Broken.Name
}

// compose applies the second fault to the first one's world. The second breaks
// another scenario's flow then, so that its layer must be plain from its break.
func compose(oracle lab.Oracle, a, b Fault) (Pair, bool) {
	if len(a.Layers) != 1 || len(b.Elsewhere) != 1 || a.Layers[0] == b.Elsewhere[0] {
		return Pair{}, false
	}
	both, err := change.Edit(a.Broken, b.Break)
	if err != nil {
		return Pair{}, false
	}
	onlyB, err := change.Edit(a.Healthy, b.Break)
	if err != nil || onlyB.Validate() != nil || both.Validate() != nil {
		return Pair{}, false
	}
	f := a.Flows[0]
	if _, fails := failing(oracle, a.Healthy, onlyB, f); !fails {
		return Pair{}, false
	}
	if _, fails := failing(oracle, a.Healthy, both, f); !fails {
		return Pair{}, false
	}
	p := Pair{First: a, Second: b, Broken: both, OnlyFirst: a.Broken, OnlySecond: onlyB, Flow: f}
	if rank(b.Layers[0]) < rank(a.Layers[0]) {
		p.First, p.Second, p.OnlyFirst, p.OnlySecond = b, a, onlyB, a.Broken
	}
	p.Met = met(oracle, p)
	return p, true
}

func rank(l diagnose.Layer) int { return slices.Index(diagnose.Order(), l) }

func met(oracle lab.Oracle, p Pair) Order {
	end := func(w topology.World) verdict.Verdict { return oracle.Predict(w, p.Flow).Verdict }
	switch both := end(p.Broken); {
	case reflect.DeepEqual(both, end(p.OnlyFirst)):
		return MetFirst
	case reflect.DeepEqual(both, end(p.OnlySecond)):
		return MetSecond
	default:
		return MetNeither
	}
}

// Sample lists up to so many pairs of each two layers, the page's first and the
// packet's first each, in the order given.
func Sample(pairs []Pair, each int) []Pair {
	type kind struct {
		first, second diagnose.Layer
		met           Order
	}
	taken := map[kind]int{}
	var all []Pair
	for _, p := range pairs {
		k := kind{p.First.Layers[0], p.Second.Layers[0], p.Met}
		if taken[k] < each {
			taken[k]++
			all = append(all, p)
		}
	}
	return all
}
