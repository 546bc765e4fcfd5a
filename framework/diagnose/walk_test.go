package diagnose_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// bent is a paper lab whose answers can be changed on their way.
type bent struct {
	*paperlab.Lab
	bend func(*verdict.Observation) error
}

func (b bent) Ask(ctx context.Context, f topology.Flow) (verdict.Observation, error) {
	o, err := b.Lab.Ask(ctx, f)
	if err == nil && b.bend != nil {
		err = b.bend(&o)
	}
	return o, err
}

func labWith(t *testing.T, w topology.World, faults ...change.Change) bent {
	t.Helper()
	for _, c := range faults {
		var err error
		if w, err = change.Edit(w, c); err != nil {
			t.Fatal(err)
		}
	}
	l := bent{Lab: paperlab.New()}
	if err := l.Adopt(t.Context(), w); err != nil {
		t.Fatal(err)
	}
	return l
}

// The remedies speak as the page does: of the node in tunnel mode, of the
// container CIDR block in routed mode.
func TestWalk_remedies(t *testing.T) {
	web := topology.OverTCP("pod-a", "ecs-25", worlds.WebPort)
	const nodePort = 30088 // every group of nodes admits it
	closed := change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"}, change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"})
	for _, row := range []struct {
		name  string
		mode  topology.Mode
		world func(topology.Mode) topology.World
		fault change.Change
		flow  topology.Flow
		want  string
	}{
		{
			"tunnel, group", topology.Tunnel, worlds.OneVPC, closed, web,
			"Add an inbound rule to the security group of ecs-25 that allows the node where the container is located, node-1 (192.168.10.11).",
		}, {
			"routed, group", topology.Routed, worlds.OneVPC,
			change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
			web,
			"Add an inbound rule to the security group of ecs-25 that allows the container CIDR block 172.16.0.0/16. " +
				"Its node is allowed already, which does not cover the container.",
		}, {
			"routed, port", topology.Routed, worlds.OneVPC,
			change.All(closed, change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowPing("ping", worlds.Anywhere)}), web,
			"that allows the container CIDR block 172.16.0.0/16 on tcp/80.",
		}, {
			"a rule that denies", topology.Routed, worlds.OneVPC,
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.DenyFrom("no", worlds.ContainerCIDR)},
			web,
			"Remove the rule no of security group sg-ecs, which denies, or put one that allows before it.",
		}, {
			"overlay", topology.Tunnel, worlds.OneVPC,
			change.All(change.RevokeRule{Group: "sg-node", Rule: "vxlan"}, change.RevokeRule{Group: "sg-node", Rule: "from-self"}),
			topology.OverTCP("pod-a", "pod-b", worlds.PodPort),
			"Allow UDP 4789 in the security group of node-2: the pods' packets travel in it.",
		}, {
			"whitelist", topology.Routed, worlds.CacheVPC,
			change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR)},
			topology.OverRedis("pod-a", "cache"),
			"Add the container and node CIDR blocks to the whitelist of cache: it sees the container CIDR block 172.16.0.0/16.",
		}, {
			"engine", topology.Routed, worlds.OneVPC,
			change.InstallEngine{Host: "ecs-25", Engine: topology.Engine{BridgeIP: worlds.ContainerBridge}},
			web,
			"Move the container engine's network on ecs-25 away from the container CIDR block 172.16.0.0/16, which it holds.",
		}, {
			"way back", topology.Routed, worlds.PeeredVPCs,
			change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
			topology.Ping("pod-a", "ecs-p"),
			"Add a route to the container CIDR block 10.0.0.0/16 where the reply was lost, at vpc-demo2, in table rtb-demo2.",
		}, {
			"pods of a tunnel cluster", topology.Tunnel, worlds.OneVPC,
			change.RevokeRule{Group: "sg-node", Rule: "ssh"},
			topology.Ping("ecs-25", "pod-a"), "Use another address than 172.16.0.10 of pod-a",
		}, {
			"peering that was not accepted", topology.Routed, worlds.PeeredVPCs,
			change.SetPeeringState{Peering: "peering-demo", State: topology.Pending},
			topology.Ping("pod-a", "ecs-p"), "Accept the peering connection peering-demo",
		}, {
			"cluster IP from outside", topology.Routed, worlds.WebVPC,
			change.RevokeRule{Group: "sg-node", Rule: "ssh"},
			topology.OverTCP("ecs-25", "web", worlds.WebPort), "a cluster IP is known inside its cluster only",
		}, {
			"port of the node's own", topology.Routed, worlds.OneVPC,
			change.StartListening{Endpoint: "node-1", Listener: topology.Listener{Protocol: topology.TCP, Port: nodePort}},
			topology.OverTCP("pod-b", "host-pod", nodePort), "Make host-pod listen on tcp/30088 in the place of node-1, which shares its address.",
		},
	} {
		d, err := diagnose.Walk(t.Context(), labWith(t, row.world(row.mode), row.fault), row.flow)
		if err != nil || !strings.Contains(d.Remedy, row.want) {
			t.Errorf("%s: got %q and %v, want %q", row.name, d.Remedy, err, row.want)
		}
	}
}

