package page_test

import (
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/soak"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/topology"
)

const ms = time.Millisecond

// flows are asked in the schedules of the fixture.
func flows() []topology.Flow {
	return []topology.Flow{
		topology.OverTCP("pod-a", "ecs-p", 80), topology.Established("pod-a", "ecs-p", 80), topology.OverUDP("node-1", "ecs-25", 514),
		topology.Ping("node-2", "ecs-25"), topology.OverRedis("pod-a", "cache"),
	}
}

// episode is a schedule of some faults, one after the other, a second each, whose first flow is silent meanwhile.
func episode(number uint64, result chaos.Result, faults ...string) storm.Episodic {
	e := storm.Episodic{Number: number, Schedule: chaos.Schedule{Stage: "peered-cache/routed", Flows: flows()}, History: chaos.History{Flows: flows()}}
	end := time.Duration(2*len(faults)+1) * 1000 * ms
	e.Timeline = chaos.Timeline{End: end, Moments: []chaos.Moment{{}}}
	for i, f := range faults {
		at := time.Duration(2*i+1) * 1000 * ms
		e.Schedule.Steps = append(e.Schedule.Steps, chaos.Step{Inject: []string{f}}, chaos.Step{Heal: []string{f}})
		e.Timeline.Moments = append(e.Timeline.Moments,
			chaos.Moment{Began: at, Done: at + 30*ms, Step: "inject " + f}, chaos.Moment{Began: at + 1000*ms, Done: at + 1020*ms, Step: "heal " + f})
	}
	for flow := range flows() {
		for n := uint64(1); ; n++ {
			at := time.Duration(n) * 50 * ms
			if at >= end {
				break
			}
			op := chaos.Operation{Number: n, Flow: flow, Sent: at, Ended: at + 2*ms, Outcome: chaos.Answered}
			broken := int(at/(1000*ms))%2 == 1
			switch {
			case broken && flow == 0:
				op.Outcome = chaos.Silent
			case broken && flow == 4:
				op.Outcome = chaos.Refused
			}
			e.History.Operations = append(e.History.Operations, op)
		}
	}
	e.Judgement = chaos.Judgement{Result: result, Operations: len(e.History.Operations)}
	switch result {
	case chaos.Invalid:
		for i, inv := range []chaos.Invariant{chaos.FailClosed, chaos.Recovers} {
			e.Judgement.Violations = append(e.Judgement.Violations, chaos.Violation{
				Invariant: inv, Flow: flows()[0], Operation: chaos.Operation{Number: 25, Sent: time.Duration(1250+900*i) * ms},
				Step: "inject " + faults[0], Text: "answered, and it must be <dropped> & silent",
			})
		}
	case chaos.Unknown:
		e.Judgement.Reasons = []string{"inject " + faults[0] + " was not proven: it concerns 1 flows that are asked, and none of them showed it"}
	default:
	}
	return e
}

// theReport is a run with a violation, something unknown, a broken budget and a leak.
func theReport() storm.Report {
	const route, peering, rule = "route-withdrawn rtb-demo2/192.168.0.0/16", "peering-deleted peering-demo", "rule-revoked sg-ecs/from-nodes"
	bad := episode(0xabc, chaos.Invalid, route, peering, rule)
	least := episode(0xabc, chaos.Invalid, peering)
	bad.Least = &least
	worst := bad.Trace()
	worst.File, worst.Least.File = storm.ScheduleFile(0xabc), "schedule-0000000000000abc-least.yaml"
	r := storm.Report{
		Schema: storm.ReportSchema,
		About:  storm.About{Run: "20261129-000000-0a1b", Lab: "netns", Command: "bin/vpcgate chaos --lab netns --for 1m0s --seed 31", Started: time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)},
		Summary: storm.Summary{
			Faults: 7, Operations: 1900, Violations: 2, Seed: 31, Schedules: 3, Invalid: 1, Unknown: 1, Excused: 12, Reasons: []string{"schedule 7: not proven"},
		},
		Seconds: 61.5,
		Found: []storm.FoundInvalid{{
			Number: 0xabc, File: storm.ScheduleFile(0xabc), LeastFile: "schedule-0000000000000abc-least.yaml", Violations: bad.Judgement.Violations,
		}},
		Traces: []chaos.Trace{worst, episode(7, chaos.Unknown, rule).Trace(), episode(9, chaos.Valid, route, rule).Trace()},
	}
	for _, stage := range []string{"peered-cache/routed", "peered-cache/tunnel", "one-vpc/routed"} {
		for _, kind := range []chaos.Kind{chaos.PeeringDeleted, chaos.RouteWithdrawn, chaos.RuleRevoked} {
			for i := range 60 {
				effect, recovered, old := time.Duration(2+i%17)*ms, time.Duration(20+i*i%90)*ms, time.Duration(i%30)*ms
				came := chaos.Effect{Kinds: []chaos.Kind{kind}, Effect: &effect, Detect: &recovered, Old: &old, Lost: i, Cut: i % 2}
				went := chaos.Effect{Kinds: []chaos.Kind{kind}, Heals: true, Effect: &effect, Detect: &effect, Recover: &recovered}
				if kind == chaos.PeeringDeleted && stage == "peered-cache/tunnel" && i == 3 {
					late := 640 * ms
					went.Recover, went.Breaches = &late, 4
				}
				r.Table.Add(stage, []chaos.Effect{came, went})
			}
		}
	}
	r.Rows = r.Table.Rows()
	for _, kind := range []chaos.Kind{chaos.PeeringDeleted, chaos.RouteWithdrawn, chaos.RuleRevoked} {
		r.Budgets = append(r.Budgets, storm.Budget{Fault: kind, Here: 100 * ms, Source: fmt.Sprintf("a page on %s", kind)})
	}
	var points []soak.Point
	for i := range 61 {
		points = append(points, soak.Point{
			At: time.Duration(i) * time.Minute, Goroutines: 300 + float64(i%7), Heap: 60e6 + 1e6*float64(i%5), Files: 400 + 8*float64(i), Namespaces: 80,
		})
	}
	r.Soak = soak.Judge(points, time.Hour, 10*time.Minute)
	r.Result, r.Reason = storm.Conclude(r.Summary, r.Soak, nil)
	return r
}
