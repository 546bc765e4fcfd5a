package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER024: a subnet of the cluster's own VPC has a route table of its own, and
// the routes to the containers are missing in it.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ─┬─ ecs-25 192.168.10.25, rtb-demo: a route per node
//	                                                       └─ ecs-b  192.168.20.25, rtb-b: nothing
//
// Tunnel mode needs no route to containers in any table: nothing breaks.
// Routed mode loses the reply in rtb-b; the host that uses the default table answers.
// Claim: route/containers-in-custom-tables.
var PEER024 = scenario.Scenario{
	ID:     "PEER-024",
	Title:  "custom route table lacks the routes to the containers",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "route/containers-in-custom-tables",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
	Break: scenario.PerMode[change.Change]{
		// There is no such route; that the table has room for one only harms nobody.
		Tunnel: change.SetQuota{Table: "rtb-b", Routes: 1},
		Routed: change.All(
			change.WithdrawRoute{Table: "rtb-b", Destination: worlds.Node1Block},
			change.WithdrawRoute{Table: "rtb-b", Destination: worlds.Node2Block},
		),
	},
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReplyLost("ecs-b", "vpc-demo", verdict.Blackhole("rtb-b")),
	},
	Remedy: scenario.Both[change.Change](change.All(
		change.AddRoute{Table: "rtb-b", Route: topology.Route{Destination: worlds.Node1Block, Instance: "node-1"}},
		change.AddRoute{Table: "rtb-b", Route: topology.Route{Destination: worlds.Node2Block, Instance: "node-2"}},
	)),
	Cured: asPodA,
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The route to the other node's containers.
		change.AddRoute{Table: "rtb-b", Route: topology.Route{Destination: worlds.Node2Block, Instance: "node-2"}},
		// A route in the default table, which subnet-b does not use.
		change.AddRoute{Table: "rtb-demo", Route: topology.Route{Destination: worlds.ContainerCIDR, Instance: "node-1"}},
		// The peer's security group, which let the request in already.
		change.AdmitRule{Group: "sg-b", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a host whose subnet uses the default table answers the same pod",
	}, {
		Flow:    topology.OverTCP("node-1", "ecs-b", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the node is answered by the system route, which every table has",
	}},
}
