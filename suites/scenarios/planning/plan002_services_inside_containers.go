package planning

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// PLAN002: the Service CIDR is planned inside the container CIDR.
//
//	cluster demo ── container CIDR 172.16.0.0/16 ── node-1 172.16.0.0/25, node-2 172.16.0.128/25
//	   └─ Service CIDR 172.16.128.0/17 ✗
//
// Tunnel mode refuses the plan: an address would be a pod's or a Service's.
// Routed mode refuses the plan for the same reason.
// Claim: planning/services-outside-everything.
var PLAN002 = scenario.Scenario{
	ID:         "PLAN-002",
	Title:      "Service CIDR inside the container CIDR is refused",
	Origin:     scenario.Documented,
	Tier:       scenario.Core,
	Claim:      "planning/services-outside-everything",
	Disruptive: true,
	World:      worlds.OneVPC,
	Refused:    scenario.Both([]topology.RuleID{topology.ServicesInContainers}),
	Flow:       topology.Ping("pod-a", "ecs-25"),
	Break:      scenario.Both[change.Change](change.SetServiceCIDR{Cluster: "demo", CIDR: worlds.InsideContainerCIDR}),
	Symptom:    podSeen,
	Remedy:     scenario.Both[change.Change](change.SetServiceCIDR{Cluster: "demo", CIDR: worlds.ServiceCIDR}),
	Cured:      podSeen,
	Decoys: scenario.Both([]change.Change{
		// Out of the containers' block and into the VPC's.
		change.SetServiceCIDR{Cluster: "demo", CIDR: worlds.InsideDemoCIDR},
		// Around both: overlapping is not only being inside.
		change.SetServiceCIDR{Cluster: "demo", CIDR: worlds.Private172},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.Ping("node-1", "ecs-25"),
		Verdict: scenario.Both(verdict.ReachedAs("node-1")),
		Why:     "a plan that is refused touches nothing that runs",
	}},
}
