package drawing

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/travel"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// way is a flow's path as a drawing shows it: stations in order, numbered through
// forth and back. The zero value is no way at all.
type way struct {
	forth, back []station
	// ends are the names of the flow's ends, which are drawn wherever the way leads.
	ends []string
	// stops are the keys of what stopped the flow, and of what it is part of.
	stops []string
}

// station is what one hop did, step after step.
type station struct {
	number  int
	hop     string
	steps   []verdict.Step
	stopped bool
	// culprit is the step that stopped the flow, where the station is stopped.
	culprit int
	// packet is the addresses that the packet has when it leaves.
	packet travel.Packet
	// changed says what became of the source here; empty when it stayed.
	changed string
}

// wayOf is the way of an observation.
func wayOf(w *topology.World, seen verdict.Observation) way {
	path := seen.Path
	if len(path.Forth) == 0 {
		path = seen.Evidence.Seen()
	}
	if len(path.Forth) == 0 && seen.Verdict.Hop != "" {
		path.Forth = []verdict.Step{{Hop: seen.Verdict.Hop, Did: string(seen.Verdict.Kind) + " " + seen.Verdict.Code, Rule: seen.Verdict.Rule}}
	}
	y := way{ends: []string{seen.Flow.From, w.Target(seen.Flow).To}}
	y.forth = stations(w, travel.Packet{Source: seen.From, Destination: seen.To}, path.Forth, 1)
	y.arriveAs(w, seen.Verdict.SeenAddress)
	y.back = stations(w, travel.Packet{}, path.Back, 1+len(y.forth))
	y.stop(seen.Verdict)
	return y
}

// stations puts the steps of one way together that follow each other at one hop.
func stations(w *topology.World, p travel.Packet, steps []verdict.Step, number int) []station {
	var all []station
	for _, s := range steps {
		if last := len(all) - 1; last < 0 || all[last].hop != s.Hop {
			all = append(all, station{hop: s.Hop, number: number})
			number++
		}
		at := &all[len(all)-1]
		was := p
		p.Follow(w, s)
		if p.Source != was.Source && was.Source.IsValid() {
			at.changed = fmt.Sprintf("source %s → %s", was.Source, p.Source)
		}
		at.steps, at.packet = append(at.steps, s), p
	}
	return all
}

// arriveAs gives the packet the address that the server saw where a node gave it its
// own in the pods' network, which it does without a word at the last moment.
func (y *way) arriveAs(w *topology.World, saw netip.Addr) {
	last := len(y.forth) - 2
	if last < 0 || !saw.IsValid() || y.forth[last].packet.Source == saw || !isGateway(w, saw) {
		return
	}
	s := &y.forth[last]
	s.changed = fmt.Sprintf("source %s → %s", s.packet.Source, saw)
	s.packet.Source = saw
}

func isGateway(w *topology.World, a netip.Addr) bool {
	for _, c := range w.Clusters {
		if slices.ContainsFunc(c.Nodes, func(n topology.Node) bool { return n.GatewayOf(a) == a }) {
			return true
		}
	}
	return false
}

// stop marks the station that a verdict blames, and what its rule is part of.
func (y *way) stop(v verdict.Verdict) {
	if v.Positive() || v.Kind == verdict.KindInconclusive {
		return
	}
	y.stops = stopsOf(v.Rule)
	of := y.forth
	if v.Kind == verdict.KindReplyLost {
		of = y.back
	}
	for i := len(of) - 1; i >= 0; i-- {
		at := slices.IndexFunc(of[i].steps, func(s verdict.Step) bool { return v.Rule != "" && s.Rule == v.Rule })
		if at >= 0 {
			y.stopAt(&of[i], at)
			return
		}
	}
	if last := len(of) - 1; last >= 0 {
		y.stopAt(&of[last], len(of[last].steps)-1)
	}
}

func (y *way) stopAt(s *station, step int) {
	s.stopped, s.culprit = true, step
	y.stops = append(y.stops, hopKey(s.hop))
}

func (y way) comesBy(name string) bool {
	return y.number(name) != nil || slices.Contains(y.ends, name)
}

// mostNumbers is how many numbers a box shows.
const mostNumbers = 4

// number is the chip with the stations at a hop; nil when there is none.
func (y way) number(hop string) *chip {
	var numbers []string
	for _, s := range slices.Concat(y.forth, y.back) {
		if s.hop == hop {
			numbers = append(numbers, fmt.Sprint(s.number))
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	if len(numbers) > mostNumbers {
		numbers = append(numbers[:mostNumbers-1], "…")
	}
	return &chip{class: y.class("number", hopKey(hop)), says: strings.Join(numbers, "·")}
}

// class is the class of what has a key: with what the way does there.
func (y way) class(class, key string) string {
	if key == "" {
		return class
	}
	part := strings.Split(key, "/")
	if slices.Contains(y.stops, key) || part[0] == "sg" && slices.Contains(y.stops, anyGroupKey(part[1])) {
		return class + " stopped"
	}
	if name, isHop := strings.CutPrefix(key, hopKey("")); isHop && class != "number" {
		if slices.ContainsFunc(slices.Concat(y.forth, y.back), func(s station) bool { return s.hop == name }) {
			return class + " on"
		}
	}
	return class
}

// Keys of what a way comes by, or stops at.
func hopKey(name string) string               { return "hop/" + name }
func tableKey(table string) string            { return "rt/" + table }
func anyGroupKey(nic string) string           { return "sg/" + nic }
func groupKey(nic, group string) string       { return "sg/" + nic + "/" + group }
func aclKey(acl, subnet string) string        { return "acl/" + acl + "/" + subnet }
func whitelistKey(host string) string         { return "whitelist/" + host }
func engineKey(host, network string) string   { return "engine/" + host + "/" + network }
func policyKey(policy string) string          { return "policy/" + policy }
func serviceKey(service string) string        { return "service/" + service }
func firewallKey(machine, rule string) string { return "host/" + machine + "/firewall/" + rule }

// stopsOf lists the keys of what a rule is part of; see the constructors of package
// verdict.
func stopsOf(rule string) []string {
	part := strings.Split(rule, "/")
	last := part[len(part)-1]
	switch {
	case part[0] == "sg" && len(part) == 4: // what no group admits is no single group's
		return []string{anyGroupKey(part[1])}
	case part[0] == "sg" && len(part) == 5:
		return []string{groupKey(part[1], part[3]), part[3] + "/" + last}
	case part[0] == "acl" && len(part) == 5:
		return []string{aclKey(part[1], part[2]), part[1] + "/" + last}
	case part[0] == "acl" && len(part) > 2:
		return []string{aclKey(part[1], part[2])}
	case part[0] == "peering", part[0] == "vpn", part[0] == "nat":
		return []string{hopKey(part[1])}
	case part[0] == "policy":
		return []string{policyKey(last)}
	case len(part) > 1 && (part[0] == "rt" || part[0] == "service"):
		return []string{part[0] + "/" + part[1]}
	case rule == "":
		return nil
	default:
		return []string{rule}
	}
}
