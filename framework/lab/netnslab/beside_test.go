package netnslab_test

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// Labs with the same names and addresses, each broken and mended while the
// others are asked, see only their own worlds.
func TestLabs_side_by_side_do_not_disturb_each_other(t *testing.T) {
	var running sync.WaitGroup
	errs := make(chan error, 4)
	for _, m := range []topology.Mode{topology.Tunnel, topology.Routed, topology.Routed} {
		l := open(t)
		running.Go(func() { errs <- breakAndMend(t.Context(), l, labtest.Cluster(m)) })
	}
	running.Wait()
	close(errs)
	for err := range errs {
		if err != nil {
			t.Error(err)
		}
	}
}

func breakAndMend(ctx context.Context, l *netnslab.Lab, w topology.World) error {
	broken, err := change.Edit(w, change.RevokeRule{Group: "sg-n", Rule: "in"})
	if err != nil {
		return err
	}
	for range 5 {
		for _, world := range []topology.World{w, broken} {
			if err := l.Adopt(ctx, world); err != nil {
				return err
			}
			for _, f := range []topology.Flow{
				topology.OverTCP("pod-a", "ecs-n", labtest.WebPort), topology.Ping("pod-a", "pod-b"),
				topology.OverUDP("ecs-k", "pod-b", labtest.NamePort),
			} {
				got, err := l.Ask(ctx, f)
				if err != nil {
					return err
				}
				if want := paperlab.New().Predict(world, f).Verdict; !want.SatisfiedBy(got.Verdict) {
					return fmt.Errorf("%s %s: predicted %s, saw %s", world.Clusters[0].Mode, f, want, got.Verdict)
				}
			}
		}
	}
	return nil
}
