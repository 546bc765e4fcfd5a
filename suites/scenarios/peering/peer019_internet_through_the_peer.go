package peering

import (
	"net/netip"

	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER019: the cluster's VPC sends what is for the internet over the peering,
// since the peer VPC has a NAT gateway.
//
//	pod-a ── node-1 ── vpc-demo ══ peering-demo ══ vpc-demo2 ╳─ nat-demo2 ─┐
//	          0.0.0.0/0 → peering-demo                                     internet ── web-site 203.0.113.80
//	                       vpc-demo ─────────────── nat-demo ──────────────┘
//
// Tunnel mode ends in vpc-demo2: a peering carries nothing on to the peer's gateways.
// Routed mode ends at the same place; to the internet its pods carry the node's address anyway.
// Claim: peering/gateways-are-not-shared.
var PEER019 = scenario.Scenario{
	ID:     "PEER-019",
	Title:  "default route leads to the internet through a peered VPC",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "peering/gateways-are-not-shared",
	World:  worlds.PeeredInternet,
	Flow:   topology.OverTCP("pod-a", "web-site", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.Anywhere},
		change.AddRoute{Table: "rtb-demo", Route: worlds.OverPeering(worlds.Anywhere)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.NotTransitive("peering-demo"))),
	Remedy: scenario.Both[change.Change](change.All(
		change.WithdrawRoute{Table: "rtb-demo", Destination: worlds.Anywhere},
		change.AddRoute{Table: "rtb-demo", Route: topology.Route{Destination: worlds.Anywhere, NAT: "nat-demo"}},
	)),
	Cured: scenario.Both(verdict.ReachedAs("nat-demo")),
	Decoys: scenario.Both([]change.Change{
		// The peer's gateway told to select the nodes too.
		change.SetSNAT{Gateway: "nat-demo2", Sources: []netip.Prefix{worlds.SubnetPCIDR, worlds.NodeCIDR}},
		// A more specific route at the peer, to its gateway.
		change.AddRoute{Table: "rtb-demo2", Route: topology.Route{Destination: worlds.InternetCIDR, NAT: "nat-demo2"}},
		// The VPC's own gateway told to select the containers, which nothing leads to.
		change.SetSNAT{Gateway: "nat-demo", Sources: []netip.Prefix{worlds.NodeCIDR, worlds.PeeredContainerCIDR}},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("ecs-p", "web-site", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("nat-demo2")),
		Why:     "the peer VPC's own hosts use its gateway all the time: it works, for them",
	}, {
		Flow:    topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the peering carries what is for the peer VPC itself",
	}},
}
