package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG003: the peer is in a security group as new as it was made: it admits its
// own members and nobody else.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ─┐
//	                                           vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	ecs-b 192.168.20.25, a member of sg-ecs ───┘          ▌admits sg-ecs only
//
// Tunnel mode is cured by a rule for the nodes, and by that one only.
// Routed mode is cured by a rule for the containers, and by that one only.
// Claim: intra-vpc/check-peer-group.
var SG003 = scenario.Scenario{
	ID:     "SG-003",
	Title:  "peer's security group admits its own members only",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "intra-vpc/check-peer-group",
	World:  worlds.OneVPC,
	Flow:   topology.Ping("pod-a", "ecs-25"),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
	},
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// Each mode's remedy is the other mode's mistake; the nodes' group is
	// nobody's.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("ecs-b", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b")),
		Why:     "a member of the group reaches the peer, so the group works and the peer lives",
	}},
}
