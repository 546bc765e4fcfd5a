package securitygroup

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// SG001: the peer's security group admits the nodes' subnet only.
//
//	pod-a 172.16.0.10 ── node-1 192.168.10.11 ── vpc-demo ──▌sg-ecs▐── ecs-25 192.168.10.25
//	                                                        ▌admits 192.168.10.0/24 only
//
// Tunnel mode hides the pod behind node-1, which sg-ecs admits: nothing breaks.
// Routed mode keeps the pod's address, which sg-ecs does not admit: silence.
// Claim: intra-vpc/routed-admit-container-cidr.
var SG001 = scenario.Scenario{
	ID:     "SG-001",
	Title:  "peer's security group omits the container CIDR",
	Origin: scenario.Seed,
	Tier:   scenario.Core,
	Claim:  "intra-vpc/routed-admit-container-cidr",
	World:  worlds.OneVPC,
	Flow:   topology.Ping("pod-a", "ecs-25"),
	Break:  scenario.Both[change.Change](change.RevokeRule{Group: "sg-ecs", Rule: "from-containers"}),
	Symptom: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress)),
	},
	Remedy: scenario.Both[change.Change](change.AdmitRule{
		Group: "sg-ecs", Rule: worlds.AllowFrom("from-containers", worlds.ContainerCIDR),
	}),
	Cured: scenario.PerMode[verdict.Verdict]{
		Tunnel: verdict.ReachedAs("node-1"),
		Routed: verdict.ReachedAs("pod-a"),
	},
	// What holds for ping holds for the port that the application uses.
	Also: []scenario.Case{{
		Flow: topology.OverTCP("pod-a", "ecs-25", worlds.WebPort),
		Symptom: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.Dropped("vpc-demo", verdict.DefaultDeny("ecs-25", topology.Ingress)),
		},
		Cured: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
	}},
	Decoys: scenario.PerMode[[]change.Change]{Routed: []change.Change{
		// The cluster's own group instead of the peer's.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
		// The whole VPC, as if containers had addresses of it.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-vpc", worlds.DemoCIDR)},
		// The other block of the cluster.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-services", worlds.ServiceCIDR)},
	}},
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "the group keeps admitting the node, so the drop is about the pod's address",
	}, {
		Flow: topology.OverTCP("pod-a", "ecs-b", worlds.WebPort),
		Verdict: scenario.PerMode[verdict.Verdict]{
			Tunnel: verdict.ReachedAs("node-1"),
			Routed: verdict.ReachedAs("pod-a"),
		},
		Why: "the pod reaches another host of the VPC, so neither the pod nor the routes are at fault",
	}},
}
