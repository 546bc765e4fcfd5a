package fabric

import (
	"maps"
	"slices"

	"github.com/vpcgate/vpcgate/framework/internal/netns"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// hop is a router or machine as it keeps its record. What a container of an engine
// loses is its host's.
type hop struct {
	name   string
	ns     *netns.Namespace
	fates  Fates
	record *record
	// router marks one that sends nothing of its own.
	router bool
}

// hops lists the routers in the order of the world, then the nodes, sorted.
func (f *Fabric) hops() []hop {
	var all []hop
	for _, name := range f.order {
		r := f.routers[name]
		all = append(all, hop{name: name, ns: r.ns, fates: r.fates, record: &r.record, router: true})
	}
	for _, name := range f.ruled() {
		m := f.machines[name]
		all = append(all, hop{name: name, ns: m.ns, fates: m.fates, record: &m.record})
	}
	for _, name := range slices.Sorted(maps.Keys(f.containers)) {
		c := f.containers[name]
		all = append(all, hop{name: c.host, ns: c.ns, fates: c.fates, record: &c.record})
	}
	return all
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

// reading is what the records of the hops have, in the order of the hops.
type reading []notes

func readAll(hops []hop, read func(hop) (notes, error)) (reading, error) {
	all := make(reading, len(hops))
	for i, h := range hops {
		var err error
		if all[i], err = read(h); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// condemnedSince reports whether any hop has condemned anything since an earlier reading.
func condemnedSince(hops []hop, earlier reading) (bool, error) {
	for i, h := range hops {
		now, err := h.readCondemned()
		if err != nil || len(now.Since(earlier[i].condemned)) > 0 {
			return err == nil, err
		}
	}
	return false, nil
}

// missedSince names a hop that had no room for a packet since an earlier reading: then
// its record proves nothing. It is empty where none had.
func (r reading) missedSince(earlier reading, hops []hop) string {
	for i, h := range hops {
		if r[i].missed != earlier[i].missed {
			return h.name
		}
	}
	return ""
}

// evidence is what the hops noted of a flow between two readings.
func (f *Fabric) evidence(eye lookout, hops []hop, before, after reading) verdict.Evidence {
	var e verdict.Evidence
	for i, h := range hops {
		moved := after[i].since(before[i])
		if len(moved.passed)+len(moved.condemned) == 0 && f.mutant == nil {
			continue // nothing passed
		}
		e.Rules = append(e.Rules, eye.fates(h.name, h.fates, moved.condemned, f.mutant)...)
		e.Sightings = append(e.Sightings, eye.sightings(h.name, moved.passed, f.mutant)...)
	}
	return e
}
