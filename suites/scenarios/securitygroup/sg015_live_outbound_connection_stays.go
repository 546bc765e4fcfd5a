package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG015: the outbound rule of the nodes' group is deleted while a connection of
// a node stands.
//
//	node-1 192.168.10.11 ──▌sg-node▐── vpc-demo ── ecs-25 192.168.10.25
//	  established before ═══════════════════════════ :6379 goes on
//	  dialled anew        ─╳ ▌lets nothing out▐        :80
//
// Tunnel mode lets the established one go on and drops every new one at node-1's own group.
// Routed mode does the same: the group of the NIC counts, whoever sends through it.
// Claim: security-group/outbound-change-spares-live-flows.
var SG015 = scenario.Scenario{
	ID:     "SG-015",
	Title:  "live outbound connection survives the deletion of its rule",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "security-group/outbound-change-spares-live-flows",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("node-1", "ecs-25", worlds.WebPort),
	Break:  scenario.Both[change.Change](change.RevokeRule{Group: "sg-node", Rule: "egress-all"}),
	Symptom: scenario.Both(
		verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-1", topology.Egress))),
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-node", Rule: worlds.AllowTo("egress-all", worlds.Anywhere),
	}),
	Cured: scenario.Both(verdict.ReachedAs("node-1")),
	Also: []scenario.Case{{
		Flow:    topology.Established("node-1", "ecs-25", worlds.CachePort),
		Symptom: scenario.Both(verdict.ReachedAs("node-1")),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}, {
		// A pod leaves through its node's NIC, under whatever address.
		Flow: topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Symptom: scenario.Both(
			verdict.Dropped("vpc-demo", verdict.DefaultDeny("node-1", topology.Egress))),
		Cured: asPodA,
	}},
	Decoys: scenario.Both([]change.Change{
		// The right group, the wrong direction.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
		// The right direction, other destinations.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTo("to-subnet-b", worlds.SubnetBCIDR)},
		// The right destination, another port.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowTCPTo("to-idle", worlds.IdlePort, worlds.NodeCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("ecs-b", "ecs-25", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b")),
		Why:     "the peer answers whoever is let out: it is sound",
	}},
}
