package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER013: the cluster's VPC gained a subnet with the addresses of the peer's.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ─┬─ subnet-new 10.1.0.0/24: nobody has 10.1.0.25
//	                                                     └═ 10.1.0.0/16 ══ peering-demo ══ ecs-p 10.1.0.25
//
// Tunnel mode looks for the peer in its own VPC: a system route beats every custom one.
// Routed mode looks for it in the same place.
// Claim: route/local-beats-custom.
var PEER013 = scenario.Scenario{
	ID:     "PEER-013",
	Title:  "new subnet of the cluster's VPC overlaps the peer's",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "route/local-beats-custom",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.AddCIDR{VPC: "vpc-demo", CIDR: worlds.SubnetPCIDR},
		change.AddSubnet{VPC: "vpc-demo", Subnet: topology.Subnet{Name: "subnet-new", CIDR: worlds.SubnetPCIDR}},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.NoSuchAddress("vpc-demo"))),
	Remedy: scenario.Both[change.Change](change.All(
		change.RemoveSubnet{Subnet: "subnet-new"},
		change.RemoveCIDR{VPC: "vpc-demo", CIDR: worlds.SubnetPCIDR},
	)),
	Cured: asPodA,
	// The node fares no better than its pods.
	Also: []scenario.Case{{
		Flow:    topology.Ping("node-1", "ecs-p"),
		Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.NoSuchAddress("vpc-demo"))),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		// Another table for the new subnet: every table has its system route.
		change.AssociateTable{Subnet: "subnet-new", Table: "rtb-b"},
		// The route to the peer once more, for a part of its VPC.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Demo2LowerHalf)},
		// The peer's side, where nothing arrives.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.NodeCIDR)},
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: asPodA,
		Why:     "inside its own VPC the pod reaches what it should",
	}},
}
