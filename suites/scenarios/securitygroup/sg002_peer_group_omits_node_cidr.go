package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG002: the peer's security group admits the container CIDR only.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	                                                        ▌admits 172.16.0.0/16 only
//
// Tunnel mode shows the peer node-1's address, which sg-ecs does not admit: silence.
// Routed mode shows it the pod's own, which sg-ecs admits: nothing breaks.
// Claim: intra-vpc/tunnel-admit-node.
var SG002 = scenario.Scenario{
	ID:     "SG-002",
	Title:  "peer's security group omits the nodes' subnet",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "intra-vpc/tunnel-admit-node",
	World:  worlds.OneVPC,
	Flow:   topology.Ping("pod-a", "ecs-25"),
	Break:  scenario.Both[change.Change](change.RevokeRule{Group: "sg-ecs", Rule: "from-nodes"}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress)),
		Routed: verdict.ReachedAs("pod-a"),
	},
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-ecs", Rule: worlds.AllowFrom("from-nodes", worlds.NodeCIDR),
	}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// A tunnel pod reaches what its node reaches, no more and no less.
	Also: []scenario.Case{{
		Flow:    topology.Ping("node-1", "ecs-25"),
		Symptom: scenario.Both(verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress))),
		Cured:   scenario.Both(verdict.ReachedAs("node-1")),
	}},
	Decoys: scenario.Both([]change.Change{
		// The address that the pod itself shows when asked.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowHost("from-pod-a", worlds.PodA)},
		// The cluster's own group instead of the peer's.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
		// The node where the container is not.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowHost("from-node-2", worlds.Node2)},
	}),
	Controls: []scenario.Control{{
		Flow: topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "the pod reaches another host of the VPC, so neither the pod nor its node is at fault",
	}},
}
