package chaos

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// A pod's connection keeps its translation when nonMasqueradeCIDRs change. A client on its node's network has none to keep: what
// becomes of the replies that pods give it is as the world says now.
func TestAsMade(t *testing.T) {
	t.Parallel()
	made := worlds.OneVPC(topology.Routed)
	now := made.Clone()
	now.Clusters[0].NonMasqueradeCIDRs = nil
	for client, want := range map[string]bool{"pod-a": true, "host-pod": false, "node-1": false, "ecs-25": false} {
		w, as := asMade(now, made, client)
		if as != want || as != (len(w.Clusters[0].NonMasqueradeCIDRs) > 0) {
			t.Errorf("%s: %v, with %v", client, as, w.Clusters[0].NonMasqueradeCIDRs)
		}
	}
}

// Who is turned away by his own node is so whatever else is the matter, in whichever order it came.
func TestExpect_turned(t *testing.T) {
	t.Parallel()
	w, question := worlds.NamedVPC(topology.Tunnel), topology.Resolve("pod-b", "app-server")
	gone, dropped := lab.Happening{Kind: lab.DNSGone, On: "demo"}, lab.Happening{Kind: lab.OverlayDropped, On: "node-1"}
	want := verdict.Rejected("demo", verdict.NoEndpoints)
	for _, hs := range [][]lab.Happening{{gone}, {gone, dropped}, {dropped, gone}} {
		if got := expect(paperlab.New(), w, hs, question); got.Verdict != want {
			t.Errorf("%s: %s", hs, got.Verdict)
		}
	}
	if got := expect(paperlab.New(), w, []lab.Happening{dropped}, question); got.Kind != verdict.KindDropped {
		t.Errorf("dropped: %s", got.Verdict)
	}
}

// Only a flow whose server says whom it sees each time shows that it is seen as somebody else.
func TestVisiblyOther(t *testing.T) {
	t.Parallel()
	seen := func(a netip.Addr) verdict.Verdict { return verdict.Verdict{Kind: verdict.KindReached, SeenAddress: a} }
	a, b := seen(worlds.Node1), seen(worlds.Node2)
	for f, want := range map[topology.Flow]bool{
		topology.OverTCP("pod-b", "ecs-25", 80):     true,
		topology.OverUDP("pod-b", "ecs-25", 514):    true,
		topology.Ping("pod-b", "ecs-25"):            false,
		topology.Established("pod-b", "ecs-25", 80): false,
		topology.Resolve("pod-b", "ecs-25"):         false,
		topology.OverRedis("pod-b", "ecs-25"):       true,
		topology.OverKafka("pod-b", "ecs-25"):       false,
		topology.OverAMQP("pod-b", "ecs-25"):        false,
	} {
		if got := visiblyOther(f, a, b); got != want {
			t.Errorf("%s: %v", f, got)
		}
		if !visiblyOther(f, a, verdict.Verdict{Kind: verdict.KindDropped}) || visiblyOther(f, a, a) {
			t.Errorf("%s: a drop is not told, or the same is told apart", f)
		}
	}
}
