//go:build kind

package kindlab_test

import (
	"net/netip"
	"slices"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// steps lists the worlds of a mode.
func steps(m topology.Mode) []step {
	return slices.Concat(engineSteps(m), podSteps(m), serviceSteps(m), dnsSteps(m))
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

func podSteps(m topology.Mode) []step {
	web := topology.OverTCP("pod-a", "ecs-25", worlds.WebPort)
	small := worlds.SmallBlocks(m)
	last := topology.Ping("pod-14", "ecs-25")
	full := []change.Change{
		change.WithholdAddress{Pod: "pod-14"},
		change.AddPods{Cluster: "demo", Pods: []topology.Pod{{Name: "pod-13", Node: "node-1", Address: worlds.SmallLast}}},
	}
	further := byMode(m, []change.Change{
		change.AddBlock{Node: "node-1", Block: worlds.SmallNode1Block2}, change.AssignAddress{Pod: "pod-14", Address: worlds.SmallNext}, full[1],
	}, nil)
	moved := byMode(m, verdict.ReachedAs("node-2"), verdict.ReachedAs("pod-a"))
	return []step{
		{
			name:  "pods: moved",
			edits: []change.Change{change.All(change.CordonNode{Node: "node-1"}, change.MovePod{Pod: "pod-a", Node: "node-2", Address: netip.MustParseAddr("172.16.0.200")})},
			asks:  []ask{{web, moved}},
		},
		{name: "pods: back", asks: []ask{{web, byMode(m, verdict.ReachedAs("node-1"), verdict.ReachedAs("pod-a"))}}},
		{name: "pods: a block in use", world: &small, asks: []ask{{last, byMode(m, verdict.ReachedAs("node-1"), verdict.ReachedAs("pod-14"))}}},
		{name: "pods: a block used up", world: &small, edits: full, asks: []ask{{last, verdict.Unreachable("node-1", verdict.NoAddress)}}},
		{
			name: "pods: a further block", world: &small, edits: further,
			asks: []ask{{last, byMode(m, verdict.ReachedAs("node-1"), verdict.ReachedAs("pod-14"))}},
		},
		{name: "pods: as ever", asks: []ask{{web, byMode(m, verdict.ReachedAs("node-1"), verdict.ReachedAs("pod-a"))}}},
	}
}

func serviceSteps(m topology.Mode) []step {
	web := worlds.WebVPC(m)
	service := topology.OverTCP("pod-b", "web", worlds.ServicePort)
	return []step{
		{name: "service: cluster IP", world: &web, asks: []ask{
			{service, verdict.ReachedAs("pod-b")},
			{topology.OverTCP("pod-a", "web", worlds.ServicePort), verdict.ReachedAs("node-1")},
			{topology.OverTCP("node-1", "web", worlds.ServicePort), verdict.ReachedAs("node-1")},
			{topology.OverTCP("host-pod", "web", worlds.ServicePort), verdict.ReachedAs("node-1")},
			{topology.OverTCP("node-2", "web", worlds.ServicePort), verdict.ReachedAs("node-2")},
			{topology.OverTCP("pod-b", "node-1", worlds.NodePort), verdict.ReachedAs("node-1")},
			{topology.OverTCP("pod-b", "node-2", worlds.NodePort), verdict.ReachedAs("node-2")},
			{topology.OverTCP("pod-a", "node-2", worlds.NodePort), verdict.ReachedAs("node-2")},
		}},
		{name: "service: no backends", world: &web, edits: []change.Change{change.SetBackends{Service: "web"}}, asks: []ask{
			{service, verdict.Rejected("node-2", verdict.NoEndpoints)},
			{topology.OverTCP("node-1", "web", worlds.ServicePort), verdict.Rejected("node-1", verdict.NoEndpoints)},
			{topology.OverTCP("pod-b", "node-1", worlds.NodePort), verdict.Rejected("node-1", verdict.NoEndpoints)},
		}},
		{name: "service: backends again", world: &web, asks: []ask{{service, verdict.ReachedAs("pod-b")}}},
		{name: "service: none", asks: []ask{{topology.OverTCP("pod-b", "pod-a", worlds.PodPort), verdict.ReachedAs("pod-b")}}},
	}
}

func dnsSteps(m topology.Mode) []step {
	named := worlds.NamedVPC(m)
	without := change.ConfigureDNS{Cluster: "demo", DNS: topology.DNS{Node: "node-1"}}
	return []step{
		{name: "dns: private names", world: &named, asks: []ask{
			{topology.Resolve("pod-b", "app-server"), verdict.ReachedAs("pod-b")},
			{topology.Resolve("pod-a", "app-server"), verdict.ReachedAs("pod-a")},
			{topology.Resolve("node-1", "app-server"), verdict.ReachedAs("node-1")},
		}},
		{name: "dns: none", world: &named, edits: []change.Change{without}, asks: []ask{
			{topology.Resolve("pod-b", "app-server"), verdict.Rejected("dns", verdict.NoSuchName)},
			{topology.Resolve("node-1", "app-server"), verdict.ReachedAs("node-1")},
		}},
	}
}
