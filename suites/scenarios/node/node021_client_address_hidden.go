package node

import (
	"github.com/vpcgate/vpcgate/fixtures/worlds"
	"github.com/vpcgate/vpcgate/framework/change"
	"github.com/vpcgate/vpcgate/framework/scenario"
	"github.com/vpcgate/vpcgate/framework/topology"
	"github.com/vpcgate/vpcgate/framework/verdict"
)

// NODE021: the Service's traffic policy decides whom its server sees.
//
//	ecs-25 192.168.10.25 ── vpc-demo ── node-1 192.168.10.11:30080 ── web ── pod-a
//	       policy Local: seen as ecs-25      policy Cluster: seen as node-1
//
// Tunnel mode shows the pod the node's address under Cluster, the client's under Local.
// Routed mode does the same: what hides the client is the Service, not the network.
// Claim: service/cluster-policy-hides-the-client.
var NODE021 = scenario.Scenario{
	ID:      "NODE-021",
	Title:   "traffic policy Cluster hides the client's address",
	Origin:  scenario.Documented,
	Tier:    scenario.Core,
	Claim:   "service/cluster-policy-hides-the-client",
	World:   worlds.WebVPC,
	Given:   scenario.Both[change.Change](change.SetTrafficPolicy{Service: "web", Policy: topology.LocalPolicy}),
	Flow:    topology.OverTCP("ecs-25", "node-1", worlds.NodePort),
	Break:   scenario.Both[change.Change](change.SetTrafficPolicy{Service: "web", Policy: topology.ClusterPolicy}),
	Symptom: scenario.Both(verdict.ReachedAs("node-1")),
	Remedy:  scenario.Both[change.Change](change.SetTrafficPolicy{Service: "web", Policy: topology.LocalPolicy}),
	Cured:   scenario.Both(verdict.ReachedAs("ecs-25")),
	Decoys: scenario.Both([]change.Change{
		// Letting the client's address in does not make it show.
		change.AdmitRule{Group: "sg-node", Rule: worlds.AllowHost("from-ecs-25", worlds.ECS25)},
		// The knob that hides or shows pods' addresses, not those of their clients.
		change.SetNonMasquerade{Cluster: "demo", CIDRs: worlds.NonMasqueradeSubnetB()},
	}),
	Controls: []scenario.Control{{
		Flow:    topology.OverTCP("pod-b", "web", worlds.ServicePort),
		Verdict: scenario.Both(verdict.ReachedAs("pod-b")),
		Why:     "a client inside the cluster is seen under its own address whatever the policy",
	}},
}
