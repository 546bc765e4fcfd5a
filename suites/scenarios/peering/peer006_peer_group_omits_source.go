package peering

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PEER006: peering and routes are right, the peer's security group admits
// neither the nodes nor the containers.
//
//	pod-a 10.0.0.10 ── node-1 192.168.10.11 ── vpc-demo ══ peering-demo ══ vpc-demo2 ──▌sg-p▐── ecs-p 10.1.0.25
//	                                                                                 ▌admits sg-p only
//
// Tunnel mode is cured by a rule for the nodes, and by that one only.
// Routed mode is cured by a rule for the containers, and by that one only.
// Claim: cross-vpc/mind-the-security-group.
var PEER006 = scenario.Scenario{
	ID:     "PEER-006",
	Title:  "peer's security group omits the source behind a sound peering",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "cross-vpc/mind-the-security-group",
	World:  worlds.PeeredVPCs,
	Flow:   topology.OverTCP("pod-a", "ecs-p", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-p", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-p", Rule: "from-containers"},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo2", verdict.DefaultDeny("ecs-p", topology.Ingress))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-p", Rule: worlds.AllowTCP("web-from-nodes", worlds.WebPort, worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-p", Rule: worlds.AllowTCP("web-from-containers", worlds.WebPort, worlds.PeeredContainerCIDR)},
	},
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// The rule for the address that the other mode would show; the nodes'
	// group instead of the peer's; a route that exists already in wider form.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-containers", worlds.PeeredContainerCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-peer-vpc", worlds.Demo2CIDR)},
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.NodeCIDR)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-p", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-peer-vpc", worlds.Demo2CIDR)},
			change.AddRoute{Table: "rtb-demo2", Route: worlds.OverPeering(worlds.PeeredNode1Block)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("node-1", "ecs-p2", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a host of the same VPC with another group answers over the same peering",
	}},
}
