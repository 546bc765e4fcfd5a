package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER022: the cluster was made with a container CIDR that the peer VPC uses.
//
//	pod-a 10.1.0.10 ── node-1, containers 10.1.0.0/25 ╳   vpc-demo ══ peering-demo ══ vpc-demo2 10.1.0.0/16
//	      asks for 10.1.0.25, which is here ▲                                            ecs-p 10.1.0.25
//
// Tunnel mode swallows what is for the peer VPC: the whole CIDR leads into the overlay.
// Routed mode swallows what is for a node's block: the node takes it for a container of its own.
// Claim: planning/containers-must-not-overlap-peer.
var PEER022 = scenario.Scenario{
	ID:         "PEER-022",
	Title:      "container CIDR overlaps the peer VPC",
	Origin:     scenario.Documented,
	Tier:       scenario.Core,
	Claim:      "planning/containers-must-not-overlap-peer",
	Disruptive: true,
	World:      worlds.PeeredVPCs,
	Flow:       topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break:      scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo", CIDR: worlds.Demo2CIDR}),
	Symptom:    scenario.Both(verdict.Dropped("node-1", verdict.NoSuchContainer("node-1"))),
	Remedy:     scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo", CIDR: worlds.PeeredContainerCIDR}),
	Cured:      asPodA,
	Also: []scenario.Case{{
		// The node is cut off from its own containers' range as well.
		Flow:    topology.OverTCP("node-1", "ecs-p", worlds.WebPort),
		Symptom: scenario.Both(verdict.Dropped("node-1", verdict.NoSuchContainer("node-1"))),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}, {
		// Beyond the nodes' blocks the modes differ: an overlay has no holes.
		Flow: topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.Dropped("node-1", verdict.NoSuchContainer("node-1")),
			Routed: verdict.ReachedAs("node-1"),
		},
		Cured: scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		// The new containers admitted by the peer, where nothing arrives.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-new-containers", worlds.Demo2CIDR)},
		// A route as specific as can be: the packet never leaves the node.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Single(worlds.ECSP))},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node reaches what is outside of its containers' range",
	}},
}
