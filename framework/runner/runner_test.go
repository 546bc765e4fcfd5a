package runner_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func TestRun_takes_a_scenario_through_all_phases(t *testing.T) {
	for _, m := range topology.Modes() {
		f, r := newFake(), newRunner()
		var told []record.Phase
		r.OnPhase = func(p record.Phase) { told = append(told, p) }
		got := r.RunAndClose(t.Context(), small(), m, f)
		if got.Outcome != record.Success || got.Failed != "" || got.Reason != "" {
			t.Fatalf("%s: got %s in %s: %s", m, got.Outcome, got.Failed, got.Reason)
		}
		want := []record.Phase{
			record.Preflight, record.Adopt, record.Baseline, record.Break, record.Symptom, record.Cause,
			record.Decoy, record.Remedy, record.Undo, record.Close,
		}
		var phases []record.Phase
		for _, p := range got.Phases {
			phases = append(phases, p.Phase)
		}
		if !slices.Equal(phases, want) || !slices.Equal(told, want) {
			t.Errorf("%s: phases %v, told %v", m, phases, told)
		}
		if f.asked[small().Flow] != 0 || !f.hasRule("sg-n", "in") || !f.closed {
			t.Errorf("%s: the lab is not closed with the healthy world", m)
		}
		checks := got.Phases[4].Checks
		if len(checks) != 2 || checks[0].Role != "flow" || checks[1].Role != "control" || !checks[0].OK || !checks[1].OK {
			t.Errorf("%s: the symptom's checks are %+v", m, checks)
		}
		if got.Family != scenario.SecurityGroup || got.Sketch == "" || got.Mode != m || got.Lab != lab.Netns {
			t.Errorf("%s: the result is %+v", m, got)
		}
	}
}

// failing is one way in which a run must fail.
type failing struct {
	name   string
	bend   func(s *scenario.Scenario, f *fake)
	phase  record.Phase
	reason string
}

func ofMainFlow(o *verdict.Observation) bool { return o.Flow == small().Flow }

func always(f *fake, v verdict.Verdict, when func() bool) func(int, *verdict.Observation) error {
	return func(_ int, o *verdict.Observation) error {
		if ofMainFlow(o) && when() {
			o.Verdict = v
		}
		return nil
	}
}

