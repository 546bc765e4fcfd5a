//go:build kind

package kindlab_test

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// steps lists the worlds of a mode.
func steps(m topology.Mode) []step {
	return engineSteps(m)
}

// byMode chooses what one mode shows.
func byMode[T any](m topology.Mode, tunnel, routed T) T {
	if m == topology.Tunnel {
		return tunnel
	}
	return routed
}

func engineSteps(m topology.Mode) []step {
	web := topology.OverTCP("pod-a", "ecs-25", worlds.WebPort)
	healthy := byMode(m, verdict.ReachedAs("node-1"), verdict.ReachedAs("pod-a"))
	lost := func(network string) verdict.Verdict {
		return byMode(m, healthy, verdict.ReplyLost("ecs-25", "ecs-25", verdict.EngineNetwork("ecs-25", network)))
	}
	install := change.InstallEngine{Host: "ecs-25", Engine: topology.Engine{BridgeIP: netip.MustParsePrefix("172.16.0.1/16")}}
	elsewhere := change.InstallEngine{Host: "ecs-25", Engine: topology.Engine{Pools: []netip.Prefix{netip.MustParsePrefix("10.200.0.0/24"), netip.MustParsePrefix("172.16.0.0/16")}}}
	return []step{
		{name: "engine: none", asks: []ask{{web, healthy}}},
		{name: "engine: its bridge holds the containers", edits: []change.Change{install}, asks: []ask{{web, lost("docker0")}}},
		{name: "engine: bridge elsewhere", edits: []change.Change{elsewhere}, asks: []ask{{web, healthy}}},
		{
			name:  "engine: a further network holds the containers",
			edits: []change.Change{elsewhere, change.CreateEngineNetwork{Host: "ecs-25", Network: topology.EngineNetwork{Name: "compose"}}},
			asks:  []ask{{web, lost("compose")}},
		},
		{name: "engine: further network removed", edits: []change.Change{elsewhere}, asks: []ask{{web, healthy}}},
		{name: "engine: removed", asks: []ask{{web, healthy}}},
	}
}
