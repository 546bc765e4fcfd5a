package explain

import (
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/travel"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Way is a flow's way, forth and back. Back is empty when the request did not arrive.
type Way struct {
	Forth []Hop `json:"forth"`
	Back  []Hop `json:"back,omitempty"`
}

// Hop is what one place on the way did.
type Hop struct {
	Hop  string `json:"hop"`
	Did  string `json:"did"`
	Rule string `json:"rule,omitempty"`
	// Says is the rule as the world has it; empty where the world has none of the name.
	Says string `json:"says,omitempty"`
	// Source and Destination are the packet's addresses after that; empty where they are
	// not known.
	Source      string `json:"source,omitempty"`
	Destination string `json:"destination,omitempty"`
}

func wayOf(w *topology.World, o verdict.Observation) Way {
	return Way{Forth: hops(w, o.Path.Forth), Back: hops(w, o.Path.Back)}
}

func hops(w *topology.World, steps []verdict.Step) []Hop {
	all := make([]Hop, 0, len(steps))
	var p travel.Packet
	for _, s := range steps {
		p.Follow(w, s)
		h := Hop{Hop: s.Hop, Did: s.Did, Rule: s.Rule, Says: says(w, s.Rule)}
		if p.Known() {
			h.Source, h.Destination = p.Source.String(), p.Destination.String()
		}
		all = append(all, h)
	}
	return all
}

// assumed is how the names of what is assumed begin.
const assumed = "assumed-"

// withoutAssumed is a path whose steps name no rule that is only assumed.
func withoutAssumed(p verdict.Path) verdict.Path {
	clean := func(steps []verdict.Step) []verdict.Step {
		steps = slices.Clone(steps)
		for i, s := range steps {
			if s.Did == "admitted" && strings.Contains(s.Rule, "/"+assumed) {
				steps[i].Did, steps[i].Rule = "admitted as assumed", ""
			}
		}
		return steps
	}
	return verdict.Path{Forth: clean(p.Forth), Back: clean(p.Back)}
}

// says is a rule as its security group, network ACL or firewall has it.
func says(w *topology.World, rule string) string {
	part := strings.Split(rule, "/")
	last := part[len(part)-1]
	switch {
	case part[0] == "sg" && len(part) == 5:
		g, _ := w.Group(part[3])
		return named(g.Rules, last)
	case part[0] == "acl" && len(part) == 5:
		a, _ := w.ACL(part[1])
		return named(a.Rules, last)
	case part[0] == "host" && len(part) == 4 && part[2] == "firewall":
		for _, r := range firewallOf(w, part[1]) {
			if r.Name == last {
				return r.String()
			}
		}
	}
	return ""
}

func named(rules []topology.SecurityGroupRule, name string) string {
	for _, r := range rules {
		if r.Name == name {
			return r.String()
		}
	}
	return ""
}

func firewallOf(w *topology.World, machine string) []topology.FirewallRule {
	if n := nodeOf(w, machine); n != nil {
		return n.Firewall
	}
	h, _ := w.Host(machine)
	return h.Firewall
}

// nodeOf finds a node of any cluster; nil for any other machine.
func nodeOf(w *topology.World, name string) *topology.Node {
	for i := range w.Clusters {
		if n := w.Clusters[i].Node(name); n != nil {
			return n
		}
	}
	return nil
}
