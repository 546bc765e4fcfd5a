package chaos_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

const ms = time.Millisecond

var (
	pod   = netip.MustParseAddr("172.16.0.10")
	node  = netip.MustParseAddr("192.168.10.11")
	web   = topology.OverTCP("pod", "server", 80)
	kept  = topology.Established("pod", "server", 80)
	ping  = topology.Ping("pod", "server")
	other = topology.OverTCP("other", "server", 80)
	cache = topology.Flow{From: "pod", To: "server", Protocol: topology.TCP, Port: 6379, Use: topology.UseRedis}
)

// paper is an oracle of three worlds. In "open" everything is reached; "closed" drops what comes from the pod and cuts its
// connections on the way there and back; "filtered" drops new flows of the pod only, and cuts nothing.
type paper struct{}

func (paper) Predict(w topology.World, f topology.Flow) verdict.Observation {
	v := verdict.ReachedAs("pod")
	v.SeenAddress = pod
	switch {
	case f.From == "other":
	case w.Name == "closed", w.Name == "filtered" && !f.Live:
		v = verdict.Dropped("vpc", "rule")
	}
	return verdict.Observation{Verdict: v, Path: verdict.Path{Forth: []verdict.Step{{Hop: "vpc"}}}}
}

func (paper) Survives(before, after topology.World, f topology.Flow) bool {
	return f.From == "other" || before.Name != "closed" && after.Name != "closed"
}

func world(name string) topology.World {
	return topology.World{Name: name, VPCs: []topology.VPC{{Name: "vpc"}}, Hosts: []topology.Host{
		{Name: "server", NIC: topology.NIC{Address: netip.MustParseAddr("192.168.10.25")}},
	}}
}

// story is three seconds: the healthy world, from 1 s on a broken one, from 2 s on the healthy one again. Each passage takes 10 ms.
func story(broken string) chaos.Timeline {
	return chaos.Timeline{End: 3000 * ms, Moments: []chaos.Moment{
		{World: world("open")},
		{Began: 1000 * ms, Done: 1010 * ms, World: world(broken), Step: "inject rule-revoked x", Kinds: []chaos.Kind{chaos.RuleRevoked}},
		{Began: 2000 * ms, Done: 2010 * ms, World: world("open"), Step: "heal rule-revoked x", Kinds: []chaos.Kind{chaos.RuleRevoked}, Heals: true},
	}}
}

func terms() chaos.Terms {
	return chaos.Terms{
		Budget: func(chaos.Kind) time.Duration { return 100 * ms }, Enough: 500 * ms, EnoughLive: 600 * ms, Backoff: 200 * ms,
	}
}

// traffic asks each flow every 50 ms and has it answered in 2 ms, or silent for 40 ms, as the oracle says; a connection that is cut is
// used again 100 ms after it may.
func traffic(t chaos.Timeline, flows ...topology.Flow) chaos.History {
	h := chaos.History{Flows: flows}
	for i, f := range flows {
		number, lives := uint64(0), true
		for at := 5 * ms; at < t.End-50*ms; at += 50 * ms {
			moment := 0
			for m := range t.Moments {
				if t.Moments[m].Began <= at {
					moment = m
				}
			}
			if moment > 0 && !(paper{}).Survives(t.Moments[moment-1].World, t.Moments[moment].World, f) {
				lives = false
			}
			number++
			asked := f
			asked.Live = f.Live && lives && number > 1
			op := chaos.Operation{Number: number, Flow: i, Sent: at, Ended: at + 2*ms, Outcome: chaos.Answered, Server: "server", Seen: pod}
			if f.Live {
				op.Connection, op.Opens = 1, number == 1
			}
			if f.Protocol == topology.ICMP {
				op.Server, op.Seen = "", netip.Addr{}
			}
			if !(paper{}).Predict(t.Moments[moment].World, asked).Verdict.Positive() {
				op = silent(op)
			}
			h.Operations = append(h.Operations, op)
		}
	}
	return h
}

func silent(op chaos.Operation) chaos.Operation {
	op.Outcome, op.Ended, op.Server, op.Seen = chaos.Silent, op.Sent+40*ms, "", netip.Addr{}
	return op
}

