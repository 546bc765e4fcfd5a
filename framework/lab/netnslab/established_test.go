package netnslab_test

import (
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/lab/labtest"
	"github.com/vpcgate/vpcgate/framework/lab/netnslab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// stage is a world and what a connection that was opened in the first one shows.
type stage struct {
	name  string
	world topology.World
	// Live is what one question after the other shows, new what a connection
	// beside it does.
	live []verdict.Verdict
	new  verdict.Verdict
}

func (s stage) play(t *testing.T, l *netnslab.Lab, kept bool) {
	t.Helper()
	if err := l.Adopt(t.Context(), s.world); err != nil {
		t.Fatalf("%s: %v", s.name, err)
	}
	ask := func(f topology.Flow, want verdict.Verdict) string {
		t.Helper()
		got, err := l.Ask(t.Context(), f)
		if err != nil {
			t.Fatalf("%s: %s: %v", s.name, f, err)
		}
		if !want.SatisfiedBy(got.Verdict) {
			t.Errorf("%s: %s: want %s, saw %s (%+v)", s.name, f, want, got.Verdict, got.Evidence)
		}
		return got.Transcript
	}
	for i, want := range s.live {
		said := ask(topology.Established("pod-a", "ecs-k", labtest.WebPort), want)
		if i == 0 && strings.Contains(said, "over the connection") != kept {
			t.Errorf("%s: %q; asked over the connection that stood: want %t", s.name, said, kept)
		}
	}
	ask(topology.OverTCP("pod-a", "ecs-k", labtest.WebPort), s.new)
}

// A connection outlives what only new ones meet and what its next packets do not
// meet any more; what cut it for good gives way to a new one.
func TestAsk_of_an_established_flow(t *testing.T) {
	l := open(t)
	healthy := labtest.Cluster(topology.Routed)
	with := func(c change.Change) topology.World {
		w, err := change.Edit(healthy, c)
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	reached := verdict.ReachedAs("pod-a")
	unreturned := verdict.ReplyLost("ecs-k", "vpc", verdict.Blackhole("rtb-k"))
	denied := verdict.Dropped("vpc", verdict.DefaultDeny("ecs-k", topology.Ingress))
	full := verdict.Dropped("node-1", verdict.ConntrackFull("node-1"))
	twice := func(v verdict.Verdict) []verdict.Verdict { return []verdict.Verdict{v, v} }

	stage{"healthy", healthy, twice(reached), reached}.play(t, l, false)
	noWayBack := with(change.WithdrawRoute{Table: "rtb-k", Destination: healthy.Clusters[0].Nodes[0].Block})
	stage{"no way back", noWayBack, append(twice(unreturned), unreturned), unreturned}.play(t, l, true)
	stage{"healthy again", healthy, twice(reached), reached}.play(t, l, true)
	stage{"node's table full", with(change.FillConntrack{Node: "node-1"}), twice(reached), full}.play(t, l, true)
	cut := []verdict.Verdict{verdict.Dropped("vpc", verdict.InvalidState("vpc")), denied, denied, denied}
	stage{"rule revoked", with(change.RevokeRule{Group: "sg-k", Rule: "in"}), cut, denied}.play(t, l, true)
	stage{"rule restored", healthy, twice(reached), reached}.play(t, l, false)
	stage{"rule restored, kept", with(change.FillConntrack{Node: "node-2"}), twice(reached), reached}.play(t, l, true)
}
