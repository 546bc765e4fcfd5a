package chaos

import (
	"slices"

	"pgregory.net/rapid"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// uses draws uses of services, of each protocol in turn.
func (p *plot) uses() []topology.Flow {
	var chosen []topology.Flow
	left := slices.Clone(p.services)
	protocols := rapid.Permutation(topology.Uses()).Draw(p.t, "protocols")
	for turn := 0; len(chosen) < operations && len(left) > 0; turn++ {
		some := filter(left, func(f topology.Flow) bool { return f.Use == protocols[turn%len(protocols)] })
		if len(some) == 0 {
			continue
		}
		f := rapid.SampledFrom(some).Draw(p.t, "use")
		left = filter(left, func(other topology.Flow) bool { return other != f })
		if !p.unclear(p.stage.World, f) {
			chosen = append(chosen, f)
		}
	}
	return chosen
}

// writes draws clients that go on writing while the world changes: such as can in the healthy world, and of which nothing that is
// asked uses the same instance. A client that comes to be elsewhere ends, and is none of them.
func (p *plot) writes() []topology.Flow {
	instance := func(f topology.Flow) string {
		h, _ := p.stage.World.ServerOf(f)
		return h.InstanceName()
	}
	left := filter(p.services, func(f topology.Flow) bool {
		asked := slices.ContainsFunc(p.schedule.Flows, func(g topology.Flow) bool {
			return g.Use != "" && g.From == f.From && instance(g) == instance(f)
		})
		return !asked && Keeps(f.Use) && !slices.Contains(p.movers, f.From)
	})
	var chosen []topology.Flow
	for len(left) > 0 && len(chosen) < mostWrites {
		f := rapid.SampledFrom(left).Draw(p.t, "write")
		able := p.Oracle.Predict(p.stage.World, f).Verdict.Positive()
		if able {
			chosen = append(chosen, f)
		}
		left = filter(left, func(g topology.Flow) bool { return g != f && (!able || g.Use != f.Use) })
	}
	return chosen
}

// Keeps reports whether what is used so keeps what is written to it.
func Keeps(u topology.Use) bool { return u != "" && u != topology.UseHTTPS }

// restless draws the pods that may come to be elsewhere, one or all of a node; none when none may.
func (p *plot) restless() []string {
	sets := [][]string{nil}
	add := func(set []string) {
		if !slices.ContainsFunc(sets, func(other []string) bool { return slices.Equal(set, other) }) {
			sets = append(sets, set)
		}
	}
	for _, c := range p.stage.World.Clusters {
		onNode := map[string][]string{}
		for _, pod := range c.Pods {
			if !pod.HostNetwork {
				add([]string{pod.Name})
				onNode[pod.Node] = append(onNode[pod.Node], pod.Name)
			}
		}
		for _, n := range c.Nodes {
			add(onNode[n.Name])
		}
	}
	return rapid.SampledFrom(sets).Draw(p.t, "restless")
}

// stay reports whether everybody who is asked has his address in a world as well, and everybody who writes: clients ask the address
// that they were told, and a client that is made anew does not write on.
func (p *plot) stay(w topology.World) bool {
	unmoved := func(f topology.Flow) bool { return serverStays(p.stage.World, w, f) }
	return all(p.schedule.Flows, unmoved) && all(p.schedule.Writes, func(f topology.Flow) bool {
		was, _ := p.stage.World.Endpoint(f.From)
		is, there := w.Endpoint(f.From)
		return there && stays(was, is) && unmoved(f)
	})
}

// serverStays reports whether whom a flow reaches is where he was, with the address that he had.
func serverStays(before, after topology.World, f topology.Flow) bool {
	was, _ := serverOf(before, f)
	is, there := serverOf(after, f)
	return there && stays(was, is)
}

func stays(was, is topology.Endpoint) bool {
	return was.Address == is.Address && was.Machine == is.Machine
}

// ends reports whether a happening ends a client that writes on, which would be another one afterwards.
func (p *plot) ends(h lab.Happening) bool {
	gone := Kind(h.Kind) == MachineLost || Kind(h.Kind) == MachineRebooted
	return gone && slices.ContainsFunc(p.schedule.Writes, func(f topology.Flow) bool { return runsOn(p.stage.World, f.From, h.On) })
}

func filter(flows []topology.Flow, is func(topology.Flow) bool) []topology.Flow {
	return slices.DeleteFunc(slices.Clone(flows), func(f topology.Flow) bool { return !is(f) })
}
