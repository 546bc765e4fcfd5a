package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG007: the peer's security group admits ping from everybody concerned, but not
// the port of the application.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25:80
//	                                                        ▌admits icmp only
//
// Tunnel mode answers ping as node-1 and drops the connection.
// Routed mode answers ping as the pod and drops the connection.
// Claim: intra-vpc/enable-the-port.
var SG007 = scenario.Scenario{
	ID:     "SG-007",
	Title:  "peer's security group admits ping without the application's port",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "intra-vpc/enable-the-port",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"},
		change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowPing("ping-from-nodes", worlds.NodeCIDR)},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowPing("ping-from-containers", worlds.ContainerCIDR)},
	)),
	Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("web-from-nodes", worlds.WebPort, worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("web-from-containers", worlds.WebPort, worlds.ContainerCIDR)},
	},
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// The right port for the other mode's address, another port, the port of
	// another protocol.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("web-from-containers", worlds.WebPort, worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache-from-nodes", worlds.CachePort, worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowUDP("web-from-nodes", worlds.WebPort, worlds.NodeCIDR)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("web-from-nodes", worlds.WebPort, worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache-from-containers", worlds.CachePort, worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowUDP("web-from-containers", worlds.WebPort, worlds.ContainerCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow: topology.Ping("pod-a", "ecs-25"),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "ping works in every phase, so the way there and back is sound and only the port is closed",
	}},
}
