package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
)

// NODE012: the network ACL of the peer's subnet loses its rules while a
// connection stands.
//
//	pod-a ══ established ═════════════════════════▌acl-b▐══ ecs-b 192.168.20.25:80
//	pod-a ── new ── node-1 ── vpc-demo ──────────▌no ingress rules
//
// Tunnel mode keeps the connection that stands as node-1, and drops a new one.
// Routed mode keeps the one that stands as the pod, and drops a new one.
// Claim: acl/spares-live-flows.
var NODE012 = scenario.Scenario{
	ID:     "NODE-012",
	Title:  "change of a network ACL spares the connections that stand",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "acl/spares-live-flows",
	World:  worlds.GuardedSubnet,
	Flow:   topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
	Break: scenario.Both[change.Change](change.All(
		change.RevokeACLRule{ACL: "acl-b", Rule: "from-nodes"},
		change.RevokeACLRule{ACL: "acl-b", Rule: "from-containers"},
	)),
	Symptom: scenario.Both(aclDenies),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		Routed: change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
	},
	Cured: asPodA,
	// The address that the other mode would show, and another protocol.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowUDP("udp-from-nodes", worlds.WebPort, worlds.NodeCIDR)},
		},
		Routed: []change.Change{
			change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitACLRule{ACL: "acl-b", Rule: worlds.AllowUDP("udp-from-containers", worlds.WebPort, worlds.ContainerCIDR)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Established("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the connection to the same port stands through every change of the ACL, unlike one behind a security group",
	}},
}
