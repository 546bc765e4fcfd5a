package netnslab

import (
	"net/netip"
	"testing"

	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/lab/fabric"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// A site that another process left in a broken world, as KEEP=1 does after a failure,
// is repaired by the next one that adopts a world there: no firewall, static route,
// bridge or setting of the fault stays.
func TestFabric_takesOverABrokenSite(t *testing.T) {
	for _, m := range topology.Modes() {
		w := labtest.Cluster(m)
		broken := w.Clone()
		h := &broken.Hosts[1]
		h.Engine = &topology.Engine{BridgeIP: netip.MustParsePrefix("172.16.0.1/16"), Networks: []topology.EngineNetwork{{Name: "compose"}}}
		h.Routes = []netip.Prefix{netip.MustParsePrefix("172.16.0.0/25")}
		h.StrictReversePath, h.IgnoreLinkDown = true, true
		h.Firewall = []topology.FirewallRule{{Name: "no", Chain: topology.InputChain, CIDR: netip.MustParsePrefix("0.0.0.0/0")}}
		n := &broken.Clusters[0].Nodes[0]
		n.ForwardingOff, n.ConntrackFull, n.DropsFragNeeded = true, true, true
		n.Firewall = []topology.FirewallRule{{Name: "no", Chain: topology.ForwardChain, CIDR: netip.MustParsePrefix("0.0.0.0/0")}}

		fresh, l := opened(t), opened(t)
		adopted(t, fresh, w)
		adopted(t, l, broken)
		if _, err := l.Ask(t.Context(), topology.Ping("ecs-n", "ecs-k")); err != nil { // which leaves a watch
			t.Fatal(err)
		}
		next := fabric.New(config.DefaultTiming())
		if err := next.Adopt(t.Context(), w, l.site); err != nil {
			t.Fatal(err)
		}
		if d := differences(dump(t, fresh), dump(t, l)); d != "" {
			t.Errorf("%s: what was taken over is not as fresh:%s", m, d)
		}
		if err := next.Close(); err != nil {
			t.Error(err)
		}
	}
}

// What happened to links and was not healed, since its process was killed, is taken away by the next one.
func TestFabric_takesOverWhatHappened(t *testing.T) {
	w := labtest.Cluster(topology.Tunnel)
	fresh, l := opened(t), opened(t)
	adopted(t, fresh, w)
	adopted(t, l, w)
	first, second := w.Clusters[0].Nodes[0].Name, w.Clusters[0].Nodes[1].Name
	for _, h := range []lab.Happening{
		{Kind: lab.PacketsLost, On: first},
		{Kind: lab.OverlayDropped, On: second},
		{Kind: lab.BandwidthLimited, On: first},
		{Kind: lab.PacketsReordered, On: second},
	} {
		if _, err := l.Happen(t.Context(), h); err != nil {
			t.Fatal(err)
		}
	}
	if d := differences(dump(t, fresh), dump(t, l)); d == "" {
		t.Fatal("nothing shows what happened")
	}
	next := fabric.New(config.DefaultTiming())
	if err := next.Adopt(t.Context(), w, l.site); err != nil {
		t.Fatal(err)
	}
	if d := differences(dump(t, fresh), dump(t, l)); d != "" {
		t.Errorf("what was taken over is not as fresh:%s", d)
	}
	for _, name := range []string{first, second} {
		if o, err := l.Ask(t.Context(), topology.Ping(name, "ecs-n")); err != nil || !o.Verdict.Positive() {
			t.Errorf("%s: %s, %v", name, o.Verdict, err)
		}
	}
	if err := next.Close(); err != nil {
		t.Error(err)
	}
}

// What one scenario left open is not the next one's: a flow that is Live begins anew.
func TestForget_endsConnections(t *testing.T) {
	l := opened(t)
	adopted(t, l, labtest.Cluster(topology.Routed))
	f := topology.Established("pod-a", "ecs-n", labtest.WebPort)
	port := func() string {
		t.Helper()
		o, err := l.Ask(t.Context(), f)
		if err != nil || !o.Verdict.Positive() {
			t.Fatalf("got %s and %v", o.Verdict, err)
		}
		return o.Transcript
	}
	port()
	kept := port()
	l.Forget()
	if again := port(); again == kept {
		t.Errorf("the same connection answered: %q", again)
	}
}
