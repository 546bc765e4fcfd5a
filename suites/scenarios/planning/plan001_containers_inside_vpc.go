package planning

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PLAN001: the container CIDR is planned inside the VPC.
//
//	vpc-demo 192.168.0.0/16 ── subnet-nodes 192.168.10.0/24 ── node-1, node-2
//	   └─ container CIDR 192.168.128.0/17 ✗
//
// Tunnel mode refuses the plan: a pod's address would be one of the VPC.
// Routed mode refuses the plan: routes to pods would compete with the VPC's own.
// Claim: planning/containers-outside-vpc.
var PLAN001 = scenario.Scenario{
	ID:         "PLAN-001",
	Title:      "container CIDR inside the VPC is refused",
	Origin:     scenario.Documented,
	Tier:       scenario.Core,
	Claim:      "planning/containers-outside-vpc",
	Disruptive: true,
	World:      worlds.OneVPC,
	Refused:    scenario.Both([]topology.RuleID{topology.ContainersInVPC}),
	Flow:       topology.Ping("pod-a", "ecs-25"),
	Break:      scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo", CIDR: worlds.InsideDemoCIDR}),
	Symptom:    podSeen,
	Remedy:     scenario.Both[change.Change](change.ReplaceContainers{Cluster: "demo", CIDR: worlds.ContainerCIDR}),
	Cured:      podSeen,
	Decoys: scenario.Both([]change.Change{
		// Another part of the VPC, where no subnet is either.
		change.ReplaceContainers{Cluster: "demo", CIDR: worlds.InsideDemoCIDR2},
		// Rules cannot make two owners of one address into one.
		change.AdmitRule{Group: "sg-ecs", Rule: worlds.AllowFrom("from-vpc", worlds.DemoCIDR)},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a plan that is refused touches nothing that runs",
	}},
}
