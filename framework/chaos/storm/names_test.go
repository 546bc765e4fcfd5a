package storm_test

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/chaos"
	"github.com/vpcgate/vpcgate/framework/chaos/storm"
	"github.com/vpcgate/vpcgate/framework/config"
	"github.com/vpcgate/vpcgate/framework/lab"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// nameless is a lab that adopts everything and whose one agent says that all is answered. It has no DNS.
type nameless struct {
	storm.Lab
	world topology.World
	asked []probe.Question
}

func (l *nameless) Name() lab.Name { return lab.Kind }

func (l *nameless) World() topology.World { return l.world }

func (l *nameless) Roots() string { return "" }

func (l *nameless) ForgetConnections() error { return nil }

func (l *nameless) Adopt(_ context.Context, w topology.World) error {
	l.world = w
	return nil
}

func (l *nameless) Trafficker(string) (probe.Trafficker, bool) { return l, true }

func (l *nameless) Traffic(ctx context.Context, t probe.Traffic, tell func([]probe.Event)) (int, error) {
	l.asked = t.Questions
	tell([]probe.Event{{Number: 1, Started: time.Now(), Outcome: probe.Answered, Server: "192.168.10.25"}})
	<-ctx.Done()
	return 0, nil
}

// named is one that has.
type named struct{ *nameless }

func (named) NameServer(context.Context) (netip.AddrPort, error) {
	return netip.MustParseAddrPort("10.247.0.10:53"), nil
}

// Who asks for a name asks the cluster's DNS; of a lab without one nobody can.
func TestEpisode_names(t *testing.T) {
	w := worlds.NamedVPC(topology.Routed)
	stage := chaos.Stage{Name: "named-vpc/routed", World: w}
	s := chaos.Schedule{Stage: stage.Name, Warm: time.Millisecond, Flows: []topology.Flow{topology.Resolve("pod-a", "app-server")}}
	if _, _, err := storm.Episode(t.Context(), &nameless{}, stage, s, config.DefaultChaos()); err == nil || !strings.Contains(err.Error(), "has no DNS") {
		t.Errorf("got %v", err)
	}
	l := named{&nameless{}}
	h, _, err := storm.Episode(t.Context(), l, stage, s, config.DefaultChaos())
	if err != nil || len(h.Operations) != 1 || h.Operations[0].Server != "192.168.10.25" || h.Operations[0].Outcome != chaos.Answered {
		t.Fatalf("%+v, %v", h.Operations, err)
	}
	q := l.asked[0]
	if err := q.Validate(); err != nil || q.Name != "app-server" || q.Protocol != probe.UDP || q.Endpoint() != netip.MustParseAddrPort("10.247.0.10:53") {
		t.Errorf("asked %+v, %v", q, err)
	}
}
