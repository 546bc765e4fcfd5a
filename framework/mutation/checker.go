package mutation

import (
	"context"
	"reflect"
	"strings"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/teeth"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// runners are mutants of what the phases demand. One that demands too little makes
// no scenario fail: it is found out by a tooth that no longer bites.
func runners() []Mutant {
	of := func(id, says string, phase record.Phase, run func(teeth.Run, func()) teeth.Run) Mutant {
		return Mutant{ID: id, Layer: Runner, Says: says, Phase: phase, run: run}
	}
	return []Mutant{
		of("expectation-flipped", "the broken world is expected to be cured, and the other way round", record.Symptom, edited(flip)),
		of("baseline-skipped", "nobody asks whether the world was healthy", record.Baseline, forgiving(failedAt(record.Baseline))),
		of("break-skipped", "the fault is not applied", record.Symptom, pretending(record.Break)),
		of("symptom-skipped", "nobody asks whether the fault shows", record.Symptom, forgiving(failedAt(record.Symptom))),
		of("cause-skipped", "nobody asks why", record.Cause, forgiving(failedAt(record.Cause))),
		of("counter-ignored", "nobody asks whether the named rule has counted", record.Cause, forgiving(because("did not move"))),
		of("other-rules-ignored", "nobody asks whether other rules have counted", record.Cause, forgiving(because("other rules dropped"))),
		of("life-ignored", "nobody asks whether the server lives", record.Cause, alwaysAlive),
		of("decoys-skipped", "no decoy is tried", record.Decoy, edited(func(s *scenario.Scenario) { s.Decoys = scenario.PerMode[[]change.Change]{} })),
		of("stages-skipped", "nobody asks what comes between fault and cure", record.Stage, edited(withoutStages)),
		of("remedy-skipped", "the remedy is not applied", record.Remedy, pretending(record.Remedy)),
		of("cure-ignored", "nobody asks whether the remedy cures", record.Remedy, forgiving(failedAt(record.Remedy))),
		of("undo-skipped", "nobody asks whether the symptom comes back", record.Undo, forgiving(failedAt(record.Undo))),
		of("undo-not-applied", "the broken world is not adopted again", record.Undo, pretending(record.Undo)),
		of("loss-ignored", "nobody asks whether what was acknowledged is there", record.Outage, forgiving(ofClass(record.Lost))),
		of("leak-ignored", "nobody asks what was left behind", record.Close, forgiving(failedAt(record.Close))),
		of("controls-skipped", "no control is asked", record.Symptom, edited(func(s *scenario.Scenario) { s.Controls = nil })),
		of("further-flows-skipped", "only the first flow is asked", record.Symptom, edited(func(s *scenario.Scenario) { s.Also = nil })),
		of("once-is-enough", "an answer need not last", record.Symptom, once),
		of("unknown-passes", "not knowing is passing", record.Symptom, forgiving(ofClass(record.Unknown))),
		of("disagreement-passes", "paper may predict anything", record.Baseline, forgiving(ofClass(record.Disagreement))),
		of("hollow-changes-pass", "a change may change nothing", record.Break, forgiving(because("change error"))),
		of("any-refusal-passes", "a plan may be refused for any rule", record.Symptom, forgiving(because("want a refusal for"))),
		of("acceptance-passes", "a plan need not be refused", record.Symptom, forgiving(because("was not refused"))),
		of("client-ignored", "it does not matter whom the server saw", record.Remedy, blind(func(v *verdict.Verdict, as verdict.Verdict) { v.SeenAs, v.SeenAddress = as.SeenAs, as.SeenAddress })),
		of("hop-ignored", "it does not matter where something was dropped", record.Symptom, blind(func(v *verdict.Verdict, as verdict.Verdict) { v.Hop = as.Hop })),
		of("rule-ignored", "it does not matter which rule dropped", record.Symptom, blind(func(v *verdict.Verdict, as verdict.Verdict) { v.Rule = as.Rule })),
		of("code-ignored", "it does not matter how somebody said no", record.Symptom, blind(func(v *verdict.Verdict, as verdict.Verdict) { v.Code = as.Code })),
	}
}

// flip exchanges what the broken and the cured world shall answer.
func flip(s *scenario.Scenario) {
	s.Symptom, s.Cured = s.Cured, s.Symptom
}

func withoutStages(s *scenario.Scenario) {
	tunnel, routed := s.WholeRemedy(topology.Tunnel), s.WholeRemedy(topology.Routed)
	s.Stages, s.Remedy = nil, scenario.PerMode[change.Change]{Tunnel: tunnel, Routed: routed}
}

// edited is a runner that reads scenarios otherwise than they are written.
func edited(edit func(*scenario.Scenario)) func(teeth.Run, func()) teeth.Run {
	return func(genuine teeth.Run, touched func()) teeth.Run {
		return func(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
			read := s
			if edit(&read); !reflect.DeepEqual(said(read, m), said(s, m)) {
				touched()
			}
			return genuine(ctx, r, read, m, l)
		}
	}
}

// said is what of a scenario can be compared: functions cannot.
func said(s scenario.Scenario, m topology.Mode) []any {
	return []any{s.Expectations(m), s.Controls, s.Decoys.In(m), len(s.StagesIn(m))}
}

// forgiving is a runner that takes some failures for successes.
func forgiving(forgives func(record.Result) bool) func(teeth.Run, func()) teeth.Run {
	return func(genuine teeth.Run, touched func()) teeth.Run {
		return func(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
			result := genuine(ctx, r, s, m, l)
			if result.Outcome == record.Failure && forgives(result) {
				touched()
				result.Outcome, result.Failed, result.Class, result.Reason = record.Success, "", "", ""
			}
			return result
		}
	}
}

func failedAt(p record.Phase) func(record.Result) bool {
	return func(r record.Result) bool { return r.Failed == p }
}

func because(text string) func(record.Result) bool {
	return func(r record.Result) bool { return strings.Contains(r.Reason, text) }
}

func ofClass(c record.Class) func(record.Result) bool {
	return func(r record.Result) bool { return r.Class == c }
}

// once is a runner that asks once.
func once(genuine teeth.Run, touched func()) teeth.Run {
	return func(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
		touched()
		r.Timing.Repeat = 1
		return genuine(ctx, r, s, m, l)
	}
}

// pretending is a runner that leaves out the adoptions of a phase.
func pretending(p record.Phase) func(teeth.Run, func()) teeth.Run {
	return func(genuine teeth.Run, touched func()) teeth.Run {
		return func(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
			now, told := record.Phase(""), r.OnPhase
			r.OnPhase = func(p record.Phase) {
				now = p
				if told != nil {
					told(p)
				}
			}
			return genuine(ctx, r, s, m, &bentLab{Lab: l, adopts: func() bool {
				if now == p {
					touched()
				}
				return now != p
			}})
		}
	}
}

func alwaysAlive(genuine teeth.Run, touched func()) teeth.Run {
	return func(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
		return genuine(ctx, r, s, m, &bentLab{Lab: l, alive: func(err error) error {
			if err != nil {
				touched()
			}
			return nil
		}})
	}
}

// blind is a runner that does not see some part of a verdict: for it, that part is
// always as paper has it.
func blind(to func(v *verdict.Verdict, as verdict.Verdict)) func(teeth.Run, func()) teeth.Run {
	return func(genuine teeth.Run, touched func()) teeth.Run {
		return func(ctx context.Context, r runner.Runner, s scenario.Scenario, m topology.Mode, l lab.Lab) record.Result {
			return genuine(ctx, r, s, m, &bentLab{Lab: l, observe: func(w topology.World, o *verdict.Observation) {
				before := o.Verdict
				if to(&o.Verdict, r.Oracle.Predict(w, o.Flow).Verdict); o.Verdict != before {
					touched()
				}
			}})
		}
	}
}
