package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER015: the peer VPC was laid out with the addresses of the cluster's, down
// to the subnets.
//
//	pod-a ── node-1 192.168.10.11 ── vpc-demo 192.168.0.0/16 ══ peering-demo ══ vpc-demo2 192.168.0.0/16
//	         subnet-nodes 192.168.10.0/24: nobody has .60               subnet-p 192.168.10.0/24: ecs-p .60
//
// Tunnel mode looks for the peer in the cluster's own VPC, whatever routes say.
// Routed mode looks for it in the same place. A VPC endpoint gets through in both.
// Claim: peering/equal-subnets-cannot-talk.
var PEER015 = scenario.Scenario{
	ID:     "PEER-015",
	Title:  "peered VPCs have the same subnets",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/equal-subnets-cannot-talk",
	World:  worlds.TwinVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.RenumberVPC{VPC: "vpc-demo2", CIDR: worlds.DemoCIDR},
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.Demo2CIDR},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.DemoCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.NoSuchAddress("vpc-demo"))),
	Remedy: scenario.Both[change.Change](change.All(
		change.RenumberVPC{VPC: "vpc-demo2", CIDR: worlds.Demo2CIDR},
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.DemoCIDR},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Demo2CIDR)},
	)),
	Cured: asPodA,
	Decoys: scenario.Both([]change.Change{
		// A longer prefix: the system route of the subnet beats it all the same.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.DemoLowerHalf)},
		// The peering made anew.
		change.All(
			change.RemovePeering{Peering: "peering-demo"},
			change.AddPeering{Peering: peeringDemo},
			change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.DemoCIDR)},
		),
		// The peer's security group, where nothing arrives.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "endpoint-p", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("endpoint-p")),
		Why:     "the server answers through a VPC endpoint all the time, whatever addresses the VPCs have",
	}, {
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: asPodA,
		Why:     "inside its own VPC the pod reaches what it should",
	}},
}
