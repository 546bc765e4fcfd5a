package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TRI006: one fault, in a layer that the page's list does not mention: the way
// back from the peer VPC. Whoever has the failing flow only must find it.
//
//	pod-a ── vpc-demo ══ peering-demo ══ vpc-demo2 ──▌whitelist▐── cache 10.1.0.63
//	                                     rtb-demo2: ✗ no way back ◄──────────
//
// Tunnel mode lacks the route to the nodes: the request arrives, the reply is lost.
// Routed mode lacks the route to the containers: the same silence, the same place.
// Claim: triage/fix-the-named-layer.
var TRI006 = scenario.Scenario{
	ID:     "TRI-006",
	Title:  "only the fix of the layer at fault cures",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "triage/fix-the-named-layer",
	World:  worlds.PeeredCache,
	Flow:   topology.OverRedis("pod-a", "cache"),
	Break: scenario.PerMode[change.Change]{
		Tunnel: change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.DemoCIDR},
		Routed: change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
	},
	Symptom: scenario.Both(noWayBack("cache")),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)},
		Routed: change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
	},
	Cured: asPodA,
	Decoys: scenario.Both([]change.Change{
		// The page's list from the top, then the route in the table of another subnet.
		change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		change.DisableWhitelist{Host: "cache"},
		change.AddRoute{Table: "rtb-p2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a host of the peer VPC with its own table answers over the same peering",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "inside its own VPC the pod is answered",
	}},
}
