package runner_test

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/runner"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// fake is the oracle's world under a wire lab's name, whose answers can be bent.
type fake struct {
	*paperlab.Lab
	// bend, if set, gets every answer with its number among those of its flow in
	// the adopted world, from 1.
	bend func(number int, o *verdict.Observation) error
	// adopt, if set, is asked before each adoption, with its number from 1.
	adopt  func(number int, w *topology.World) error
	alive  error
	close  error
	closed bool

	adoptions int
	asked     map[topology.Flow]int
}

func newFake() *fake { return &fake{Lab: paperlab.New()} }

func (f *fake) Name() lab.Name { return lab.Netns }

func (f *fake) Adopt(ctx context.Context, w topology.World) error {
	f.adoptions++
	f.asked = map[topology.Flow]int{}
	if f.adopt != nil {
		if err := f.adopt(f.adoptions, &w); err != nil {
			return err
		}
	}
	return errors.Join(ctx.Err(), f.Lab.Adopt(ctx, w))
}

func (f *fake) Ask(ctx context.Context, flow topology.Flow) (verdict.Observation, error) {
	o, err := f.Lab.Ask(ctx, flow)
	f.asked[flow]++
	if err == nil && f.bend != nil {
		err = f.bend(f.asked[flow], &o)
	}
	return o, err
}

func (f *fake) Alive(ctx context.Context, flow topology.Flow) error {
	return errors.Join(f.alive, f.Lab.Alive(ctx, flow))
}

func (f *fake) Close(context.Context) error {
	f.closed = true
	return f.close
}

// hasRule reports whether the adopted world has a rule, which tells the phases
// of the scenario apart.
func (f *fake) hasRule(group, rule string) bool {
	w := f.World()
	g, _ := w.Group(group)
	return slices.ContainsFunc(g.Rules, func(r topology.SecurityGroupRule) bool { return r.Name == rule })
}

// misled is an oracle that predicts something else.
type misled struct{ *paperlab.Lab }

func (misled) Survives(topology.World, topology.World, topology.Flow) bool { return true }

func (misled) Predict(topology.World, topology.Flow) verdict.Observation {
	return verdict.Observation{
		Verdict: verdict.Refused(), Path: verdict.Path{Forth: []verdict.Step{{Hop: "pod-a", Did: "sent"}}},
	}
}

// quick is the timing of these tests: nothing here takes time by itself.
func quick() config.Timing {
	t := config.DefaultTiming()
	t.Settle, t.SettlePoll, t.Repeat = 20*time.Millisecond, time.Millisecond, 3
	return t
}

func newRunner() runner.Runner { return runner.Runner{Oracle: paperlab.New(), Timing: quick()} }

func admit(group, name string) change.Change {
	return change.AdmitRule{Group: group, Rule: topology.SecurityGroupRule{
		Name: name, Direction: topology.Ingress, CIDR: netip.MustParsePrefix("0.0.0.0/0"),
	}}
}

// small is a scenario that holds: ecs-n's group loses its rule, opening another
// group does not help, opening its own does.
func small() scenario.Scenario {
	dropped := verdict.Dropped("vpc", verdict.DefaultDeny("ecs-n", topology.Ingress))
	reached := scenario.PerMode[verdict.Verdict]{Tunnel: verdict.ReachedAs("node-1"), Routed: verdict.ReachedAs("pod-a")}
	return scenario.Scenario{
		ID: "SG-999", Title: "a group admits nobody", Claim: "none", Tier: scenario.Core,
		World:   labtest.Cluster,
		Flow:    topology.OverTCP("pod-a", "ecs-n", labtest.WebPort),
		Break:   scenario.Both[change.Change](change.RevokeRule{Group: "sg-n", Rule: "in"}),
		Symptom: scenario.Both(dropped),
		Decoys:  scenario.Both([]change.Change{admit("sg-k", "decoy")}),
		Remedy:  scenario.Both(admit("sg-n", "remedy")),
		Cured:   reached,
		Controls: []scenario.Control{{
			Flow: topology.Ping("node-1", "ecs-k"), Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		}},
	}
}
