package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG014: the rules that admit the cluster are deleted while a connection stands.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25:6379
//	      established before ════════════════════════════════╳ no rule is left that admits it
//
// Tunnel mode cuts the connection and admits no new one until the nodes are admitted again.
// Routed mode cuts it as well, until the containers are admitted again.
// Claim: security-group/inbound-change-cuts-live-flows.
var SG014 = scenario.Scenario{
	ID:      "SG-014",
	Title:   "live inbound connection is cut when its rule is deleted",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "security-group/inbound-change-cuts-live-flows",
	World:   worlds.OneVPC,
	Flow:    topology.Established("pod-a", "ecs-25", worlds.CachePort),
	Break:   scenario.Both[change.Change](admitsNoSource),
	Symptom: scenario.Both(deniedByDefault),
	Remedy: scenario.PerMode[change.Change]{
		Tunnel: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
		Routed: change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
	},
	Cured: asPodA,
	// What is dialled anew fares as what stood before.
	Also: []scenario.Case{{
		Flow:    topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Symptom: scenario.Both(deniedByDefault),
		Cured:   asPodA,
	}},
	// The rule for the address that the other mode would show; the nodes' group.
	Decoys: scenario.PerMode[[]change.Change]{
		Tunnel: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
		},
		Routed: []change.Change{
			change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR)},
			change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
		},
	},
	Controls: []scenario.Control{{
		Flow:    topology.Established("pod-a", "ecs-b", worlds.WebPort),
		Verdict: asPodA,
		Why:     "a connection to a host whose other group still admits the pod goes on",
	}, {
		Flow:    topology.OverTCP("ecs-b", "ecs-25", worlds.CachePort),
		Verdict: scenario.Both(verdict.ReachedAs("ecs-b")),
		Why:     "a member of the group reaches the same port all the time: the server lives",
	}},
}
