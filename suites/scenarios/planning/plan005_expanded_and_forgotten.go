package planning

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PLAN005: the cluster got a further container CIDR, and nobody told the peers.
//
//	pod-a 10.0.0.10 → 10.240.0.10 ── node-1 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	                                      rtb-demo2: 192.168.0.0/16, 10.0.0.0/16 ──▌whitelist▐── cache 10.1.0.63
//
// Routed mode shows the new address: no group, route or whitelist knows it.
// Claim: planning/extend-everything.
var PLAN005 = scenario.Scenario{
	ID:          "PLAN-005",
	Title:       "peers know only the container CIDR from before an expansion",
	Origin:      scenario.Derived,
	Tier:        scenario.Core,
	Claim:       "planning/extend-everything",
	OnlyIn:      topology.Routed,
	OnlyBecause: "the container CIDR of a tunnel cluster cannot be expanded",
	Disruptive:  true,
	World:       worlds.PeeredCache,
	Flow:        topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.ExpandContainers{Cluster: "demo", CIDR: worlds.AddedCIDR, Blocks: []change.NodeBlock{
			{Node: "node-1", Block: worlds.AddedNode1Block},
			{Node: "node-2", Block: worlds.AddedNode2Block},
		}},
		change.MovePod{Pod: "pod-a", Node: "node-1", Address: worlds.AddedPodA},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.DefaultDeny("ecs-p", topology.Ingress))),
	Remedy: scenario.Both[change.Change](change.All(
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-added-containers", worlds.AddedCIDR)},
		routeToAdded,
		change.AddWhitelistGroup{Host: "cache", Group: worlds.Group("added-containers", worlds.AddedCIDR)},
	)),
	Cured: scenario.Both(verdict.ReachedAs("pod-a")),
	// A cache has no group that applies: its whitelist is the first to say no.
	Also: []scenario.Case{{
		Flow:    topology.OverRedis("pod-a", "cache"),
		Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.Whitelist("cache"))),
		Cured:   scenario.Both(verdict.ReachedAs("pod-a")),
	}},
	Decoys: scenario.Both([]change.Change{
		// One of the three, and not the first that is met.
		routeToAdded,
		// The nodes' group, which has nothing to do with it.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-added-containers", worlds.AddedCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-b", "ecs-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-b")),
		Why:     "a pod of the former container CIDR keeps its way through all three",
	}},
}

var routeToAdded = change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.AddedCIDR)}
