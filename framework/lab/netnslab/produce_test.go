package netnslab_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/internal/poll"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// What a producer had acknowledged is there after the replies to it found no way for
// a while.
func TestProduce_losesNothing(t *testing.T) {
	l, timing := open(t), config.DefaultTiming()
	healthy := labtest.Cluster(topology.Routed)
	for i := range healthy.Hosts {
		if h := &healthy.Hosts[i]; h.Name == "ecs-k" {
			h.Managed = &topology.Managed{Kind: topology.DCSRedis}
		}
	}
	broken := healthy.Clone()
	for i := range broken.VPCs[0].RouteTables {
		broken.VPCs[0].RouteTables[i].Routes = nil
	}
	if err := l.Adopt(t.Context(), healthy); err != nil {
		t.Fatal(err)
	}
	wait, err := l.Produce(t.Context(), topology.OverRedis("pod-a", "ecs-k"), timing.ProbeTimeout)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Adopt(t.Context(), broken); err != nil {
		t.Fatal(err)
	}
	o, err := l.Ask(t.Context(), topology.Ping("pod-a", "ecs-k"))
	if err != nil || o.Verdict.Kind != verdict.KindReplyLost {
		t.Errorf("while replies find no way: %s, %v", o.Verdict, err)
	}
	if err := poll.Sleep(t.Context(), timing.ProbeTimeout/2); err != nil {
		t.Fatal(err)
	}
	if err := l.Adopt(t.Context(), healthy); err != nil {
		t.Fatal(err)
	}
	got, err := wait(t.Context())
	if err != nil || !got.Whole() || got.Acknowledged < 2 || got.Acknowledged == got.Attempted && got.Attempted < 10 {
		t.Errorf("%s, %v", got, err)
	}
	t.Log(got)
}