func failings() []failing {
	dropped := small().Symptom.Routed
	return []failing{
		{"an invalid world", func(s *scenario.Scenario, _ *fake) {
			s.World = func(topology.Mode) topology.World { return topology.World{Name: "empty"} }
		}, record.Preflight, "world is invalid: world empty: there is no VPC"},
		{"a lab that cannot adopt", func(_ *scenario.Scenario, f *fake) {
			f.adopt = func(int, *topology.World) error { return errors.New("out of memory") }
		}, record.Adopt, "lab error: out of memory"},
		{"a lab that cannot ask", func(_ *scenario.Scenario, f *fake) {
			f.bend = func(int, *verdict.Observation) error { return errors.New("engine gone") }
		}, record.Baseline, "lab error: engine gone"},
		{"ill from the start", func(s *scenario.Scenario, _ *fake) {
			s.World = func(m topology.Mode) topology.World {
				w, _ := change.Edit(labtest.Cluster(m), small().Break.Routed)
				return w
			}
		}, record.Baseline, "baseline not healthy: pod-a → ecs-n tcp/80: want reached, seen as pod-a, got dropped at vpc by sg/ecs-n/ingress/default-deny"},
		{"a fault that does nothing", func(s *scenario.Scenario, _ *fake) {
			s.Break = scenario.Both(change.Change(change.All()))
		}, record.Break, "change error: change \"\" of world cluster: the change changes nothing"},
		{"a fault that names nothing", func(s *scenario.Scenario, _ *fake) {
			s.Break = scenario.Both[change.Change](change.RevokeRule{Group: "sg-none", Rule: "in"})
		}, record.Break, `world has no security group "sg-none"`},
		{"a fault that a lab ignores", func(_ *scenario.Scenario, f *fake) {
			f.adopt = func(n int, w *topology.World) error {
				if n > 1 {
					*w = labtest.Cluster(topology.Routed)
				}
				return nil
			}
		}, record.Symptom, "symptom not seen: pod-a → ecs-n tcp/80: want dropped at vpc"},
		{"no evidence", func(_ *scenario.Scenario, f *fake) {
			f.bend = func(_ int, o *verdict.Observation) error {
				o.Evidence.Rules = nil
				return nil
			}
		}, record.Cause, "right verdict, wrong cause: pod-a → ecs-n tcp/80: the counter of sg/ecs-n/ingress/default-deny at vpc did not move"},
		{"another rule besides", func(_ *scenario.Scenario, f *fake) {
			f.bend = func(_ int, o *verdict.Observation) error {
				o.Evidence.Rules = append(o.Evidence.Rules, verdict.RuleCount{Hop: "vpc", Rule: verdict.Blackhole("rtb"), Packets: 2})
				return nil
			}
		}, record.Cause, "right verdict, wrong cause: pod-a → ecs-n tcp/80: other rules dropped packets meanwhile: rt/rtb/blackhole at vpc +2"},
		{"the same rule elsewhere", func(_ *scenario.Scenario, f *fake) {
			f.bend = func(_ int, o *verdict.Observation) error {
				for i := range o.Evidence.Rules {
					o.Evidence.Rules[i].Hop = "vpc-2"
				}
				return nil
			}
		}, record.Cause, "other rules dropped packets meanwhile: sg/ecs-n/ingress/default-deny at vpc-2 +1"},
		{"a control that was reached without an answer", func(_ *scenario.Scenario, f *fake) {
			f.bend = func(_ int, o *verdict.Observation) error {
				o.Evidence.Received = 0
				return nil
			}
		}, record.Cause, "right verdict, wrong cause: node-1 → ecs-k icmp: no answer was received"},
		{"a dead server", func(_ *scenario.Scenario, f *fake) {
			f.alive = errors.New("its agent is gone")
		}, record.Cause, "right verdict, wrong cause: pod-a → ecs-n tcp/80: the server does not live: its agent is gone"},
		{"a decoy that cures", func(s *scenario.Scenario, _ *fake) {
			s.Decoys = scenario.Both([]change.Change{admit("sg-n", "decoy")})
		}, record.Decoy, "cured by a decoy: pod-a → ecs-n tcp/80: want dropped at vpc by sg/ecs-n/ingress/default-deny, got reached, seen as pod-a"},
		{"a decoy that does nothing", func(s *scenario.Scenario, _ *fake) {
			s.Decoys = scenario.Both([]change.Change{change.SetPeeringState{Peering: "none"}})
		}, record.Decoy, `change error: change "set peering none " of world cluster: world has no peering "none"`},
		{"a remedy that does not cure", func(s *scenario.Scenario, _ *fake) {
			s.Remedy = scenario.Both(admit("sg-k", "remedy"))
		}, record.Remedy, "not cured: pod-a → ecs-n tcp/80: want reached, seen as pod-a, got dropped at vpc"},
		{"a remedy that does nothing", func(s *scenario.Scenario, _ *fake) {
			s.Remedy = scenario.Both(change.Change(change.All()))
		}, record.Remedy, "change error: "},
		{"cured, but seen as somebody else", func(s *scenario.Scenario, f *fake) {
			f.bend = always(f, verdict.ReachedAs("node-1"), func() bool { return f.hasRule("sg-n", "remedy") })
		}, record.Remedy, "not cured: pod-a → ecs-n tcp/80: want reached, seen as pod-a, got reached, seen as node-1"},
		{"a fault that hits a control", func(s *scenario.Scenario, _ *fake) {
			s.Break = scenario.Both(change.Change(change.All(s.Break.Routed, change.RevokeRule{Group: "sg-k", Rule: "in"})))
		}, record.Symptom, "collateral damage: a control moved: node-1 → ecs-k icmp: want reached, seen as node-1, got dropped"},
		{"a remedy that hits a control", func(s *scenario.Scenario, _ *fake) {
			s.Remedy = scenario.Both(change.Change(change.All(s.Remedy.Routed, change.RevokeRule{Group: "sg-k", Rule: "in"})))
		}, record.Remedy, "collateral damage: a control moved"},
		{"a fault that stays cured", func(s *scenario.Scenario, f *fake) {
			cured := false
			f.bend = func(_ int, o *verdict.Observation) error {
				cured = cured || f.hasRule("sg-n", "remedy")
				if ofMainFlow(o) && cured && !f.hasRule("sg-n", "remedy") {
					o.Verdict = s.Cured.Routed
				}
				return nil
			}
		}, record.Undo, "not reproducible: the symptom is not back: pod-a → ecs-n tcp/80"},
		{"an inconclusive lab", func(_ *scenario.Scenario, f *fake) {
			f.bend = always(f, verdict.Inconclusive("silence"), func() bool { return !f.hasRule("sg-n", "in") })
		}, record.Symptom, "symptom not seen: pod-a → ecs-n tcp/80: want dropped at vpc by sg/ecs-n/ingress/default-deny, got inconclusive: silence"},
		{"right once, then wrong", func(_ *scenario.Scenario, f *fake) {
			f.bend = func(n int, o *verdict.Observation) error {
				if ofMainFlow(o) && n == 2 {
					o.Verdict = verdict.Refused()
				}
				return nil
			}
		}, record.Baseline, "baseline not healthy: pod-a → ecs-n tcp/80: want reached, seen as pod-a, got refused"},
		{"right twice, then wrong", func(_ *scenario.Scenario, f *fake) {
			f.bend = func(n int, o *verdict.Observation) error {
				if ofMainFlow(o) && n == 3 && o.Verdict.Identity() == dropped {
					o.Verdict = verdict.ReachedAs("pod-a")
				}
				return nil
			}
		}, record.Symptom, "symptom not seen"},
	}
}