// forge changes the operation of a flow that was sent first at or after a time.
func forge(h *chaos.History, flow int, at time.Duration, as func(chaos.Operation) chaos.Operation) {
	for i, op := range h.Operations {
		if op.Flow == flow && op.Sent >= at {
			h.Operations[i] = as(op)
			return
		}
	}
}

func answered(op chaos.Operation) chaos.Operation {
	op.Outcome, op.Ended, op.Server, op.Seen = chaos.Answered, op.Sent+2*ms, "server", pod
	return op
}

func TestJudge_valid_histories(t *testing.T) {
	for _, broken := range []string{"closed", "filtered"} {
		line := story(broken)
		h := traffic(line, web, kept, ping, other, cache)
		h.Productions = []chaos.Production{{Flow: cache, Begun: true, Tally: managed.Tally{Attempted: 3, Acknowledged: 2, Found: 2}}}
		j := chaos.Judge(paper{}, h, line, terms())
		if j.Result != chaos.Valid || j.Operations != len(h.Operations) {
			t.Errorf("%s: %s, %d of %d operations: %v %v", broken, j.Result, j.Operations, len(h.Operations), j.Violations, j.Reasons)
		}
	}
}

// Every invariant is violated once, by one forged operation, and found by its name.
func TestJudge_forged_histories(t *testing.T) {
	const toWeb, toKept, toPing, toOther, toCache = 0, 1, 2, 3, 4
	for _, c := range []struct {
		name   string
		broken string
		flow   int
		at     time.Duration
		as     func(chaos.Operation) chaos.Operation
		want   chaos.Invariant
	}{
		{"a forbidden flow is answered", "closed", toWeb, 1500 * ms, answered, chaos.FailClosed},
		{"a forbidden ping is answered", "closed", toPing, 1500 * ms, func(op chaos.Operation) chaos.Operation {
			op = answered(op)
			op.Server, op.Seen = "", netip.Addr{}
			return op
		}, chaos.FailClosed},
		{"a flow does not come back", "closed", toWeb, 2500 * ms, silent, chaos.Recovers},
		{"a connection lives on that is cut", "closed", toKept, 1500 * ms, answered, chaos.Cut},
		{"a connection is cut that is kept", "filtered", toKept, 1500 * ms, silent, chaos.Kept},
		{"a connection is reset that is kept", "filtered", toKept, 500 * ms, func(op chaos.Operation) chaos.Operation {
			op = silent(op)
			op.Outcome = chaos.Reset
			return op
		}, chaos.Kept},
		{"the server sees another one", "closed", toWeb, 500 * ms, func(op chaos.Operation) chaos.Operation {
			op.Seen = node
			return op
		}, chaos.Source},
		{"the server sees another one once it is healed", "closed", toCache, 2500 * ms, func(op chaos.Operation) chaos.Operation {
			op.Seen = node
			return op
		}, chaos.Source},
		{"somebody else answers", "closed", toWeb, 500 * ms, func(op chaos.Operation) chaos.Operation {
			op.Server = "stranger"
			return op
		}, chaos.Delivered},
		{"a drop is told aloud", "closed", toWeb, 1500 * ms, func(op chaos.Operation) chaos.Operation {
			op.Outcome = chaos.Refused
			return op
		}, chaos.Manner},
		{"a service lost a record", "closed", toCache, 500 * ms, func(op chaos.Operation) chaos.Operation {
			op.Outcome, op.Said = chaos.DataLost, "record 7"
			return op
		}, chaos.Acknowledged},
		{"a control fails", "closed", toOther, 1500 * ms, silent, chaos.Control},
		{"a control fails while the world changes", "closed", toOther, 1000 * ms, silent, chaos.Control},
		{"a flow fails before anything happened", "closed", toWeb, 500 * ms, silent, chaos.BlastRadius},
	} {
		t.Run(c.name, func(t *testing.T) {
			line := story(c.broken)
			h := traffic(line, web, kept, ping, other, cache)
			forge(&h, c.flow, c.at, c.as)
			j := chaos.Judge(paper{}, h, line, terms())
			if j.Result != chaos.Invalid || len(j.Violations) == 0 || j.Violations[0].Invariant != c.want {
				t.Fatalf("%s: %v %v, want %s", j.Result, j.Violations, j.Reasons, c.want)
			}
			for _, v := range j.Violations {
				if v.Invariant != c.want || v.Flow != h.Flows[c.flow] {
					t.Errorf("besides: %s", v)
				}
			}
		})
	}
}

