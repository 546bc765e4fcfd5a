package storm_test

import (
	"context"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/managed"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// restarting is a schedule of three faults, of which the last restarts a cache that clients write into.
func restarting(s chaos.Stage) chaos.Schedule {
	const node, moved, cache = "forwarding-off node-2", "pod-moved pod-b/node-1", "service-restarted cache"
	step := func(inject, heal []string) chaos.Step { return chaos.Step{Inject: inject, Heal: heal, Hold: hold} }
	return chaos.Schedule{
		Stage: s.Name, Warm: hold,
		Flows: []topology.Flow{
			topology.OverTCP("pod-b", "ecs-p", worlds.WebPort), topology.Established("pod-b", "ecs-p", worlds.WebPort),
			topology.OverRedis("node-2", "cache"), topology.OverTCP("ecs-25", "ecs-p2", worlds.WebPort),
		},
		Writes: []topology.Flow{topology.OverRedis("node-1", "cache")},
		Steps: []chaos.Step{
			step([]string{node}, nil), step(nil, []string{node}), step([]string{moved}, nil), step(nil, []string{moved}),
			step([]string{cache}, nil), step(nil, []string{cache}),
		},
	}
}

// What is written while a service restarts and a pod moves is there afterwards; the lab takes all of that in place.
func TestRun_loses_nothing(t *testing.T) {
	o := options(t, open)
	o.Schedules = []chaos.Schedule{restarting(o.Drawing.Stages[0])}
	o.Judged = func(e storm.Episodic) { t.Log(chaos.Story(e.Number, e.Schedule, e.Judgement)) }
	sum, err := storm.Run(t.Context(), o)
	if err != nil || sum.Violations > 0 || sum.Written.Clients != 1 || sum.Written.Acknowledged == 0 || !sum.Written.Whole() {
		t.Errorf("%s, %s, %v", sum, sum.Written, err)
	}
}

// emptied is a lab whose caches come back without what they had acknowledged.
type emptied struct{ storm.Lab }

func (l emptied) Adopt(ctx context.Context, w topology.World) error {
	before := l.World()
	for i, h := range w.Hosts {
		was, known := before.Host(h.Name)
		if !known || was.Managed == nil || !was.Managed.Stopped || h.Managed.Stopped {
			continue
		}
		without := w.Clone()
		without.Hosts[i].Managed, without.Hosts[i].Whitelist = nil, nil
		if err := l.Lab.Adopt(ctx, without); err != nil {
			return err
		}
	}
	return l.Lab.Adopt(ctx, w)
}

// Produce implements lab.Producer.
func (l emptied) Produce(ctx context.Context, f topology.Flow, lasting time.Duration) (func(context.Context) (managed.Tally, error), error) {
	return l.Lab.(lab.Producer).Produce(ctx, f, lasting) //nolint:errcheck // a test may panic
}

// A service that has lost what it had acknowledged is found, and the schedule that shows it shrinks to one fault.
func TestRun_finds_lost_records(t *testing.T) {
	var found []storm.Episodic
	o := options(t, func(ctx context.Context) (storm.Lab, error) {
		l, err := open(ctx)
		return emptied{l}, err
	})
	o.Schedules = []chaos.Schedule{restarting(o.Drawing.Stages[0])}
	o.Judged = func(e storm.Episodic) { found = append(found, e) }
	sum, err := storm.Run(t.Context(), o)
	if err != nil || sum.Written.Missing == 0 || len(found) != 1 {
		t.Fatalf("%s, %s, %v", sum, sum.Written, err)
	}
	if !chaos.Shows(found[0].Judgement, chaos.Acknowledged) {
		t.Errorf("found %v", found[0].Judgement.Violations)
	}
	least := found[0].Least
	if least == nil || least.Schedule.Faults() != 1 || least.Schedule.Steps[0].Inject[0] != "service-restarted cache" {
		t.Errorf("the least schedule is %v", least)
	}
}
