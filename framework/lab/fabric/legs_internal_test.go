package fabric

import (
	"net/netip"
	"reflect"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/probe"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// Who serves a flow, and the legs on which it gets there.
func TestFollow(t *testing.T) {
	forwards := func(string) (BackendPlan, bool) {
		return BackendPlan{Machine: "node-1", At: netip.AddrPortFrom(worlds.Node1, worlds.LogPort)}, true
	}
	nobody := func(string) (BackendPlan, bool) { return BackendPlan{}, false }
	log := topology.OverUDP("ecs-25", "lb-demo", worlds.LogPort)
	translated, balanced := worlds.TranslatedVPCs(topology.Routed), worlds.BalancedVPC(topology.Routed)
	for _, c := range []struct {
		name   string
		world  topology.World
		flow   topology.Flow
		chosen func(string) (BackendPlan, bool)
		server string
		legs   []leg
	}{
		{
			"straight", translated, topology.Ping("ecs-25", "ecs-52"), nobody, "ecs-52",
			[]leg{{clients: []netip.Addr{worlds.ECS25}, server: worlds.ECS52, protocol: topology.ICMP}},
		},
		{
			"through a translator", translated, topology.OverTCP("ecs-25", "endpoint", worlds.WebPort), nobody, "twin-server",
			[]leg{
				{clients: []netip.Addr{worlds.ECS25}, server: worlds.EndpointNIC, protocol: topology.TCP, port: worlds.WebPort},
				{clients: []netip.Addr{worlds.EndpointClient}, server: worlds.TwinServer, protocol: topology.TCP, port: worlds.WebPort},
			},
		},
		{
			"through a balancer, to who listens there", balanced, log, forwards, "host-pod",
			[]leg{
				{clients: []netip.Addr{worlds.ECS25}, server: worlds.Balancer, protocol: topology.UDP, port: worlds.LogPort},
				{clients: []netip.Addr{worlds.Balancer}, server: worlds.Node1, protocol: topology.UDP, port: worlds.LogPort},
			},
		},
		{
			"to a balancer without a healthy backend", balanced, log, nobody, "lb-demo",
			[]leg{{clients: []netip.Addr{worlds.ECS25}, server: worlds.Balancer, protocol: topology.UDP, port: worlds.LogPort}},
		},
		{
			"to a balancer itself", balanced, topology.Ping("ecs-25", "lb-demo"), forwards, "lb-demo",
			[]leg{{clients: []netip.Addr{worlds.ECS25}, server: worlds.Balancer, protocol: topology.ICMP}},
		},
	} {
		q, err := resolve(&c.world, c.flow, c.chosen)
		if err != nil {
			t.Fatal(err)
		}
		if q.server.Name != c.server || !reflect.DeepEqual(q.legs, c.legs) {
			t.Errorf("%s: %s serves, legs %+v, want %s and %+v", c.name, q.server.Name, q.legs, c.server, c.legs)
		}
	}
}

// Only the last leg arrives, and its end is what a verdict is about.
func TestJudge_of_two_legs(t *testing.T) {
	w := worlds.TranslatedVPCs(topology.Routed)
	q, err := resolve(&w, topology.OverTCP("ecs-25", "endpoint", worlds.WebPort), nil)
	if err != nil {
		t.Fatal(err)
	}
	left := func(hop string, leg int) verdict.Sighting {
		return verdict.Sighting{Hop: hop, Leg: leg, Way: verdict.Request, Point: verdict.Left, Client: q.legs[leg].clients[0], Packets: 1}
	}
	silent := probe.Answer{Outcome: probe.Canceled, Sent: 1}
	refused := probe.Answer{Outcome: probe.Refused, Errno: "ECONNREFUSED"}
	answered := probe.Answer{Outcome: probe.Answered, Server: "twin-server", Saw: netip.AddrPortFrom(worlds.EndpointClient, 4000), Sent: 1, Received: 1}
	deny := verdict.DefaultDeny("twin-server", topology.Ingress)
	reply := left("vpc-twin", 1)
	reply.Way, reply.Point = verdict.Reply, verdict.Entered
	first, last := left("vpc-demo", 0), left("vpc-twin", 1)
	home := left("vpc-demo", 0)
	home.Way = verdict.Reply
	for _, c := range []struct {
		name      string
		answer    probe.Answer
		sightings []verdict.Sighting
		rules     []verdict.RuleCount
		want      verdict.Verdict
	}{
		{"the server saw the translator", answered, []verdict.Sighting{first, last, reply, home, home}, nil, verdict.ReachedAs("endpoint")},
		{
			"a rule of the second leg dropped it", silent,
			[]verdict.Sighting{first},
			[]verdict.RuleCount{{Hop: "vpc-twin", Rule: deny, Way: verdict.Request, Packets: 1}},
			verdict.Dropped("vpc-twin", deny),
		},
		{"reaching the translator is not arriving", refused, []verdict.Sighting{first}, nil, verdict.Inconclusive("")},
		{"the server's refusal came back", refused, []verdict.Sighting{first, last, reply}, nil, verdict.Refused()},
		{"the server never replied", silent, []verdict.Sighting{first, last}, nil, verdict.Inconclusive("")},
	} {
		got := judge(q, c.answer, verdict.Evidence{Sightings: c.sightings, Rules: c.rules})
		if got.Identity() != c.want.Identity() {
			t.Errorf("%s: got %s, want %s", c.name, got, c.want)
		}
	}
}
