package netnslab_test

import (
	"testing"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/diagnose"
	"github.com/vpcgate/vpcgate/framework/lab/paperlab"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// A diagnosis finds in the wire's counters what it finds on paper, one fault of
// each layer that the wire has.
func TestDiagnose(t *testing.T) {
	cache := topology.OverRedis("pod-a", "cache")
	own := topology.OverTCP("pod-a", "ecs-25", worlds.CachePort)
	l := open(t)
	for _, row := range []struct {
		world func(topology.Mode) topology.World
		fault change.Change
		flow  topology.Flow
		want  diagnose.Layer
	}{
		{worlds.LegacyCache, change.RevokeRule{Group: "sg-cache", Rule: "from-containers"}, cache, diagnose.SecurityGroup},
		{worlds.CacheVPC, change.SetWhitelist{Host: "cache", Whitelist: worlds.Admitting(worlds.NodeCIDR)}, cache, diagnose.Whitelist},
		{worlds.CacheVPC, change.InstallEngine{Host: "ecs-25", Engine: topology.Engine{BridgeIP: worlds.ContainerBridge}}, own, diagnose.Engine},
		{worlds.PeeredCache, change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR}, cache, diagnose.Route},
		{
			worlds.GuardedSubnet,
			change.RevokeACLRule{ACL: "acl-b", Rule: "from-containers"},
			topology.OverTCP("pod-a", "ecs-b", worlds.WebPort), diagnose.NetworkACL,
		},
		{worlds.CacheVPC, change.StopForwarding{Node: "node-1"}, cache, diagnose.Node},
		{
			worlds.CacheVPC,
			change.StopListening{Endpoint: "cache", Listener: topology.Listener{Protocol: topology.TCP, Port: worlds.CachePort}},
			cache, diagnose.Server,
		},
	} {
		w, err := change.Edit(row.world(topology.Routed), row.fault)
		if err != nil {
			t.Fatal(err)
		}
		paper := paperlab.New()
		if err := paper.Adopt(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		if err := l.Adopt(t.Context(), w); err != nil {
			t.Fatal(err)
		}
		predicted, err := diagnose.Walk(t.Context(), paper, row.flow)
		if err != nil {
			t.Fatal(err)
		}
		got, err := diagnose.Walk(t.Context(), l, row.flow)
		if err != nil || got.Layer != row.want || got.Remedy != predicted.Remedy {
			t.Errorf("%s: named %q, remedy %q, error %v; want %q, remedy %q", row.fault, got.Layer, got.Remedy, err, row.want, predicted.Remedy)
		}
	}
}
