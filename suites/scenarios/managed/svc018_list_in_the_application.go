package managed

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC018: two services whose lists speak for themselves lack the containers.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ─┬─ cache 192.168.20.63:6379 "client ip is not in whitelist"
//	                                                       └─ proxy 192.168.20.65:3306 "host is not allowed to connect"
//
// Tunnel mode shows both services node-1, which is listed: nothing breaks.
// Routed mode is connected and told in the service's own words that the pod is not listed.
// Claim: managed/list-may-speak.
var SVC018 = scenario.Scenario{
	ID:     "SVC-018",
	Title:  "whitelist says no in the service's own protocol",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "managed/list-may-speak",
	World:  worlds.ListedVPC,
	Given: scenario.Both[change.Change](change.All(
		change.SetRefusal{Host: "cache", Style: topology.ApplicationRefusal},
		change.SetRefusal{Host: "proxy", Style: topology.ApplicationRefusal},
	)),
	Flow:  topology.OverRedis("pod-a", "cache"),
	Break: scenario.Both(bothList(worlds.NodeCIDR)),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.AppDenied("cache", verdict.NotListed),
	},
	Remedy: scenario.Both(bothList(worlds.NodeCIDR, worlds.ContainerCIDR)),
	Cured:  asPodA,
	Also: []scenario.Case{{
		Flow: topology.OverMySQL("pod-a", "proxy"),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.AppDenied("proxy", verdict.NotListed),
		},
		Cured: asPodA,
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		openGroup,
		// The whole VPC, as if containers had addresses of it.
		bothList(worlds.DemoCIDR),
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("node-1", "cache"),
		Verdict: byHost("node-1"),
		Why:     "the node stays listed and uses the cache",
	}, {
		Flow:    topology.Ping("pod-a", "cache"),
		Verdict: asPodA,
		Why:     "such a list is no part of the network: the pod reaches the host in every phase",
	}},
}

func bothList(blocks ...netip.Prefix) change.Change {
	l := worlds.Admitting(blocks...)
	return change.All(change.SetWhitelist{Host: "cache", Whitelist: l}, change.SetWhitelist{Host: "proxy", Whitelist: l})
}