func TestRun_fails_in_the_phase_and_says_why(t *testing.T) {
	for _, c := range failings() {
		t.Run(c.name, func(t *testing.T) {
			s, f := small(), newFake()
			c.bend(&s, f)
			got := newRunner().Run(t.Context(), s, topology.Routed, f)
			if got.Outcome != record.Failure || got.Failed != c.phase || !strings.Contains(got.Reason, c.reason) {
				t.Errorf("got %s in %q: %s\nwant a failure in %q: %s", got.Outcome, got.Failed, got.Reason, c.phase, c.reason)
			}
			last := got.Phases[len(got.Phases)-1]
			if last.Phase != c.phase || last.Error != got.Reason {
				t.Errorf("the last phase is %s with error %q", last.Phase, last.Error)
			}
		})
	}
}

// What becomes right within the settle window is right, and is asked Repeat
// times from then on.
func TestRun_waits_for_a_verdict_to_settle(t *testing.T) {
	f := newFake()
	f.bend = func(n int, o *verdict.Observation) error {
		if ofMainFlow(o) && n < 4 {
			o.Verdict = verdict.Inconclusive("not yet")
		}
		return nil
	}
	got := newRunner().Run(t.Context(), small(), topology.Routed, f)
	if got.Outcome != record.Success {
		t.Errorf("got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
}

// The effect's time ends when the wanted verdict is first seen, not when it was
// seen often enough or the controls were asked.
func TestRun_measures_the_effect_until_it_is_first_seen(t *testing.T) {
	const slow = 20 * time.Millisecond
	f := newFake()
	f.bend = func(n int, _ *verdict.Observation) error {
		if n > 1 {
			return poll.Sleep(t.Context(), slow)
		}
		return nil
	}
	got := newRunner().Run(t.Context(), small(), topology.Routed, f)
	for _, p := range got.Phases {
		if p.EffectSeconds >= slow.Seconds() {
			t.Errorf("phase %s took effect after %.3f s", p.Phase, p.EffectSeconds)
		}
	}
	if symptom := got.Phases[4]; got.Outcome != record.Success || symptom.EffectSeconds <= 0 {
		t.Errorf("got %s, and a symptom after %v s", got.Outcome, symptom.EffectSeconds)
	}
}

// On paper a verdict is there at once or never.
func TestRun_does_not_wait_on_paper(t *testing.T) {
	s := small()
	s.Break = scenario.Both(admit("sg-k", "harmless"))
	r := newRunner()
	r.Timing.Settle = 1 << 62
	got := r.Run(t.Context(), s, topology.Routed, paperlab.New())
	if got.Failed != record.Symptom {
		t.Errorf("got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
}

func TestRun_holds_the_wire_against_paper(t *testing.T) {
	r := newRunner()
	r.Oracle = misled{paperlab.New()}
	got := r.Run(t.Context(), small(), topology.Routed, newFake())
	want := "paper and wire disagree: pod-a → ecs-n tcp/80: predicted refused: nothing listens there, saw reached, seen as pod-a"
	if got.Outcome != record.Failure || got.Failed != record.Baseline || !strings.HasPrefix(got.Reason, want) {
		t.Errorf("got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
	checks := got.Phases[len(got.Phases)-1].Checks
	if len(checks) != 1 || checks[0].OK {
		t.Fatalf("the check of the disagreement is %+v", checks)
	}
	if got.Class != record.Disagreement || len(checks[0].PredictedPath.Forth) != 1 || len(checks[0].Observation.Path.Forth) < 2 {
		t.Errorf("the class is %s, the paths are %v and %v", got.Class, checks[0].PredictedPath, checks[0].Observation.Path)
	}
}

// Another source address than the predicted one is a disagreement, even under the
// same name.
func TestRun_holds_source_addresses_against_paper(t *testing.T) {
	f := newFake()
	f.bend = func(_ int, o *verdict.Observation) error {
		if o.Verdict.Positive() {
			o.Verdict.SeenAddress = o.Verdict.SeenAddress.Next()
		}
		return nil
	}
	got := newRunner().Run(t.Context(), small(), topology.Routed, f)
	if got.Failed != record.Baseline || got.Class != record.Disagreement || !strings.HasPrefix(got.Reason, "paper and wire disagree") {
		t.Errorf("got %s in %s: %s", got.Class, got.Failed, got.Reason)
	}
}

// One right answer that paper did not predict is a disagreement, whatever is
// answered after it: of a connection that stands, the next question knows more.
func TestRun_holds_every_answer_against_paper(t *testing.T) {
	f := newFake()
	f.bend = func(n int, o *verdict.Observation) error {
		if ofMainFlow(o) && n == 1 && o.Verdict.Positive() {
			o.Verdict.SeenAddress = o.Verdict.SeenAddress.Next()
		}
		return nil
	}
	got := newRunner().Run(t.Context(), small(), topology.Routed, f)
	if got.Failed != record.Baseline || got.Class != record.Disagreement {
		t.Errorf("got %q in %s: %s", got.Class, got.Failed, got.Reason)
	}
}

// A failure is of the class that says who has to look at it.
func TestRun_names_the_class_of_a_failure(t *testing.T) {
	classes := map[string]record.Class{
		"an invalid world":                 record.BadScenario,
		"a lab that cannot adopt":          record.BrokenLab,
		"ill from the start":               record.Expectation,
		"a fault that names nothing":       record.BadScenario,
		"a remedy that does not cure":      record.Expectation,
		"a decoy that cures":               record.Expectation,
		"no evidence":                      record.WrongCause,
		"a dead server":                    record.WrongCause,
		"a fault that hits a control":      record.Collateral,
		"an inconclusive lab":              record.Unknown,
		"right once, then wrong":           record.Disagreement,
		"cured, but seen as somebody else": record.Disagreement,
	}
	for _, c := range failings() {
		want, listed := classes[c.name]
		if !listed {
			continue
		}
		delete(classes, c.name)
		s, f := small(), newFake()
		c.bend(&s, f)
		if got := newRunner().Run(t.Context(), s, topology.Routed, f); got.Class != want {
			t.Errorf("%s: got class %q, want %q: %s", c.name, got.Class, want, got.Reason)
		}
	}
	if len(classes) > 0 {
		t.Errorf("there is no test of that name: %v", classes)
	}
}

func TestRun_reports_what_a_lab_cannot_host_as_not_run(t *testing.T) {
	f := newFake()
	f.adopt = func(int, *topology.World) error { return fmt.Errorf("adopt: no vxlan: %w", lab.ErrCannotHost) }
	got := newRunner().RunAndClose(t.Context(), small(), topology.Tunnel, f)
	if got.Outcome != record.NotRun || got.Failed != "" || !strings.Contains(got.Reason, "no vxlan") || !f.closed {
		t.Errorf("got %s in %q: %s", got.Outcome, got.Failed, got.Reason)
	}
}

// A run that was cut short says so; it is no statement about the scenario, and
// what was made goes all the same.
func TestRun_that_is_ended_says_so(t *testing.T) {
	gone := errors.New("asked to stop")
	ctx, cancel := context.WithCancelCause(t.Context())
	f := newFake()
	f.bend = func(_ int, o *verdict.Observation) error {
		if ofMainFlow(o) && !f.hasRule("sg-n", "in") {
			cancel(gone)
			o.Verdict = verdict.Inconclusive("interrupted")
		}
		return nil
	}
	got := newRunner().RunAndClose(ctx, small(), topology.Routed, f)
	if got.Outcome != record.Failure || got.Failed != record.Symptom || got.Reason != "ended early: asked to stop" || !f.closed {
		t.Errorf("got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
	got = newRunner().Run(ctx, small(), topology.Routed, newFake())
	if got.Outcome != record.Failure || got.Failed != record.Adopt || !strings.Contains(got.Reason, context.Canceled.Error()) {
		t.Errorf("already ended: got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
}

func TestRunAndClose_finds_a_leak(t *testing.T) {
	f := newFake()
	f.close = errors.New("a namespace is left")
	got := newRunner().RunAndClose(t.Context(), small(), topology.Routed, f)
	if got.Outcome != record.Failure || got.Failed != record.Close || got.Reason != "leak: a namespace is left" {
		t.Errorf("got %s in %s: %s", got.Outcome, got.Failed, got.Reason)
	}
	// An earlier failure is the more interesting one; the leak is in its phase.
	f.alive = errors.New("dead")
	got = newRunner().RunAndClose(t.Context(), small(), topology.Routed, f)
	last := got.Phases[len(got.Phases)-1]
	if got.Failed != record.Cause || last.Phase != record.Close || last.Error != "a namespace is left" {
		t.Errorf("got failure in %s and %+v", got.Failed, last)
	}
}
