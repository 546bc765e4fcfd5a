package fabric

import (
	"fmt"
	"maps"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/internal/nft"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// reading is the watch's counters at every hop.
type reading map[string]nft.Counts

// hop is a router or machine as the watch sees it. What a container of an engine
// loses is its host's.
type hop struct {
	name     string
	key      string // unique
	ns       *netns.Namespace
	fates    Fates
	watching *nft.Ruleset
}

// hops lists the routers in the order of the world, then the nodes, sorted.
func (f *Fabric) hops() []hop {
	var all []hop
	for _, name := range f.order {
		r := f.routers[name]
		all = append(all, hop{name: name, key: name, ns: r.ns, fates: r.fates, watching: &r.watching})
	}
	for _, name := range f.ruled() {
		m := f.machines[name]
		all = append(all, hop{name: name, key: name, ns: m.ns, fates: m.fates, watching: &m.watching})
	}
	for _, name := range slices.Sorted(maps.Keys(f.containers)) {
		c := f.containers[name]
		all = append(all, hop{name: c.host, key: c.host + "/" + name, ns: c.ns, fates: c.fates, watching: &c.watching})
	}
	return all
}

func (f *Fabric) read() (reading, error) {
	r := reading{}
	for _, h := range f.hops() {
		counts, err := nft.Counters(h.ns, WatchTable)
		if err != nil {
			return nil, fmt.Errorf("read counters of %s: %w", h.name, err)
		}
		r[h.key] = counts
	}
	return r, nil
}

// ruled lists the machines that have rules: nodes, and hosts that routes lead to;
// sorted.
func (f *Fabric) ruled() []string {
	var names []string
	for name, m := range f.machines {
		if len(m.fates) > 0 {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func (f *Fabric) evidence(eye watched, before, after reading) verdict.Evidence {
	var e verdict.Evidence
	for _, h := range f.hops() {
		moved := after[h.key].Since(before[h.key])
		if len(moved) == 0 && f.mutant == nil {
			continue // nothing passed
		}
		delta := func(counter string) uint64 { return f.mutant.counted(h.name, counter, moved[counter].Packets) }
		e.Rules = append(e.Rules, eye.fates(h.name, h.fates, delta)...)
		e.Sightings = append(e.Sightings, eye.sightings(h.name, delta)...)
	}
	return e
}

// watch puts the flow's counters into every hop, replacing those of the flow
// watched before.
func (f *Fabric) watch(eye watched) error {
	return each(f.hops(), func(h hop) error {
		next := nft.Ruleset{Tables: []nft.Table{eye.watch(h.name, h.fates)}}
		if _, err := nft.Apply(h.ns, *h.watching, next); err != nil {
			return fmt.Errorf("watch at %s: %w", h.name, err)
		}
		*h.watching = next
		return nil
	})
}
