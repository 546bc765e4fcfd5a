package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE001: the nodes' security group lets no VXLAN packet in.
//
//	pod-a 172.16.0.10 ── node-1 ──vxlan udp/4789── vpc-demo ──▌sg-node▐── node-2 ── pod-b 172.16.0.138
//	                                                         ▌neither 4789 nor its own members
//
// Tunnel mode carries pods' packets between nodes in UDP 4789: pods of other nodes fall silent.
// Routed mode has no overlay, and the rule that it does not need makes no difference.
// Claim: node/tunnel-needs-vxlan-port.
var NODE001 = scenario.Scenario{
	ID:     "NODE-001",
	Title:  "nodes' security group omits the port of the overlay",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "node/tunnel-needs-vxlan-port",
	World:  worlds.OneVPC,
	// The rule of the other mode, so that its loss can be shown to mean nothing.
	Given: scenario.PerMode[change.Change]{Routed: change.AdmitRule{Group: "sg-node", Rule: vxlanRule}},
	Flow:  topology.OverTCP("pod-a", "pod-b", worlds.PodPort),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeRule{Group: "sg-node", Rule: "vxlan"},
		change.RevokeRule{Group: "sg-node", Rule: "from-self"},
	)),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-2", topology.Ingress)),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Remedy: scenario.Both[change.Change](change.AdmitRule{Group: "sg-node", Rule: vxlanRule}),
	Cured:  scenario.Both(verdict.ReachedAs("pod-a")),
	Decoys: scenario.PerMode[[]change.Change]{Tunnel: []change.Change{
		// The containers, whose addresses are inside the overlay's packets.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
		// The port that the application uses.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("web", worlds.PodPort, worlds.Anywhere)},
		// The right number of the wrong protocol.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCP("vxlan-tcp", worlds.VXLANPort, worlds.Anywhere)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "what leaves the cluster does not use the overlay",
	}, {
		Flow:    topology.OverTCP("pod-a", "host-pod", worlds.HostPodPort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-a")),
		Why:     "what stays on the node does not use it either",
	}},
}