// Of a connection that a restarted router forgot nothing is documented; a new one has no excuse.
func TestJudge_restarted_router(t *testing.T) {
	line := story("open")
	for i := 1; i <= 2; i++ {
		line.Moments[i].Kinds, line.Moments[i].Lost, line.Moments[i].Proofs = []chaos.Kind{chaos.RouterRestarted}, []string{"vpc"}, []string{"forgot 3"}
	}
	h := traffic(line, web, kept, other)
	for at := 1000 * ms; at < 1500*ms; at += 50 * ms {
		forge(&h, 1, at, silent)
	}
	if j := chaos.Judge(paper{}, h, line, terms()); j.Result != chaos.Valid || j.Excused == 0 {
		t.Errorf("%s: %v %v", j.Result, j.Violations, j.Reasons)
	}
	forge(&h, 0, 1500*ms, silent)
	if j := chaos.Judge(paper{}, h, line, terms()); !chaos.Shows(j, chaos.Control) {
		t.Errorf("%s: %v %v", j.Result, j.Violations, j.Reasons)
	}
}

// A change of security groups makes routers forget, and no machine: what only a machine would drop of a new flow, it lets pass of one
// that it knows.
func TestJudge_forgets_at_routers(t *testing.T) {
	line := story("closed")
	for i := range line.Moments {
		line.Moments[i].World.VPCs = nil // then "vpc" is a machine
	}
	h := traffic(line, web, kept, other)
	forge(&h, 1, 1500*ms, answered)
	if j := chaos.Judge(lenient{}, h, line, terms()); chaos.Shows(j, chaos.Cut) {
		t.Errorf("%s: %v", j.Result, j.Violations)
	}
}

// lenient is the same paper, of which a connection that stands is dropped nowhere.
type lenient struct{ paper }

func (l lenient) Predict(w topology.World, f topology.Flow) verdict.Observation {
	if f.Live {
		w.Name = "open"
	}
	return l.paper.Predict(w, f)
}

// Of steps in quick succession one that is shown is enough, and none is not.
func TestJudge_quick_steps(t *testing.T) {
	for broken, want := range map[string]chaos.Result{"closed": chaos.Valid, "open": chaos.Unknown} {
		line := story(broken)
		steps := []chaos.Moment{line.Moments[0]}
		for at, w := 1000*ms, broken; at < 1400*ms; at += 100 * ms {
			steps = append(steps, chaos.Moment{Began: at, Done: at + 10*ms, World: world(w), Step: "quick at " + at.String(), Kinds: []chaos.Kind{chaos.RuleRevoked}})
			if w = "open"; steps[len(steps)-1].World.Name == "open" {
				w = broken
			}
		}
		line.Moments = append(steps, chaos.Moment{
			Began: 1500 * ms, Done: 1510 * ms, World: world("closed"), Step: "inject rule-revoked x", Kinds: []chaos.Kind{chaos.RuleRevoked},
		})
		j := chaos.Judge(paper{}, traffic(line, web, other), line, terms())
		if j.Result != want || want == chaos.Unknown && !strings.Contains(strings.Join(j.Reasons, "\n"), "none of the 4 quick steps before inject rule-revoked x was proven") {
			t.Errorf("%s: %s %v %v", broken, j.Result, j.Violations, j.Reasons)
		}
	}
}

// A plane that fails open for 200 ms while its rules are changed is found even though the world changes just then: no world
// that can have been met allows it.
func TestJudge_fails_open_during_an_update(t *testing.T) {
	line := story("closed")
	line.Moments[2] = chaos.Moment{Began: 2000 * ms, Done: 2200 * ms, World: world("closed"), Step: "inject rule-denies y", Kinds: []chaos.Kind{chaos.RuleDenies}}
	h := traffic(line, web, other)
	forge(&h, 0, 2100*ms, answered)
	j := chaos.Judge(paper{}, h, line, terms())
	if j.Result != chaos.Invalid || len(j.Violations) != 1 || j.Violations[0].Invariant != chaos.FailClosed {
		t.Errorf("%s: %v", j.Result, j.Violations)
	}
}

