package paperlab_test

import (
	"context"
	"net/netip"
	"reflect"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

func printed(steps []verdict.Step) string {
	lines := make([]string, len(steps))
	for i, s := range steps {
		lines[i] = strings.TrimSpace(s.Hop + ": " + s.Did + " " + s.Rule)
	}
	return strings.Join(lines, "\n")
}

func followed(t *testing.T, name string, path verdict.Path, forth, back []string) {
	t.Helper()
	if got, want := printed(path.Forth), strings.Join(forth, "\n"); got != want {
		t.Errorf("%s, forth:\n%s\nwant:\n%s", name, got, want)
	}
	if got, want := printed(path.Back), strings.Join(back, "\n"); got != want {
		t.Errorf("%s, back:\n%s\nwant:\n%s", name, got, want)
	}
}

// The path names every hop in the order in which the packet meets it, there and
// back: who sent it as whom, what admitted it, by which route it went on.
func TestPredict_path(t *testing.T) {
	for _, c := range []struct {
		name        string
		world       topology.World
		flow        topology.Flow
		forth, back []string
	}{
		{
			"over a peering", labtest.Chain(), topology.OverTCP("ecs-a", "ecs-b", labtest.WebPort),
			[]string{
				"ecs-a: sent 10.1.0.10 → 10.2.0.10",
				"vpc-a: routed to peering-ab by 10.2.0.0/16 of table rtb-a",
				"vpc-a: admitted sg/ecs-a/egress/sg/out",
				"vpc-b: routed to ecs-b by the local route 10.2.0.0/24",
				"vpc-b: admitted sg/ecs-b/ingress/sg/in",
				"ecs-b: delivered",
			},
			[]string{
				"ecs-b: sent 10.2.0.10 → 10.1.0.10",
				"vpc-b: routed to peering-ab by 10.1.0.0/16 of table rtb-b",
				"vpc-b: passed egress of ecs-b as a reply",
				"vpc-a: routed to ecs-a by the local route 10.1.0.0/24",
				"vpc-a: passed ingress of ecs-a as a reply",
				"ecs-a: delivered",
			},
		},
		{
			"from behind a node", labtest.Cluster(topology.Tunnel), topology.OverTCP("pod-a", "ecs-k", labtest.WebPort),
			[]string{
				"pod-a: sent 172.16.0.10 → 192.168.2.50",
				"node-1: masqueraded as node-1 (192.168.1.11)",
				"vpc: routed to ecs-k by the local route 192.168.2.0/24",
				"vpc: admitted sg/node-1/egress/sg-node-1/out",
				"vpc: admitted sg/ecs-k/ingress/sg-k/in",
				"ecs-k: delivered",
			},
			[]string{
				"ecs-k: sent 192.168.2.50 → 192.168.1.11",
				"vpc: routed to node-1 by the local route 192.168.1.0/24",
				"vpc: passed egress of ecs-k as a reply",
				"vpc: passed ingress of node-1 as a reply",
				"node-1: unmasqueraded to pod-a (172.16.0.10)",
				"pod-a: delivered",
			},
		},
		{
			"to a pod by its node's route", labtest.Cluster(topology.Routed), topology.Ping("ecs-k", "pod-b"),
			[]string{
				"ecs-k: sent 192.168.2.50 → 172.16.0.138",
				"vpc: routed to node-2 by 172.16.0.128/25 of table rtb-k",
				"vpc: admitted sg/ecs-k/egress/sg-k/out",
				"vpc: admitted sg/node-2/ingress/sg-node-2/in",
				"pod-b: delivered",
			},
			[]string{
				"pod-b: sent 172.16.0.138 → 192.168.2.50",
				"vpc: routed to ecs-k by the local route 192.168.2.0/24",
				"vpc: passed egress of node-2 as a reply",
				"vpc: passed ingress of ecs-k as a reply",
				"ecs-k: delivered",
			},
		},
		{
			"inside the overlay", labtest.Cluster(topology.Tunnel), topology.Ping("pod-a", "pod-b"),
			[]string{
				"pod-a: sent 172.16.0.10 → 172.16.0.138",
				"node-1: encapsulated to node-2",
				"vpc: routed to node-2 by the local route 192.168.1.0/24",
				"vpc: admitted sg/node-1/egress/sg-node-1/out",
				"vpc: admitted sg/node-2/ingress/sg-node-2/in",
				"pod-b: delivered",
			},
			[]string{
				"pod-b: sent 172.16.0.138 → 172.16.0.10",
				"node-2: encapsulated to node-1",
				"vpc: routed to node-1 by the local route 192.168.1.0/24",
				"vpc: admitted sg/node-2/egress/sg-node-2/out",
				"vpc: admitted sg/node-1/ingress/sg-node-1/in",
				"pod-a: delivered",
			},
		},
		{
			"on one node", labtest.Cluster(topology.Routed), topology.Ping("pod-a", "pod-a2"),
			[]string{"pod-a: sent 172.16.0.10 → 172.16.0.11", "pod-a2: delivered on node-1"},
			[]string{"pod-a2: sent 172.16.0.11 → 172.16.0.10", "pod-a: delivered on node-1"},
		},
		{
			"to the end", labtest.Chain(), topology.Ping("ecs-a", "ecs-c"),
			[]string{"ecs-a: sent 10.1.0.10 → 10.3.0.10", "vpc-a: dropped rt/rtb-a/blackhole"},
			nil,
		},
		{
			"and only half the way back", labtest.Chain(), topology.Ping("ecs-a", "ecs-b2"),
			[]string{
				"ecs-a: sent 10.1.0.10 → 10.2.1.10",
				"vpc-a: routed to peering-ab by 10.2.0.0/16 of table rtb-a",
				"vpc-a: admitted sg/ecs-a/egress/sg/out",
				"vpc-b: routed to ecs-b2 by the local route 10.2.1.0/24",
				"vpc-b: admitted sg/ecs-b2/ingress/sg/in",
				"ecs-b2: delivered",
			},
			[]string{"ecs-b2: sent 10.2.1.10 → 10.1.0.10", "vpc-b: dropped rt/rtb-b2/blackhole"},
		},
	} {
		followed(t, c.name, paperlab.New().Predict(c.world, c.flow).Path, c.forth, c.back)
	}
}

// A route more specific than a subnet's is refused by validation, as by the
// cloud; if it were there, the local route would win all the same.
//
// Source: VPC user guide, "Adding a Secondary IPv4 CIDR Block to a VPC".
func TestPredict_local_route_beats_a_longer_one(t *testing.T) {
	w := labtest.Chain()
	to := &w.VPCs[1].RouteTables[0]
	to.Routes = append(to.Routes, topology.Route{Destination: netip.MustParsePrefix("10.2.1.10/32"), Peering: "peering-bc"})
	if err := w.Validate(); err == nil {
		t.Error("the world is valid")
	}
	want := verdict.ReachedAs("ecs-b")
	if got := paperlab.New().Predict(w, topology.Ping("ecs-b", "ecs-b2")).Verdict; !want.SatisfiedBy(got) {
		t.Errorf("want %s, got %s", want, got)
	}
}

func TestPredict_says_what_it_cannot_say(t *testing.T) {
	for _, c := range []struct{ from, to, why string }{
		{"none", "ecs-a", `the world has no host, node or pod "none"`},
		{"ecs-a", "none", `the world has no host, node or pod "none"`},
	} {
		got := paperlab.New().Predict(labtest.Chain(), topology.Ping(c.from, c.to)).Verdict
		if got.Kind != verdict.KindInconclusive || got.Why != c.why {
			t.Errorf("%s → %s: got %s", c.from, c.to, got)
		}
	}
}

// A prediction's evidence is what a data plane would have recorded.
func TestPredict_evidence(t *testing.T) {
	for _, c := range labtest.Cases() {
		o := paperlab.New().Predict(c.World, c.Flow)
		want := verdict.Evidence{Sent: 1}
		switch c.Want.Kind {
		case verdict.KindReached:
			want.Received = 1
		case verdict.KindDropped, verdict.KindReplyLost, verdict.KindStalled:
			if c.Want.Rule != "" { // a twin that gets a reply is no rule
				want.Rules = []verdict.RuleCount{{Hop: c.Want.Hop, Rule: c.Want.Rule, Packets: 1}}
			}
		default:
		}
		if !reflect.DeepEqual(o.Evidence, want) {
			t.Errorf("%s: evidence is %+v", c.Name, o.Evidence)
		}
		from, _ := c.World.Endpoint(c.Flow.From)
		to, _ := c.World.Endpoint(c.Flow.To)
		if o.From != from.Address || o.To != to.Address || o.Flow != c.Flow {
			t.Errorf("%s: asked %s → %s for %s", c.Name, o.From, o.To, o.Flow)
		}
	}
}

func TestLab_is_a_world_in_memory(t *testing.T) {
	l, w := paperlab.New(), labtest.Chain()
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	w.Hosts[0].Listeners = nil // what was adopted is the lab's own
	flow := topology.OverTCP("ecs-b", "ecs-a", labtest.WebPort)
	if o, err := l.Ask(t.Context(), flow); err != nil || !o.Verdict.Positive() {
		t.Errorf("got %s, %v", o.Verdict, err)
	}
	if err := l.Adopt(context.Background(), topology.World{Name: "empty"}); err == nil || err.Error() != "adopt world empty: world empty: there is no VPC" {
		t.Errorf("adopting an invalid world: %v", err)
	}
	if l.World().Name != "chain" {
		t.Errorf("after a refusal the world is %q", l.World().Name)
	}
	for _, c := range []struct {
		flow topology.Flow
		want string
	}{
		{flow, ""},
		{topology.Ping("ecs-b", "ecs-a"), ""},
		{topology.OverTCP("ecs-b", "ecs-a", labtest.IdlePort), "server ecs-a: nothing listens on tcp/9"},
		{topology.Ping("ecs-b", "none"), "server none: the world has no such host, node or pod"},
	} {
		if err := l.Alive(t.Context(), c.flow); (err == nil) != (c.want == "") || err != nil && err.Error() != c.want {
			t.Errorf("%s: alive is %v, want %q", c.flow, err, c.want)
		}
	}
}
