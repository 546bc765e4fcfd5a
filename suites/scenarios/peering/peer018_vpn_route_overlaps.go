package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER018: a VPN of the same VPC got a route for a part of the peer VPC's range.
//
//	pod-a ── node-1 ── vpc-demo ─┬═ 10.1.0.0/16   ══ peering-demo ╳ no effect   ecs-p 10.1.0.25
//	                             └═ 10.1.128.0/17 ══ vpn-depot ══ depot-server 10.1.128.25
//
// Tunnel mode loses what is for the peer: its route takes no effect beside the VPN's.
// Routed mode loses it at the same place, until the destinations are disjoint.
// Claim: peering/vpn-routes-must-be-disjoint.
var PEER018 = scenario.Scenario{
	ID:     "PEER-018",
	Title:  "route of a VPN overlaps the peering's",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/vpn-routes-must-be-disjoint",
	World:  worlds.HybridPeering,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.AddRoute{
		Table: "rtb-demo", Route: topology.Route{Destination: worlds.DepotCIDR, VPN: "vpn-depot"},
	}),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.PeeringShadowed("peering-demo"))),
	Remedy: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.Demo2CIDR},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Demo2LowerHalf)},
	)),
	Cured: asPodA,
	// The VPN works as soon as it has its route: the two are not at odds in the packet.
	Also: []scenario.Case{{
		Flow:    topology.OverTCP("node-1", "depot-server", worlds.WebPort),
		Healthy: scenario.Both(verdict.Dropped("vpc-demo2", verdict.Blackhole("rtb-demo2"))),
		Symptom: scenario.Both(verdict.ReachedAs("node-1")),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		// The disjoint route in a table that the nodes' subnet does not use.
		change.AddRoute{Table: "rtb-b", Route: worlds.OverPeering(worlds.Demo2LowerHalf)},
		// A way back that is more specific, although nothing gets there.
		change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.NodeCIDR)},
		// The peer's security group, where nothing arrives.
		change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: asPodA,
		Why:     "inside its own VPC the pod reaches what it should",
	}},
}