// The page's order shows in the steps: what comes before the layer at fault was
// looked at, what comes after was not.
func TestWalk_stepsInThePagesOrder(t *testing.T) {
	l := labWith(t, worlds.OneVPC(topology.Routed), change.InstallEngine{Host: "ecs-25", Engine: topology.Engine{BridgeIP: worlds.ContainerBridge}})
	d, err := diagnose.Walk(t.Context(), l, topology.OverTCP("pod-a", "ecs-25", worlds.WebPort))
	if err != nil {
		t.Fatal(err)
	}
	var asked []string
	var layers []diagnose.Layer
	for _, s := range d.Steps {
		if s.Asked != nil {
			asked = append(asked, s.Asked.String())
		}
		if s.Layer != "" {
			layers = append(layers, s.Layer)
		}
	}
	if got, want := strings.Join(asked, "; "), "pod-a → ecs-25 tcp/80; node-1 → ecs-25 tcp/80; pod-a → ecs-25 icmp"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
	if len(layers) != 3 || layers[2] != diagnose.Engine || d.Layer != diagnose.Engine {
		t.Errorf("looked at %v and named %s", layers, d.Layer)
	}
}

func TestWalk_blamesTheHealthChecksRule(t *testing.T) {
	l := labWith(t, worlds.BalancedVPC(topology.Routed), change.RevokeRule{Group: "sg-node", Rule: "ping-from-balancer"})
	d, err := diagnose.Walk(t.Context(), l, topology.OverUDP("pod-b", "lb-demo", worlds.LogPort))
	if err != nil || d.Layer != diagnose.SecurityGroup || d.Rule != verdict.DefaultDeny("node-1", topology.Ingress) {
		t.Errorf("got %+v and %v", d, err)
	}
}

// What the far end saw on the wire counts more than what settings promise.
func TestWalk_believesSightings(t *testing.T) {
	l := labWith(t, worlds.OneVPC(topology.Routed), change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"})
	l.bend = func(o *verdict.Observation) error {
		o.Evidence.Sightings = []verdict.Sighting{{Hop: "vpc-demo", Way: verdict.Request, Client: netip.MustParseAddr("192.168.10.11"), Packets: 4}}
		return nil
	}
	d, err := diagnose.Walk(t.Context(), l, topology.Ping("pod-a", "ecs-25"))
	if err != nil || !strings.Contains(d.Remedy, "node-1 (192.168.10.11)") {
		t.Errorf("got %q and %v", d.Remedy, err)
	}
}

func TestWalk_blamesNobodyWithoutEvidence(t *testing.T) {
	web := topology.OverTCP("pod-a", "ecs-25", worlds.WebPort)
	healthy := labWith(t, worlds.OneVPC(topology.Routed))
	if d, err := diagnose.Walk(t.Context(), healthy, web); err != nil || d.Layer != "" || d.Remedy != "" || len(d.Steps) != 1 {
		t.Errorf("healthy: got %+v and %v", d, err)
	}
	silent := labWith(t, worlds.OneVPC(topology.Routed), change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"})
	silent.bend = func(o *verdict.Observation) error {
		o.Evidence.Rules = nil
		return nil
	}
	if d, err := diagnose.Walk(t.Context(), silent, web); err != nil || d.Layer != "" || d.Remedy != "" {
		t.Errorf("without counters: got %+v and %v", d, err)
	}
	gone := errors.New("the engine is gone")
	broken := labWith(t, worlds.OneVPC(topology.Routed))
	broken.bend = func(*verdict.Observation) error { return gone }
	if _, err := diagnose.Walk(t.Context(), broken, web); !errors.Is(err, gone) {
		t.Errorf("a broken lab: got %v", err)
	}
	unsure := labWith(t, worlds.OneVPC(topology.Routed))
	unsure.bend = func(o *verdict.Observation) error {
		o.Verdict = verdict.Inconclusive("one of four")
		return nil
	}
	if _, err := diagnose.Walk(t.Context(), unsure, web); err == nil || !strings.Contains(err.Error(), "inconclusive: one of four") {
		t.Errorf("an unsure lab: got %v", err)
	}
}

// Where the far end sees the node in the pod's place, what ends the node's own flow
// would end the pod's as well: the page looks there first.
func TestWalk_yieldsToWhatEndsTheNodesFlow(t *testing.T) {
	closed := change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"}, change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"})
	for _, row := range []struct {
		mode topology.Mode
		want diagnose.Layer
	}{{topology.Tunnel, diagnose.SecurityGroup}, {topology.Routed, diagnose.Node}} {
		l := labWith(t, worlds.OneVPC(row.mode), closed, change.StopForwarding{Node: "node-1"})
		d, err := diagnose.Walk(t.Context(), l, topology.OverTCP("pod-a", "ecs-25", worlds.WebPort))
		if err != nil || d.Layer != row.want {
			t.Errorf("%s: named %q, rule %s, error %v; want %s", row.mode, d.Layer, d.Rule, err, row.want)
		}
	}
}

// A group that drops what is for somebody else says that a route leads astray.
func TestWalk_blamesTheRouteToAStranger(t *testing.T) {
	astray := change.AddRoute{Table: "rtb-demo2", Route: topology.Route{Destination: netip.MustParsePrefix("10.0.0.0/24"), Instance: "ecs-p2"}}
	l := labWith(t, worlds.PeeredVPCs(topology.Routed), astray)
	d, err := diagnose.Walk(t.Context(), l, topology.OverTCP("ecs-p", "pod-a", worlds.PodPort))
	if err != nil || d.Layer != diagnose.Route || !strings.Contains(d.Remedy, "leads to ecs-p2") {
		t.Errorf("named %q, rule %s, remedy %q, error %v", d.Layer, d.Rule, d.Remedy, err)
	}
}
