package chaos

import (
	"slices"
	"time"

	"pgregory.net/rapid"

	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// How large a schedule is.
const (
	fewestFaults = 3
	mostFaults   = 7
	mostAtOnce   = 3
	// flows of each sort.
	connections = 8
	streams     = 6
	datagrams   = 4
	echoes      = 4
	operations  = 5
	// writes are clients that go on writing into a service.
	mostWrites = 2
	names      = 3
	bulks      = 3
	// bulk is the payload of those, in bytes: more than one packet.
	bulk = 2 * FullPacket
)

// Drawing is what schedules are drawn from.
type Drawing struct {
	Stages []Stage
	Oracle lab.Oracle
	// Holds are how long a step lasts at least and at most.
	Shortest, Longest time.Duration
	// Quick is how long an edit is in force that is one of many in quick succession; zero draws none of those.
	Quick time.Duration
	// CanHost says why a world cannot be hosted by the lab, or nil.
	CanHost func(topology.World) error
	// CanHappen says why something cannot happen to the lab's platform in a world, or nil; without it nothing can.
	CanHappen func(topology.World, lab.Happening) error
	// Alone is whether what lasts and happens to the platform comes when nothing else is wrong, and nothing else until it is healed:
	// for a lab that cannot adopt worlds meanwhile.
	Alone bool
	// NodesFirst is whether an exemplar happens rather to a node than to a host: for a lab of which the nodes are what is special.
	NodesFirst bool
}

// On returns the drawing for a lab: of what it can host, what can happen to it, and how.
func (d Drawing) On(l lab.Name) Drawing {
	d.CanHost = func(w topology.World) error { return lab.CanHost(l, w) }
	d.CanHappen = func(w topology.World, h lab.Happening) error { return lab.CanHappen(l, w, h) }
	d.Alone, d.NodesFirst = l == lab.Kind, l == lab.Kind
	return d
}

// Draw draws the schedule of a number. The same number draws the same schedule. Every step of it shows in its traffic, by
// what the oracle says, and the last step leaves the world healthy.
func (d Drawing) Draw(number uint64) Schedule {
	return rapid.Custom(func(t *rapid.T) Schedule {
		stage := rapid.SampledFrom(d.hosted()).Draw(t, "stage")
		p := &plot{Drawing: d, t: t, stage: stage, all: d.possible(stage.World)}
		p.movers = p.restless()
		p.schedule = Schedule{Stage: stage.Name, Warm: p.hold(), Flows: p.traffic()}
		p.schedule.Writes = p.writes()
		p.is = p.expected(stage.World, nil)
		p.faults()
		return p.schedule
	}).Example(int(number))
}

// plot is a schedule that is being drawn.
type plot struct {
	Drawing
	t        *rapid.T
	stage    Stage
	all      []Fault
	active   []Fault
	schedule Schedule
	// movers are the pods that may come to be elsewhere: one, or all of a node. Nobody asks them.
	movers []string
	// services are all uses of services in the stage's world.
	services []topology.Flow
	// is what the flows meet in the present world.
	is []expectation
}

func (p *plot) hold() time.Duration {
	return time.Duration(rapid.Int64Range(int64(p.Shortest/time.Millisecond), int64(p.Longest/time.Millisecond)).Draw(p.t, "hold")) * time.Millisecond
}

// traffic draws flows of every sort.
func (p *plot) traffic() []topology.Flow {
	var chosen []topology.Flow
	sorts := Traffic(p.stage.World)
	for i, most := range []int{connections, streams, datagrams, echoes, 0, bulks, names} { // uses are drawn on their own
		flows := slices.DeleteFunc(sorts[i], func(f topology.Flow) bool { return slices.Contains(p.movers, f.To) })
		for n := 0; n < most && len(flows) > 0; {
			at := rapid.IntRange(0, len(flows)-1).Draw(p.t, "flow")
			if !p.unclear(p.stage.World, flows[at]) {
				chosen = append(chosen, flows[at])
				n++
			}
			flows = slices.Delete(flows, at, at+1)
		}
	}
	p.services = sorts[4]
	return append(chosen, p.uses()...)
}

// unclear reports whether nothing is documented of a flow in a world.
func (p *plot) unclear(w topology.World, f topology.Flow) bool {
	f.Live = false
	return vague(p.Oracle.Predict(w, f).Verdict)
}

// Traffic lists what can be asked in a world, by sort: new connections, connections that stand, datagrams, echoes, uses of managed
// services, connections that carry full packets, and pods' questions for names. Whoever is on the VPC itself asks the VPC's resolver,
// which is none of a world's.
func Traffic(w topology.World) [7][]topology.Flow {
	var sorts [7][]topology.Flow
	add := func(sort int, f topology.Flow) {
		if w.ValidateFlow(f) == nil {
			sorts[sort] = append(sorts[sort], f)
		}
	}
	for _, from := range w.Endpoints() {
		if from.Managed != nil || !from.Address.IsValid() {
			continue
		}
		for _, r := range w.Names {
			if from.Kind == topology.KindPod {
				add(6, topology.Resolve(from.Name, r.Name))
			}
		}
		for _, to := range w.Destinations() {
			if to.Machine != "" && to.Machine == from.Machine {
				continue
			}
			if to.Kind != topology.KindService {
				add(3, topology.Ping(from.Name, to.Name))
			}
			if h, known := w.Host(to.Name); known && h.Managed != nil {
				if f, ok := using(from.Name, h); ok {
					add(4, f)
				}
				continue
			}
			for _, l := range to.Listeners {
				switch l.Protocol {
				case topology.TCP:
					add(0, topology.OverTCP(from.Name, to.Name, l.Port))
					add(1, topology.Established(from.Name, to.Name, l.Port))
					add(5, topology.Bulk(from.Name, to.Name, l.Port, bulk))
				case topology.UDP:
					add(2, topology.OverUDP(from.Name, to.Name, l.Port))
				default:
				}
			}
		}
	}
	return sorts
}

// faults draws what comes and goes.
func (p *plot) faults() {
	left := rapid.IntRange(fewestFaults, mostFaults).Draw(p.t, "faults")
	for left > 0 || len(p.active) > 0 {
		if left > 0 && rapid.IntRange(0, churnsOneIn-1).Draw(p.t, "churns") == 0 && p.churn() {
			left--
			continue
		}
		heals := left == 0 || len(p.active) == mostAtOnce || len(p.active) > 0 && rapid.Bool().Draw(p.t, "heals")
		if !heals {
			if !p.inject() {
				left = 0
				continue
			}
			left--
			continue
		}
		p.heal()
	}
}

// inject adds a fault that shows, by the oracle, in the world as it is. It tries some.
func (p *plot) inject() bool {
	kinds := p.kinds()
	for range len(p.all) {
		kind := rapid.SampledFrom(kinds).Draw(p.t, "kind")
		f := rapid.SampledFrom(p.of(kind)).Draw(p.t, "fault")
		if slices.ContainsFunc(p.active, func(a Fault) bool { return a.Name() == f.Name() }) {
			continue
		}
		if next := append(slices.Clone(p.active), f); p.comes(f) && (f.Kind.Momentary() || p.become(next)) {
			if !f.Kind.Momentary() {
				p.active = next
			}
			p.schedule.Steps = append(p.schedule.Steps, Step{Inject: []string{f.Name()}, Hold: p.hold()})
			return true
		}
	}
	return false
}

// hosted lists the stages that the lab can host.
func (d Drawing) hosted() []Stage {
	return slices.DeleteFunc(slices.Clone(d.Stages), func(s Stage) bool { return d.CanHost(s.World) != nil })
}

// possible lists those of a stage's world that can happen to the lab.
func (d Drawing) possible(w topology.World) []Fault {
	return slices.DeleteFunc(Faults(w), func(f Fault) bool {
		h, happens := f.Happening()
		return happens && (d.CanHappen == nil || d.CanHappen(w, h) != nil)
	})
}

// comes reports whether a fault may come beside those that are there, and is of any weight when it happens to the platform: flows that
// are answered, and that nothing else bears on, have to meet it, unless it is of a kind that no flow notices.
func (p *plot) comes(f Fault) bool {
	h, happens := f.Happening()
	there := happeningsOf(p.active)
	if p.Alone && (len(there) > 0 || happens && !f.Kind.Momentary() && len(p.active) > 0) {
		return false
	}
	if !happens {
		return true
	}
	if p.ends(h) || p.CanHappen(p.world(), h) != nil || slices.ContainsFunc(there, func(other lab.Happening) bool { return other.On == h.On }) {
		return false
	}
	if f.Kind.Unnoticed() {
		return true
	}
	for i, e := range p.expected(p.world(), []lab.Happening{h}) {
		forgotten := f.Kind.Momentary() && slices.Contains(e.hops, h.On)
		if p.is[i].bearing == Clear && e.met && e.bearing != Absent && (e.bearing != Clear || forgotten) && noticeable(f.Kind, p.schedule.Flows[i]) {
			return true
		}
	}
	return false
}

func (p *plot) kinds() []Kind {
	var kinds []Kind
	for _, f := range p.all {
		if !slices.Contains(kinds, f.Kind) {
			kinds = append(kinds, f.Kind)
		}
	}
	return kinds
}

func (p *plot) of(k Kind) []Fault {
	var some []Fault
	for _, f := range p.all {
		if f.Kind == k {
			some = append(some, f)
		}
	}
	return some
}

// heal takes a fault back whose end shows; when there is none, since each hides another, all at once.
func (p *plot) heal() {
	from := rapid.IntRange(0, len(p.active)-1).Draw(p.t, "healed")
	for i := range p.active {
		at := (from + i) % len(p.active)
		rest := slices.Delete(slices.Clone(p.active), at, at+1)
		if p.become(rest) {
			p.schedule.Steps = append(p.schedule.Steps, Step{Heal: []string{p.active[at].Name()}, Hold: p.hold()})
			p.active = rest
			return
		}
	}
	var names []string
	for _, f := range p.active {
		names = append(names, f.Name())
	}
	p.schedule.Steps = append(p.schedule.Steps, Step{Heal: names, Hold: p.hold()})
	p.active = nil
	p.become(nil)
}

// become reports whether the world with these faults instead can be, and whether the traffic shows that it is.
func (p *plot) become(faults []Fault) bool {
	w, err := World(p.stage.World, faults...)
	if err != nil || p.CanHost(w) != nil || !p.stay(w) {
		return false
	}
	is := p.expected(w, happeningsOf(faults))
	// The platform shows by itself what happens to it.
	shows := len(happeningsOf(faults)) != len(happeningsOf(p.active))
	for i, e := range is {
		if vague(e.Verdict) {
			return false
		}
		// A connection that stands may not notice; what is new does.
		shows = shows || !p.schedule.Flows[i].Live && e.bearing == Clear && p.is[i].bearing == Clear && visiblyOther(p.schedule.Flows[i], p.is[i].Verdict, e.Verdict)
	}
	if shows {
		p.is = is
	}
	return shows
}

// expected is what the flows meet, each as the first of its own.
func (p *plot) expected(w topology.World, hs []lab.Happening) []expectation {
	all := make([]expectation, len(p.schedule.Flows))
	for i, f := range p.schedule.Flows {
		f.Live = false
		all[i] = expect(p.Oracle, w, hs, f)
	}
	return all
}

// world is the present one; it was valid when it became so.
func (p *plot) world() topology.World {
	w, _ := World(p.stage.World, p.active...)
	return w
}

// vague reports whether a verdict leaves open what becomes of a flow.
func vague(v verdict.Verdict) bool {
	return v.Kind == verdict.KindInconclusive || v.Kind == verdict.KindMisdelivered
}

// using is the use of an instance by whom it serves.
func using(from string, h topology.Host) (topology.Flow, bool) {
	switch h.Managed.Kind.Use() {
	case topology.UseRedis:
		return topology.OverRedis(from, h.Name), true
	case topology.UseMySQL:
		return topology.OverMySQL(from, h.Name), true
	case topology.UseKafka:
		return topology.OverKafka(from, h.Name), true
	case topology.UseAMQP:
		return topology.OverAMQP(from, h.Name), true
	case topology.UseHTTPS:
		return topology.OverHTTPS(from, h.Name), true
	default:
		return topology.Flow{}, false
	}
}
