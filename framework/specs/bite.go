package specs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/record"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/teeth"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// bitesOfACluster is how many teeth a run shows on each cluster: a sample, since
// each takes seconds. Which scenario it is of goes round with the turn.
const bitesOfACluster = 3

// bite breaks one of the scenarios that have passed on a cluster in some ways: the
// same cluster has to notice each.
func (s *session) bite(ctx context.Context, m topology.Mode, l lab.Lab, passed []scenario.Scenario) error {
	var able []scenario.Scenario
	for _, c := range passed {
		if c.Shows(m) && !c.Disruptive && len(c.Refused.In(m)) == 0 {
			able = append(able, c)
		}
	}
	if len(able) == 0 || l == nil || ctx.Err() != nil || s.suite.Trials != nil {
		return nil
	}
	turn := max(int(s.settings.Teeth), 0)
	c := able[turn%len(able)]
	r := s.runner(c, m, l.Name())
	r.Timing = halved(r.Timing)
	var missed []error
	for _, t := range teeth.Turn(teeth.Edited(teeth.Wired(teeth.Of(c, m))), turn, bitesOfACluster) {
		started := time.Now()
		_, err := t.ShowSlowly(ctx, r, l, teeth.RunOn)
		b := record.Bite{Scenario: c.ID, Mode: m, Lab: l.Name(), Broken: t.Name, Phase: t.Must.Phase, Seconds: time.Since(started).Seconds()}
		if err != nil {
			b.Error = err.Error()
		}
		enter(entryBite, b)
		s.teller.tell(fmt.Sprintf("tooth of %s [%s] [%s]: %s: %s", c.ID, m, l.Name(), t.Name, orFound(err)))
		missed = append(missed, err)
	}
	return errors.Join(missed...)
}

func orFound(err error) string {
	if err != nil {
		return err.Error()
	}
	return "found out"
}

// halved waits half as long for what will not come, and asks less often for what
// does.
func halved(t config.Timing) config.Timing {
	t.Settle /= 2
	t.Repeat = min(t.Repeat, config.TeethTiming().Repeat)
	return t
}
