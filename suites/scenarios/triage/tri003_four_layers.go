package triage

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// TRI003: everything is wrong at once, in another VPC: the peer's group, its access
// list and the cache's, an engine on the peer, and the way back.
//
//	pod-a 10.0.0.10 ── vpc-demo ══ peering-demo ══ vpc-demo2 ─┬─▌sg-p▐─▌list▐── ecs-p 10.1.0.25
//	                               rtb-demo2: ✗ no way back   │               └─ docker0 10.0.0.1/16 ✗
//	                                                          └────▌whitelist▐── cache 10.1.0.63
//
// Tunnel mode reports group, list, route; the engine holds nobody whom it sees.
// Routed mode reports group, list, engine, route: after each fix exactly the next.
// Claim: triage/one-layer-at-a-time.
var TRI003 = scenario.Scenario{
	ID:     "TRI-003",
	Title:  "each fix of four layers uncovers the next",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "triage/one-layer-at-a-time",
	World:  worlds.PeeredCache,
	Given:  scenario.Both(listsAdmitCluster),
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		peerGroupOmitsCluster, listsOmitCluster, bridgeOverContainers,
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.DemoCIDR},
		change.WithdrawRoute{Table: "rtb-demo2", Destination: worlds.PeeredContainerCIDR},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.DefaultDeny("ecs-p", topology.Ingress))),
	Stages: []scenario.Stage{{
		Fix: scenario.PerMode[change.Change]{
			Tunnel: change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			Routed: change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-containers", worlds.PeeredContainerCIDR)},
		},
		Then: scenario.Both(verdict.Dropped("vpc-demo2", verdict.Whitelist("ecs-p"))),
	}, {
		Fix:  scenario.Both(listsAdmitCluster),
		Then: scenario.PerMode[verdict.Verdict]{Tunnel: noWayBack("ecs-p"), Routed: replySwallowed},
	}, {
		// Only routed mode shows the engine an address of its block.
		Fix:  scenario.PerMode[change.Change]{Routed: bridgeElsewhere},
		Then: scenario.Both(noWayBack("ecs-p")),
	}},
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.DemoCIDR)},
		Routed: change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
	},
	Cured: asPodA,
	// The managed cache has two of the layers, and reports the first of them.
	Also: []scenario.Case{{
		Flow:    topology.OverRedis("pod-a", "cache"),
		Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.Whitelist("cache"))),
		Cured:   asPodA,
	}},
	// A later layer before the first.
	Decoys: scenario.Both([]change.Change{
		bridgeElsewhere,
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredContainerCIDR)},
		change.AdmitRule{Group: "sg-cache", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a host of the peer VPC with its own table and group answers over the same peering",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "inside its own VPC the pod is answered",
	}},
}
