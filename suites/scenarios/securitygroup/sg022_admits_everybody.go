package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG022: somebody cured a missing rule by admitting everybody. The cluster is
// served, and so is whoever else asks.
//
//	pod-a 172.16.0.10   ── node-1 192.168.10.11 ─┐
//	                                             vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25:6379
//	ecs-b 192.168.20.25, a stranger, sg-b ───────┘          ▌admits 0.0.0.0/0
//
// Tunnel mode exposes the port to a stranger; the narrow rule for the nodes had sufficed.
// Routed mode exposes it as well; the narrow rule for the containers had sufficed.
// Claim: security-group/avoid-anywhere.
var SG022 = scenario.Scenario{
	ID:     "SG-022",
	Title:  "peer's security group admits everybody",
	Origin: scenario.Derived,
	Tier:   scenario.Core,
	Claim:  "security-group/avoid-anywhere",
	World:  worlds.OneVPC,
	// A host of the VPC that is no member of the peer's group.
	Given:   scenario.Both[change.Change](change.JoinGroups{Machine: "ecs-b", Groups: []string{"sg-b"}}),
	Flow:    topology.OverTCP("ecs-b", "ecs-25", worlds.CachePort),
	Healthy: scenario.Both(deniedByDefault),
	Break: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-ecs", Rule: worlds.AllowFrom("from-anywhere", worlds.Anywhere),
	}),
	Symptom: scenario.Both(verdict.ReachedAs("ecs-b")),
	Remedy:  scenario.Both[change.Change](change.RevokeRule{Group: "sg-ecs", Rule: "from-anywhere"}),
	Cured:   scenario.Both(deniedByDefault),
	Decoys: scenario.Both([]change.Change{
		// The narrow rules beside the wide one do not take it back.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache-from-nodes", worlds.CachePort, worlds.NodeCIDR)},
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowTCP("cache-from-containers", worlds.CachePort, worlds.ContainerCIDR)},
		// A denial that is asked after the wide rule.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AtPriority(2, worlds.DenyFrom("not-subnet-b", worlds.SubnetBCIDR))},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.CachePort),
		Verdict: asPodA,
		Why:     "the pod is served in every phase: the narrow rules are enough for it",
	}},
}
