package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG008: the peer's security group admits the port of the application, but no
// rule speaks of ICMP.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	                                                        ▌admits tcp/80 only
//
// Tunnel mode connects as node-1 and loses every ping.
// Routed mode connects as the pod and loses every ping.
// Claim: security-group/ping-needs-icmp-rule.
var SG008 = scenario.Scenario{
	ID:     "SG-008",
	Title:  "peer's security group admits the application's port without ping",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "security-group/ping-needs-icmp-rule",
	World:  worlds.OneVPC,
	Flow:   topology.Ping("pod-a", "ecs-25"),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("web-from-nodes", worlds.WebPort, worlds.NodeCIDR)},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("web-from-containers", worlds.WebPort, worlds.ContainerCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowPing("ping-from-nodes", worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowPing("ping-from-containers", worlds.ContainerCIDR)},
	},
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// Ping for the other mode's address; ping in the nodes' group, as if the
	// answer had to be let in.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowPing("ping-from-containers", worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowPing("ping", worlds.Anywhere)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowPing("ping-from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowPing("ping", worlds.Anywhere)},
		},
	},
	Controls: []scenario.Control{{
		Flow: topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "the application works in every phase: lost pings alone do not mean that a peer is cut off",
	}},
}