// What is documented to be lost is no violation.
func TestJudge_excuses(t *testing.T) {
	for _, c := range []struct {
		name string
		flow int
		at   time.Duration
	}{
		{"within the budget", 0, 2050 * ms},
		{"a connection that is still repeating", 1, 2050 * ms},
	} {
		line := story("closed")
		h := traffic(line, web, kept, other)
		forge(&h, c.flow, c.at, silent)
		if j := chaos.Judge(paper{}, h, line, terms()); j.Result != chaos.Valid || j.Excused == 0 {
			t.Errorf("%s: %s, %d excused, %v %v", c.name, j.Result, j.Excused, j.Violations, j.Reasons)
		}
	}
}

func TestJudge_unknown(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(h *chaos.History, line *chaos.Timeline)
		want   string
	}{
		{"nothing was asked", func(h *chaos.History, _ *chaos.Timeline) { h.Operations = nil }, "no operation was judged"},
		{"a flow was not asked after a step", func(h *chaos.History, _ *chaos.Timeline) {
			for i := range h.Operations {
				if op := &h.Operations[i]; op.Flow == 1 && op.Sent > 2000*ms {
					op.Flow = 0
				}
			}
		}, "other → server tcp/80 was not judged in the 990ms after heal rule-revoked x"},
		{"an agent could not ask", func(h *chaos.History, _ *chaos.Timeline) {
			forge(h, 0, 500*ms, func(op chaos.Operation) chaos.Operation {
				op.Outcome, op.Said = chaos.Unasked, "no socket"
				return op
			})
		}, "operation 11 could not be asked: no socket"},
		{"a history that was full", func(h *chaos.History, _ *chaos.Timeline) { h.Forgotten = 3 }, "3 operations did not fit"},
		{"a fault that nothing shows", func(_ *chaos.History, line *chaos.Timeline) {
			line.Moments[1].World, line.Moments[2].World = world("open"), world("open")
		}, "inject rule-revoked x was not proven"},
		{"no timeline", func(_ *chaos.History, line *chaos.Timeline) { line.Moments = nil }, "there is no world"},
	} {
		line := story("closed")
		h := traffic(line, web, other)
		c.change(&h, &line)
		if c.name == "a fault that nothing shows" {
			h = traffic(line, web, other)
		}
		j := chaos.Judge(paper{}, h, line, terms())
		if j.Result != chaos.Unknown || !strings.Contains(strings.Join(j.Reasons, "\n"), c.want) {
			t.Errorf("%s: %s %v %v", c.name, j.Result, j.Violations, j.Reasons)
		}
	}
}

// A machine that stood still excuses a silence, and never an answer.
func TestJudge_stalls(t *testing.T) {
	line := story("closed")
	h := traffic(line, web, other)
	h.Stalls = []chaos.Span{{From: 450 * ms, To: 700 * ms}, {From: 1450 * ms, To: 1700 * ms}}
	forge(&h, 1, 500*ms, silent)
	if j := chaos.Judge(paper{}, h, line, terms()); j.Result != chaos.Valid || j.Stalled != 1 {
		t.Errorf("%s, %d stalled: %v %v", j.Result, j.Stalled, j.Violations, j.Reasons)
	}
	forge(&h, 0, 1500*ms, answered)
	if j := chaos.Judge(paper{}, h, line, terms()); j.Result != chaos.Invalid {
		t.Errorf("%s: %v", j.Result, j.Violations)
	}
}

func TestJudge_measures(t *testing.T) {
	line := story("closed")
	h := traffic(line, web, kept, other)
	j := chaos.Judge(paper{}, h, line, terms())
	if len(j.Effects) != 2 {
		t.Fatalf("%d effects", len(j.Effects))
	}
	broke, healed := j.Effects[0], j.Effects[1]
	if broke.Concerned != 2 || broke.Shown == 0 || broke.Cut != 1 || broke.Effect == nil || *broke.Effect != 5*ms || *broke.Detect != 45*ms || broke.Lost == 0 {
		t.Errorf("inject: %+v", broke)
	}
	if healed.Recover == nil || *healed.Recover != 7*ms || healed.Shown == 0 {
		t.Errorf("heal: %+v", healed)
	}
}
