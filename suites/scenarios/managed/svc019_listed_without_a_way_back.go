package managed

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SVC019: the whitelist has the containers, and the peer VPC no route to them.
//
//	pod-a 10.0.0.10 ── vpc-demo ══ peering-demo ══ vpc-demo2 ──▌whitelist has it▐── cache 10.1.0.63:6379
//	                                rtb-demo2: 192.168.0.0/16 only ◄───────────────
//
// Tunnel mode is answered as node-1, to which there is a route: nothing breaks.
// Routed mode passes the list; the reply to the pod finds no route.
// Claim: managed/list-is-not-a-route.
var SVC019 = scenario.Scenario{
	ID:     "SVC-019",
	Title:  "listed containers have no way back from a peered cache",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "managed/list-is-not-a-route",
	World:  worlds.PeeredCache,
	Flow:   topology.OverRedis("pod-a", "cache"),
	Break:  scenario.Both[change.Change](change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("cache", "vpc-demo2", verdict.Blackhole("rtb-demo2")),
	},
	Remedy: scenario.Both[change.Change](change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)}),
	Cured:  asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The list, switched off or longer: it is not what is missing.
		change.DisableWhitelist{Host: "cache"},
		change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("pod-a", worlds.Single(worlds.PeeredPodA))},
		// The route in the table of another subnet.
		change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverRedis("node-1", "cache"),
		Verdict: byHost("node-1"),
		Why:     "the node has a route back and is listed: peering and cache are sound",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "inside its own VPC the pod is answered",
	}},
}
