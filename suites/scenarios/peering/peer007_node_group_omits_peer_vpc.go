package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER007: the peer asks for a container by its address. All routes are there,
// and the nodes' security group does not know the peer's VPC.
//
//	ecs-p 10.1.0.25 ── vpc-demo2 ══ peering-demo ══ vpc-demo ──▌sg-node▐── node-1 ── pod-a 10.0.0.10:8080
//	                                                           ▌lacks 10.1.0.0/16
//
// Tunnel mode never lets anybody in by a container's address: its VPC has no route to one.
// Routed mode delivers to the container once the nodes' group admits the peer's VPC.
// Claim: cross-vpc/routed-peer-reaches-containers.
var PEER007 = scenario.Scenario{
	ID:     "PEER-007",
	Title:  "nodes' security group omits the peer VPC that dials a container",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "cross-vpc/routed-peer-reaches-containers",
	World:  worlds.PeeredVPCs,
	Given: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-node", Rule: worlds.AllowFrom("from-peer-vpc", worlds.Demo2CIDR),
	}),
	Flow:  topology.OverTCP("ecs-p", "pod-a", worlds.PodPort),
	Break: scenario.Both[change.Change](change.RevokeRule{Group: "sg-node", Rule: "from-peer-vpc"}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: noWayToPods,
		Routed: verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-1", topology.Ingress)),
	},
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-node", Rule: worlds.AllowFrom("from-peer-vpc", worlds.Demo2CIDR),
	}),
	Cured: scenario.PerMode[verdict.Verdict]{Tunnel: noWayToPods, Routed: verdict.ReachedAs("ecs-p")},
	Decoys: scenario.Both([]change.Change{
		// The peer's own group, which let the request out.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
		// The peer VPC's other subnet.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-subnet-p2", worlds.SubnetP2CIDR)},
		// The port of the Service in place of the container's.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("web-from-peer-vpc", worlds.WebPort, worlds.Demo2CIDR)},
		// A route that exists already in wider form.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode1Block)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the container reaches the peer and is answered, so peering and routes are right both ways",
	}},
}
