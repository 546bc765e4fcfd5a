package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG016: the nodes' group was hardened to a list of destinations, without the
// port of the peer.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ──▌sg-node▐── vpc-demo ── ecs-25 192.168.10.25:6379
//	                            lets out tcp/80, udp/4789 and udp/53 ▌
//
// Tunnel mode drops the connection at node-1's own group, before the peer's is asked.
// Routed mode drops it at the same place: pods leave through their node's NIC.
// Claim: security-group/hardened-egress-needs-the-port.
var SG016 = scenario.Scenario{
	ID:     "SG-016",
	Title:  "hardened outbound rules of the nodes omit the peer's port",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "security-group/hardened-egress-needs-the-port",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("pod-a", "ecs-25", worlds.CachePort),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-node", Rule: "egress-all"},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCPTo("to-web", worlds.WebPort, worlds.DemoCIDR)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowUDPTo("to-overlay", worlds.VXLANPort, worlds.Anywhere)},
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowUDPTo("to-dns", 53, worlds.Anywhere)},
	)),
	Symptom: scenario.Both(
		verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-1", topology.Egress))),
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-node", Rule: worlds.AllowTCPTo("to-cache", worlds.CachePort, worlds.NodeCIDR),
	}),
	Cured: asPodA,
	Decoys: scenario.Both([]change.Change{
		// The port opened in the peer's group, where nothing arrives.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache", worlds.CachePort, worlds.Anywhere)},
		// The right group and port, the wrong direction.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("cache", worlds.CachePort, worlds.Anywhere)},
		// The right direction and port, where the containers are.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCPTo("to-cache", worlds.CachePort, worlds.ContainerCIDR)},
		// The port of another protocol.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowUDPTo("to-cache", worlds.CachePort, worlds.NodeCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a port that the hardened list names works all the time, so pod, peer and way are sound",
	}, {
		Flow:    topology.OverTCP("ecs-b", "ecs-25", worlds.CachePort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b")),
		Why:     "a host with another group reaches the port, so the peer's group is not at fault",
	}},
}
