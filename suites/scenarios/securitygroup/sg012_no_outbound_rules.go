package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG012: the peer's security group has no outbound rule left.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25   answers
//	                   ecs-b 192.168.20.25    ── vpc-demo ──▌sg-ecs▐╳─ ecs-25                 dials
//	                                                        ▌lets nothing out
//
// Tunnel mode keeps answering pods, seen as their node: a group remembers whom it let in.
// Routed mode keeps answering pods as well; only what ecs-25 dials itself is dropped.
// Claim: security-group/stateful.
var SG012 = scenario.Scenario{
	ID:     "SG-012",
	Title:  "peer without outbound rules answers but cannot dial",
	Origin: scenario.Documented,
	Tier:   scenario.Core,
	Claim:  "security-group/stateful",
	World:  worlds.OneVPC,
	Flow:   topology.OverTCP("ecs-25", "ecs-b", worlds.WebPort),
	Break:  scenario.Both[change.Change](change.RevokeRule{Group: "sg-ecs", Rule: "egress-all"}),
	Symptom: scenario.Both(
		verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Egress))),
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-ecs", Rule: worlds.AllowTo("egress-all", worlds.Anywhere),
	}),
	Cured: scenario.Both(verdict.ReachedAs("ecs-25")),
	Decoys: scenario.Both([]change.Change{
		// The far end's group, which admits the members of sg-ecs already.
		change.AdmitRule{Group: "sg-b", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
		// The right group, the wrong direction.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-subnet-b", worlds.SubnetBCIDR)},
		// The right direction, other destinations.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTo("to-nodes", worlds.NodeCIDR)},
		// The right destination, another port.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCPTo("to-cache", worlds.CachePort, worlds.SubnetBCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Verdict: asPodA,
		Why:     "the peer's answers leave without an outbound rule, since the group is stateful",
	}, {
		Flow:    topology.Ping("pod-a", "ecs-25"),
		Verdict: asPodA,
		Why:     "what holds for a connection holds for ping",
	}, {
		Flow:    topology.OverTCP("node-1", "ecs-b", worlds.WebPort),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "another host reaches the same server, so the server is sound",
	}},
}
