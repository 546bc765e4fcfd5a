package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER005: the ways back exist, the way there does not.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ── ecs-p 10.1.0.25
//	                          rtb-demo: nothing          rtb-demo2: 192.168.0.0/16, 10.0.0.0/16
//
// Tunnel mode loses the request in rtb-demo: nothing ever leaves the VPC.
// Routed mode loses it in the same table.
// Claim: peering/both-directions-need-routes.
var PEER005 = scenario.Scenario{
	ID:     "PEER-005",
	Title:  "cluster's VPC has no forward route",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/both-directions-need-routes",
	World:  worlds.PeeredVPCs,
	Flow:   topology.Ping("pod-a", "ecs-p"),
	Break: scenario.Both[change.Change](change.WithdrawRoute{
		Table: "rtb-demo", Destination: worlds.Demo2CIDR,
	}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.Blackhole("rtb-demo"))),
	Remedy: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo", Route: worlds.OverPeering(worlds.Demo2CIDR),
	}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Decoys: scenario.Both([]change.Change{
		// The route in a table that the nodes' subnet does not use.
		change.AddRoute{Table: "rtb-b", Route: worlds.OverPeering(worlds.Demo2CIDR)},
		// A route in the right table, to the peer's other subnet.
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.SubnetP2CIDR)},
		// The peer's security group, where nothing arrives.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow: topology.Ping("pod-a", "ecs-25"),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "inside its own VPC the pod reaches what it should",
	}},
}
