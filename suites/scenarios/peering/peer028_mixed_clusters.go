package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER028: a routed cluster in the peer VPC admits the other cluster's
// containers, and not its nodes.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ──▌sg-node2▐── pod-p 10.3.0.20
//	                                                                       ▌admits 10.0.0.0/16
//
// Tunnel mode arrives as node-1, which the far nodes' group does not admit.
// Routed mode arrives as the pod, which it admits: nothing breaks.
// Claim: planning/admit-what-the-requester-emits.
var PEER028 = scenario.Scenario{
	ID:     "PEER-028",
	Title:  "far cluster's nodes admit only the containers of a cluster",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "planning/admit-what-the-requester-emits",
	World:  worlds.MixedClusters,
	Flow:   topology.OverTCP("pod-a", "pod-p", worlds.PodPort),
	Break:  scenario.Both[change.Change](change.RevokeRule{Group: "sg-node2", Rule: "from-demo"}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo2", verdict.DefaultDeny("node-p", topology.Ingress)),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-node2", Rule: worlds.AllowFrom("from-demo", worlds.DemoCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Tunnel: []change.Change{
		// The near nodes' group in place of the far nodes'.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-demo2", worlds.Demo2CIDR)},
		// The node where the container is not.
		change.AdmitRule{Group: "sg-node2", Rule: worlds.AllowHost("from-node-2", worlds.Node2)},
		// The far VPC's own block.
		change.AdmitRule{Group: "sg-node2", Rule: worlds.AllowFrom("from-demo2", worlds.Demo2CIDR)},
		// The route back to containers, which nobody here asks for.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode1Block)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("ecs-p", "pod-p", worlds.PodPort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-p")),
		Why:     "a host of the far VPC reaches the same container: it lives, and its node's group works",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the requester reaches a host of the far VPC, so peering and routes are right",
	}},
}
